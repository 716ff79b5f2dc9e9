"""Who is seen for the first time is who plain Python finds no earlier call of."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection, text

from cdrstats import talkers
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.clock import Window
from cdrstats.filters import CutOff, Filters
from cdrstats.talkers import Newcomer

from .factories import NOON, add_call
from .isolation import seen_by
from .talking import (
    ALICE,
    BOB,
    CHARLIE,
    FILTERS,
    HOUR,
    NO_FILTERS,
    SCOPES,
    TICK,
    WINDOWS,
    Call,
    figures_of,
    inside,
    invent,
    readable,
    store,
)


@pytest.fixture(scope="module")
def invented() -> list[Call]:
    return invent()


@pytest.fixture
def filled(conn: Connection, invented: list[Call]) -> Connection:
    store(conn, invented)
    return conn


KEYS = {
    "caller": ("caller_id_number",),
    "callee": ("destination_number",),
    "country": ("accountcode", "country_id"),
    "dialcode": ("accountcode", "country_id", "dialcode_id"),
}


def expected_newcomers(
    calls: list[Call], window: Window, filters: Filters, kind: str, scope: Scope = EVERYONE
) -> list[Newcomer]:
    """The oracle: who has no call before the window, among whoever passes in it."""
    groups: dict[tuple[Any, ...], list[Call]] = defaultdict(list)
    for call in calls:
        groups[tuple(call[name] for name in KEYS[kind])].append(call)
    found = []
    for key, some in groups.items():
        first = min(call["starting_date"] for call in some)
        passing = inside(some, window, filters)
        if window.start <= first < window.end and passing:
            country, dialcode = (*key[1:], None, None)[:2]
            found.append(Newcomer(key[0], country, dialcode, first, figures_of(passing, scope)))
    return sorted(
        found,
        key=lambda one: (
            -one.first_call.timestamp(),
            one.number,
            one.country_id,
            one.dialcode_id,
        ),
    )


@pytest.mark.parametrize("scope", SCOPES)
def test_the_first_seen_of_every_kind_equal_the_oracle(
    filled: Connection, invented: list[Call], scope: Scope
) -> None:
    mine = readable(invented, scope)
    start = min((call["starting_date"] for call in mine), default=None)
    listed = 0
    for window, filters, kind in product(WINDOWS, FILTERS, talkers.KINDS):
        expected = expected_newcomers(mine, window, filters, kind, scope)
        with seen_by(filled, scope):
            found = talkers.first_seen(filled, scope, window, filters, kind, 9)
        assert list(found.newcomers) == expected[:9], (window, filters, kind)
        assert found.more == (len(expected) > 9)
        assert found.history_start == start
        listed += len(found.newcomers)
    assert bool(listed) == (scope != CHARLIE)


def newcomers(
    conn: Connection, kind: talkers.Kind, scope: Scope = ALICE, filters: Filters = NO_FILTERS
) -> list[tuple[str, datetime]]:
    found = talkers.first_seen(conn, scope, HOUR, filters, kind).newcomers
    return [(one.number, one.first_call) for one in found]


def test_a_first_call_at_the_start_is_in_the_window_and_at_its_end_is_not(
    conn: Connection,
) -> None:
    add_call(conn, caller_id_number="before", starting_date=NOON - TICK)
    for number in ("before", "start"):
        add_call(conn, caller_id_number=number, starting_date=NOON)
    for number in ("before", "start", "end"):
        add_call(conn, caller_id_number=number, starting_date=HOUR.end)
    assert newcomers(conn, "caller") == [("start", NOON)]


def test_an_earlier_call_in_another_month_is_an_earlier_call(conn: Connection) -> None:
    april = Window(datetime.fromisoformat("2026-04-20T00:00Z"), HOUR.end + timedelta(days=60))
    for number in ("old", "new"):
        add_call(conn, caller_id_number=number, starting_date=april.start + timedelta(hours=1))
    add_call(conn, caller_id_number="old")
    found = talkers.first_seen(conn, ALICE, april, NO_FILTERS, "caller")
    assert [one.number for one in found.newcomers] == ["new"]
    assert found.history_start == NOON


def test_bob_meets_anew_whom_only_others_met(conn: Connection) -> None:
    add_call(conn, destination_number="911", user_id=1, starting_date=NOON - TICK)
    add_call(conn, destination_number="911", user_id=2)
    add_call(conn, destination_number="912", user_id=1)
    assert newcomers(conn, "callee") == [("912", NOON)]
    assert newcomers(conn, "callee", BOB) == [("911", NOON)]
    assert newcomers(conn, "callee", CHARLIE) == []


def test_a_filter_makes_nobody_new(conn: Connection) -> None:
    """A caller who only ever called France is no new caller on the first call to Spain."""
    france, spain = {"country_id": 250}, {"country_id": 724}
    add_call(conn, caller_id_number="old", starting_date=NOON - TICK, **france)
    add_call(conn, caller_id_number="old", starting_date=NOON + TICK, **spain)
    add_call(conn, caller_id_number="new", starting_date=NOON, **france)
    add_call(conn, caller_id_number="new", starting_date=NOON + TICK, **spain)
    add_call(conn, caller_id_number="elsewhere", **france)
    only_spain = Filters(country_ids=(724,))
    assert newcomers(conn, "caller", ALICE, only_spain) == [("new", NOON)]
    (one,) = talkers.first_seen(conn, ALICE, HOUR, only_spain, "caller").newcomers
    assert one.figures.parts.calls == 1


def test_what_came_in_after_the_cut_off_met_nobody(conn: Connection) -> None:
    add_call(conn, caller_id_number="new", starting_date=NOON + TICK, import_id=1)
    as_of = Filters(cut_off=CutOff(1, NOON))
    assert newcomers(conn, "caller", ALICE, as_of) == [("new", NOON + TICK)]
    add_call(conn, caller_id_number="new", starting_date=NOON, import_id=2)
    assert newcomers(conn, "caller") == [("new", NOON)]
    add_call(conn, caller_id_number="new", starting_date=NOON - TICK, import_id=3)
    assert newcomers(conn, "caller") == []
    found = talkers.first_seen(conn, ALICE, HOUR, as_of, "caller")
    assert [(one.number, one.first_call) for one in found.newcomers] == [("new", NOON + TICK)]
    assert found.history_start == NOON + TICK


def test_a_new_destination_is_that_of_an_account(conn: Connection) -> None:
    for account, country, moment in (
        ("a", 724, NOON - TICK),
        ("a", 724, NOON),
        ("b", 724, NOON + TICK),
        ("a", 192, NOON + 2 * TICK),
    ):
        add_call(conn, accountcode=account, country_id=country, starting_date=moment)
    found = talkers.first_seen(conn, ALICE, HOUR, NO_FILTERS, "country").newcomers
    assert [(one.number, one.country_id, one.dialcode_id) for one in found] == [
        ("a", 192, None),
        ("b", 724, None),
    ]


def test_more_numbers_than_a_batch_are_all_looked_at(conn: Connection) -> None:
    conn.execute(
        text(
            "INSERT INTO voip_cdr (starting_date, dedup_key, destination_number)"
            " SELECT starting_date, gen_random_uuid(), number"
            " FROM generate_series(1, 4500) AS number, (VALUES (CAST(:before AS timestamptz)),"
            " (CAST(:start AS timestamptz))) AS moment (starting_date)"
        ),
        {"before": NOON - TICK, "start": NOON + TICK},
    )
    add_call(conn, destination_number="new")
    assert newcomers(conn, "callee") == [("new", NOON)]
