"""Searches: what they find, what they are limited to, and what they refuse."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, text

from cdrstats.accounts import EVERYONE, Scope
from cdrstats.calls import COLUMNS, Cursor, Search, count, page
from cdrstats.clock import Window
from cdrstats.db.limits import TookTooLong, time_limit
from cdrstats.errors import BadRequest
from cdrstats.filters import Comparison, Filters, TextTest, number
from cdrstats.filters.conditions import successor

from .factories import NOON, add_call

ALICE = EVERYONE
BOB = Scope(frozenset({2}))
MARCH = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


def ids(conn: Connection, search: Search, scope: Scope = ALICE) -> list[str]:
    return [row["callid"] for row in page(conn, scope, search, size=1000).rows]


def test_a_window_includes_its_start_and_excludes_its_end(conn: Connection) -> None:
    tick = timedelta(microseconds=1)
    end = NOON + timedelta(hours=1)
    for name, moment in {
        "before": NOON - tick,
        "start": NOON,
        "last": end - tick,
        "end": end,
    }.items():
        add_call(conn, starting_date=moment, callid=name)
    assert ids(conn, Search(Window(NOON, end))) == ["last", "start"]
    assert ids(conn, Search(Window(NOON, end), order="duration")) == ["last", "start"]
    assert ids(conn, Search(Window(NOON, NOON))) == []
    assert ids(conn, Search(Window(end + timedelta(days=1), end + timedelta(days=900)))) == []


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (Comparison("duration", "=", Decimal(60)), ["60"]),
        (Comparison("duration", ">", Decimal(60)), ["61"]),
        (Comparison("duration", ">=", Decimal(60)), ["60", "61"]),
        (Comparison("duration", "<", Decimal(60)), ["59"]),
        (Comparison("duration", "<=", Decimal("60.5")), ["59", "60"]),
        (Comparison("duration", "between", Decimal(59), Decimal(60)), ["59", "60"]),
        (Comparison("duration", "<", Decimal("1e30")), ["59", "60", "61"]),
        (Comparison("duration", "<", Decimal("1e131071")), ["59", "60", "61"]),
        (Comparison("duration", ">", Decimal("9e-16383")), ["59", "60", "61"]),
        (Comparison("pdd_ms", "<", Decimal(5)), []),
    ],
)
def test_comparisons(conn: Connection, comparison: Comparison, expected: list[str]) -> None:
    for seconds in (59, 60, 61):
        add_call(conn, duration=seconds, billsec=0, callid=str(seconds))
    assert sorted(ids(conn, Search(filters=Filters(comparisons=(comparison,))))) == expected


@pytest.mark.parametrize(
    "text", ["1e999999", "-1e131072", "1e-999999", "0e999999", "0e-999999", "nan", "-inf", "x"]
)
def test_a_number_that_no_column_could_hold_is_refused(conn: Connection, text: str) -> None:
    with pytest.raises(BadRequest, match=r"\.$"):
        number(text)
    if text != "x":
        with pytest.raises(BadRequest, match=r"\.$"):
            Comparison("duration", ">=", Decimal(text))
    place = Cursor(NOON, uuid.UUID(int=1), text)
    with pytest.raises(BadRequest, match=r"\.$"):
        page(conn, ALICE, Search(MARCH, order="sell_cost"), after=place)


def test_filters_of_every_kind(conn: Connection) -> None:
    add_call(conn, callid="dull")
    odd = {
        "switch_ids": ("switch_id", 3),
        "user_ids": ("user_id", 3),
        "country_ids": ("country_id", 724),
        "hangup_cause_ids": ("hangup_cause_id", 487),
        "dialcode_ids": ("dialcode_id", 4479111),
        "directions": ("direction", 2),
        "call_types": ("call_type", 1),
        "accountcodes": ("accountcode", "x' OR true --"),
        "source_types": ("cdr_source_type", 9),
    }
    for name, (column, value) in odd.items():
        add_call(conn, callid=name, **{column: value})
        assert ids(conn, Search(filters=Filters(**{name: (value,)}))) == [name]  # type: ignore[arg-type]
        assert ids(conn, Search(filters=Filters.by_column({column: (value,)}))) == [name]
    add_call(conn, callid="refused", authorized=False)
    assert ids(conn, Search(filters=Filters(authorized=False))) == ["refused"]
    add_call(conn, callid="missed", billsec=0)
    assert ids(conn, Search(filters=Filters(answered=False))) == ["missed"]
    assert ids(conn, Search(filters=Filters(country_ids=(10**30,)))) == []


def test_what_reads_calls_one_by_one_is_limited_to_the_last_31_days(conn: Connection) -> None:
    add_call(conn, starting_date=NOON, caller_id_name="Bob", callid="old", user_id=2)
    add_call(conn, starting_date=NOON + timedelta(days=40), caller_id_name="Bob", callid="new")
    wide = Window(NOON - timedelta(days=1), NOON + timedelta(days=41))
    tests = (TextTest("caller_id_name", "contains", "OB"),)
    limited = page(conn, ALICE, Search(filters=Filters(texts=tests)))
    assert [row["callid"] for row in limited.rows] == ["new"]
    assert limited.limited_to is not None
    assert limited.limited_to.length == timedelta(days=31)
    assert limited.limit_reason == '"contains" in caller name'
    given = page(conn, ALICE, Search(wide, filters=Filters(texts=tests)))
    assert [row["callid"] for row in given.rows] == ["new", "old"]
    assert given.limited_to is None
    assert [
        row["callid"] for row in page(conn, BOB, Search(filters=Filters(texts=tests))).rows
    ] == ["old"]


@pytest.mark.parametrize(
    ("search", "reason"),
    [
        (Search(), None),
        (Search(filters=Filters(texts=(TextTest("callid", "begins", "a"),))), None),
        (Search(filters=Filters(texts=(TextTest("destination_number", "ends", "9"),))), None),
        (Search(filters=Filters(country_ids=(1,), accountcodes=("x",))), None),
        (Search(filters=Filters(carrier_ids=(1,))), None),
        (
            Search(filters=Filters(texts=(TextTest("callid", "ends", "a"),))),
            '"ends" in call id',
        ),
        (
            Search(filters=Filters(comparisons=(Comparison("billsec", ">", Decimal(1)),))),
            "the comparison of talk time",
        ),
        (Search(order="duration"), "sorting by duration"),
        (Search(filters=Filters(directions=(1,))), "the filter by direction"),
        (Search(filters=Filters(dialcode_ids=(1,))), "the filter by dial code"),
        (Search(filters=Filters(authorized=True)), "the filter by authorized"),
    ],
)
def test_the_page_says_what_was_limited(
    conn: Connection, search: Search, reason: str | None
) -> None:
    add_call(conn)
    assert page(conn, ALICE, search).limit_reason == reason


def test_a_page_of_nothing(conn: Connection) -> None:
    for search in (Search(), Search(MARCH), Search(order="duration")):
        found = page(conn, ALICE, search)
        assert (found.rows, found.next, found.previous) == ((), None, None)
    assert count(conn, ALICE, Search()).calls == 0  # type: ignore[union-attr]


def test_a_row_has_the_chosen_columns_and_what_names_the_call(conn: Connection) -> None:
    call = add_call(conn, hangup_cause_id=17)
    (row,) = page(conn, ALICE, Search(columns=("duration", "hangup_cause", "country"))).rows
    assert list(row) == ["starting_date", "dedup_key", "duration", "hangup_cause", "country"]
    assert row["dedup_key"] == call["dedup_key"]
    assert row["hangup_cause"] == "USER_BUSY"
    (row,) = page(conn, ALICE, Search(columns=COLUMNS)).rows
    assert set(row) == set(COLUMNS)


def test_a_count_stops_at_its_bound(conn: Connection) -> None:
    for _ in range(5):
        add_call(conn)
    exact, bounded = count(conn, ALICE, Search(), 5), count(conn, ALICE, Search(), 4)
    assert exact is not None
    assert bounded is not None
    assert (exact.calls, exact.more) == (5, False)
    assert (bounded.calls, bounded.more) == (4, True)


def test_what_takes_too_long_is_stopped_with_a_sentence(conn: Connection) -> None:
    before = conn.execute(text("SHOW statement_timeout")).scalar_one()
    with (
        pytest.raises(TookTooLong, match=r"longer than 0\.1 seconds\. Ask less"),
        time_limit(conn, 0.1, "Ask less."),
    ):
        conn.execute(text("SELECT pg_sleep(5)"))
    assert conn.execute(text("SELECT 1")).scalar_one() == 1
    assert conn.execute(text("SHOW statement_timeout")).scalar_one() == before


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TextTest("nonsense", "equals", "x"),
        lambda: TextTest("callid", "like", "x"),
        lambda: TextTest("callid", "equals", "a\0b"),
        lambda: TextTest("callid", "equals", "\ud800"),
        lambda: Comparison("callid", "=", Decimal(1)),
        lambda: Comparison("duration", "!=", Decimal(1)),
        lambda: Comparison("duration", "between", Decimal(1)),
        lambda: Comparison("duration", "=", Decimal("NaN")),
        lambda: Search(order="data"),
        lambda: Search(columns=("nonsense",)),
        lambda: Cursor.parse("nonsense"),
        lambda: Cursor.parse(""),
        lambda: Cursor.parse("W10"),
        lambda: Cursor.parse("WyIyMDI2LTAzLTEwIiwgIngiLCBudWxsXQ"),
        lambda: number("1.2.3"),
        lambda: number("inf"),
        lambda: number(""),
    ],
)
def test_nonsense_is_refused_with_a_sentence(wrong: Callable[[], object]) -> None:
    with pytest.raises(BadRequest):
        wrong()


def test_a_page_has_a_size(conn: Connection) -> None:
    for size in (0, -1, 100_000):
        with pytest.raises(BadRequest, match="1 to 1000"):
            page(conn, ALICE, Search(), size=size)


@pytest.mark.parametrize(
    ("prefix", "after"),
    [
        ("34", "35"),
        ("39", "3:"),
        ("a\U0010ffff", "b"),
        ("\U0010ffff", None),
        ("\ud7ff", "\ue000"),
        ("ë", "ì"),
    ],
)
def test_the_least_text_after_all_that_begin_alike(prefix: str, after: str | None) -> None:
    assert successor(prefix) == after
    if after is not None:
        assert (prefix + "\U0010ffff" * 3).encode() < after.encode()
