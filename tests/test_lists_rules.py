"""Which entry decides: the truth table, and brute force over all entries as an oracle."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdrstats.errors import BadRequest
from cdrstats.lists.rules import (
    EVERYBODY,
    Entry,
    Lists,
    checked_mail_to,
    checked_prefix,
    checked_reason,
    checked_until,
    until_told,
)

from .factories import NOON

ACME, BRONCO = 7, 8
SPAIN = 724
NUMBER = "34900123456"

EVERYTHING, COUNTRY, SHORT, LONG = ("", 0), ("", SPAIN), ("349", 0), ("34900", 0)


def lists(*entries: tuple[tuple[str, int], int, bool]) -> Lists:
    return Lists(
        Entry(id, customer, *place, allowed)
        for id, (place, customer, allowed) in enumerate(entries, 1)
    )


TABLE = [
    # the entries, each with a place, whose it is, and whether it allows: whose of them decides
    ([], None),
    ([(EVERYTHING, EVERYBODY, False)], 1),
    ([(EVERYTHING, ACME, False)], 1),
    ([(EVERYTHING, BRONCO, False)], None),
    ([(COUNTRY, EVERYBODY, False)], 1),
    ([(("", 826), EVERYBODY, False)], None),
    ([(("44", 0), EVERYBODY, False)], None),
    ([(("349001234567", 0), EVERYBODY, False)], None),  # longer than the number
    ([((NUMBER, 0), EVERYBODY, False)], 1),
    # A country is more than everything, a prefix than a country, a long one than a short one.
    ([(EVERYTHING, EVERYBODY, False), (COUNTRY, EVERYBODY, True)], 2),
    ([(COUNTRY, EVERYBODY, False), (SHORT, EVERYBODY, True)], 2),
    ([(SHORT, EVERYBODY, True), (LONG, EVERYBODY, False)], 2),
    ([(LONG, EVERYBODY, True), (SHORT, EVERYBODY, False)], 1),
    # Of one place the customer's own decides, whichever of the two allows.
    ([(SHORT, EVERYBODY, True), (SHORT, ACME, False)], 2),
    ([(SHORT, EVERYBODY, False), (SHORT, ACME, True)], 2),
    ([(COUNTRY, EVERYBODY, False), (COUNTRY, ACME, True)], 2),
    ([(EVERYTHING, EVERYBODY, False), (EVERYTHING, ACME, True)], 2),
    # A customer's entry of a wide place gives way to everybody's of a narrower one.
    ([(COUNTRY, ACME, True), (LONG, EVERYBODY, False)], 2),
    ([(SHORT, ACME, False), (LONG, EVERYBODY, True)], 2),
    ([(LONG, ACME, True), (SHORT, EVERYBODY, False)], 1),
    ([(EVERYTHING, ACME, False), (COUNTRY, EVERYBODY, True)], 2),
    # Another customer's are of no account.
    ([(LONG, BRONCO, False), (SHORT, EVERYBODY, True)], 2),
    ([(LONG, BRONCO, False), (SHORT, ACME, True)], 2),
]


@pytest.mark.parametrize(("entries", "deciding"), TABLE)
def test_the_truth_table_of_precedence(
    entries: list[tuple[tuple[str, int], int, bool]], deciding: int | None
) -> None:
    found = lists(*entries).judge(ACME, NUMBER, SPAIN)
    assert (found and found.id) == deciding


CUSTOMERS = st.sampled_from([EVERYBODY, ACME, BRONCO])
PLACES = st.one_of(
    st.tuples(st.text("34", min_size=1, max_size=5), st.just(0)),
    st.tuples(st.just(""), st.sampled_from([0, SPAIN, 826])),
)
ENTRIES = st.dictionaries(st.tuples(PLACES, CUSTOMERS), st.booleans(), max_size=12)


@settings(max_examples=500, deadline=None)
@given(
    ENTRIES,
    st.sampled_from([EVERYBODY, ACME, BRONCO, 9]),
    st.text("34", min_size=1, max_size=7),
    st.sampled_from([0, SPAIN, 826]),
)
def test_brute_force_over_all_entries_says_the_same(
    entries: dict[tuple[tuple[str, int], int], bool], customer: int, e164: str, country: int
) -> None:
    made = [
        Entry(id, owner, *place, allowed)
        for id, ((place, owner), allowed) in enumerate(entries.items(), 1)
    ]

    def covers(entry: Entry) -> bool:
        if entry.customer_id not in (EVERYBODY, customer):
            return False
        if entry.prefix:
            return e164.startswith(entry.prefix)
        return entry.country_id in (0, country)

    def weight(entry: Entry) -> tuple[int, bool, bool]:
        return len(entry.prefix), entry.country_id != 0, entry.customer_id == customer

    best = max(filter(covers, made), key=weight, default=None)
    assert Lists(made).judge(customer, e164, country) == best


@pytest.mark.parametrize(
    ("told", "prefix"),
    [("34900", "34900"), ("+34 900", "34900"), ("1", "1"), ("ES", None), ("*", None)],
)
def test_a_prefix_as_it_is_written(told: str, prefix: str | None) -> None:
    assert checked_prefix(told) == prefix


@pytest.mark.parametrize("told", ["0034900", "1" * 16])
def test_what_no_number_begins_with(told: str) -> None:
    with pytest.raises(BadRequest, match="without 00"):
        checked_prefix(told)


def test_addresses_are_kept_once_and_junk_is_named() -> None:
    assert checked_mail_to("a@b.example; Ana <c@d.example>, A@b.example") == (
        "a@b.example, c@d.example"
    )
    with pytest.raises(BadRequest, match="'junk' is no mail address"):
        checked_mail_to("a@b.example, junk")


def test_until_when_an_entry_holds() -> None:
    assert checked_until(" ", NOON) is None
    day = checked_until("2026-03-10", NOON)  # all of it
    assert day == datetime(2026, 3, 10, 23, 59, 59, 999999, tzinfo=UTC)
    assert until_told(day) == "2026-03-10"
    later = checked_until("2026-03-10T14:00+01:00", NOON)
    assert later == NOON + timedelta(hours=1)
    assert checked_until(until_told(later), NOON) == later
    for told in ("2026-03-09", "2026-03-10T12:00Z"):
        with pytest.raises(BadRequest, match="is over"):
            checked_until(told, NOON)
    for told in ("tomorrow", "2026-13-01", "2026-03-10T14:00"):
        with pytest.raises(BadRequest, match="no day such as"):
            checked_until(told, NOON)


def test_a_reason_has_an_end() -> None:
    assert checked_reason(" fraud\0 ") == "fraud"
    with pytest.raises(BadRequest, match="at most 500"):
        checked_reason("x" * 501)
