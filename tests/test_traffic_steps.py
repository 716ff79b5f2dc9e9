"""Steps of a zone's clocks: they tile any window, and days are as long as the clocks say."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdrstats.accounts import EVERYONE, Scope
from cdrstats.clock import SLOT, Window
from cdrstats.db.schema import metadata
from cdrstats.db.schema.rollups import KEYS
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters
from cdrstats.metrics import ALL, SUMS
from cdrstats.traffic import (
    DIMENSIONS,
    STEPS,
    Piece,
    Question,
    Step,
    edges,
    fitting_step,
    plan,
    spans,
)
from cdrstats.traffic.planning import CALLS, COUNTED
from cdrstats.traffic.steps import first_instant

from .clocks import moments, windows

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Madrid",
        "Asia/Kathmandu",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Havana",
    )
]
MADRID = ZoneInfo("Europe/Madrid")


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[misc, arg-type]


def day_in(zone: ZoneInfo, day: date) -> Window:
    return Window(first_instant(day, zone), first_instant(day + timedelta(days=1), zone))


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 6, 1), 24), (date(2026, 10, 25), 25)],
)
def test_a_local_day_has_as_many_hours_as_the_clocks_showed(day: date, hours: int) -> None:
    window = day_in(MADRID, day)
    assert window.length == timedelta(hours=hours)
    assert len(edges(window, "hour", MADRID)) == hours
    assert edges(window, "day", MADRID) == [window.start]


def test_hours_of_a_zone_off_the_hour() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")  # +5:45
    found = edges(Window(utc(2026, 3, 10, 12), utc(2026, 3, 10, 14)), "hour", kathmandu)
    assert found == [
        utc(2026, 3, 10, 11, 15),
        utc(2026, 3, 10, 12, 15),
        utc(2026, 3, 10, 13, 15),
    ]


def test_the_half_hour_that_lord_howe_repeats_is_a_step_of_its_own() -> None:
    window = Window(utc(2026, 4, 4, 14), utc(2026, 4, 4, 17))
    found = edges(window, "hour", ZoneInfo("Australia/Lord_Howe"))
    assert found == [
        utc(2026, 4, 4, 14),  # 01:00 +11
        utc(2026, 4, 4, 15),  # 01:30 +10:30
        utc(2026, 4, 4, 15, 30),  # 02:00 +10:30
        utc(2026, 4, 4, 16, 30),
    ]


def test_a_midnight_that_comes_twice_begins_one_day() -> None:
    havana = ZoneInfo("America/Havana")  # 01:00 -> 00:00 on 1 November
    window = day_in(havana, date(2026, 11, 1))
    assert window.length == timedelta(hours=25)
    assert len(edges(window, "hour", havana)) == 25


def test_a_date_that_a_zone_skipped_has_no_step() -> None:
    apia = ZoneInfo("Pacific/Apia")  # no 30 December 2011
    window = Window(
        first_instant(date(2011, 12, 29), apia), first_instant(date(2012, 1, 1), apia)
    )
    days = [edge.astimezone(apia).date().day for edge in edges(window, "day", apia)]
    assert days == [29, 31]


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    window = Window(utc(2026, 3, 10, 12), utc(2026, 4, 2))
    weeks = edges(window, "week", MADRID)
    assert weeks[0] == utc(2026, 3, 8, 23)
    assert {edge.astimezone(MADRID).strftime("%a %H") for edge in weeks} == {"Mon 00"}
    months = edges(window, "month", MADRID)
    assert months == [utc(2026, 2, 28, 23), utc(2026, 3, 31, 22)]


def test_the_end_begins_no_step_and_an_empty_window_has_none() -> None:
    hour = Window(utc(2026, 3, 10, 12), utc(2026, 3, 10, 13))
    assert edges(hour, "hour", MADRID) == [hour.start]
    assert edges(Window(hour.start, hour.start), "hour", MADRID) == []


def test_a_window_of_ten_years_in_quarter_hours_is_refused() -> None:
    with pytest.raises(BadRequest, match="too long"):
        edges(Window(utc(2016, 1, 1), utc(2026, 1, 1)), "quarter", MADRID)


def test_the_fitting_step_is_the_finest_of_not_too_many() -> None:
    start = utc(2026, 1, 1)
    found = {
        days: fitting_step(Window(start, start + timedelta(days=days)))
        for days in (1, 5, 30, 365, 3650)
    }
    assert found == {1: "quarter", 5: "hour", 30: "day", 365: "week", 3650: "month"}


@given(windows, st.sampled_from(STEPS[1:]), st.sampled_from(ZONES))
def test_steps_tile_the_window(window: Window, step: Step, zone: ZoneInfo) -> None:
    found = spans(window, step, zone)
    if window.start == window.end:
        return
    assert found[0].start == window.start
    assert found[-1].end == window.end
    assert all(one.end == next_.start for one, next_ in pairwise(found))
    assert all(part.length > timedelta(0) for part in found)


@given(moments, st.sampled_from(STEPS[1:]), st.sampled_from(ZONES))
def test_steps_are_whole_quarter_hours(moment: datetime, step: Step, zone: ZoneInfo) -> None:
    for edge in edges(Window(moment, moment + timedelta(days=40)), step, zone):
        assert edge.timestamp() % SLOT.total_seconds() == 0


questions = st.builds(
    Question,
    window=windows,
    by=st.lists(st.sampled_from(DIMENSIONS), max_size=2, unique=True).map(tuple),
    step=st.sampled_from([None, *STEPS[1:]]),
    parts=st.sampled_from([ALL, SUMS]),
    zone=st.sampled_from(ZONES),
    filters=st.sampled_from(
        [
            Filters(),
            Filters(country_ids=(724,)),
            Filters(user_ids=(2,)),
            Filters(directions=(1,)),
        ]
    ),
)
scopes = st.sampled_from([EVERYONE, Scope(frozenset({2}))])


@given(questions, scopes, st.booleans())
def test_pieces_tile_the_window_and_can_answer(
    question: Question, scope: Scope, nothing_after: bool
) -> None:
    pieces = plan(question, scope, nothing_after=nothing_after)
    at = question.window.start
    for piece in pieces:
        assert piece.window.start == at
        assert piece.window.length > timedelta(0)
        at = piece.window.end
        columns = set(metadata.tables[piece.table].columns.keys())
        if piece.table == COUNTED:
            columns = set(KEYS)
        assert {*question.by, *question.filters.values()} <= columns
        if scope is not EVERYONE:
            assert "user_id" in columns
        if piece.table == CALLS:
            continue
        for bound in (piece.window.start, piece.window.end):
            assert bound.timestamp() % SLOT.total_seconds() == 0
            if piece.table.endswith(("_day", "_month")):
                assert bound.timestamp() % timedelta(days=1).total_seconds() == 0
            if piece.table.endswith("_month"):
                assert bound.day == 1
    assert at >= question.window.end if nothing_after else at == question.window.end
    assert all(piece.window.start < question.window.end for piece in pieces)


@given(questions, scopes)
def test_a_day_of_a_roll_up_spans_two_steps_only_where_nobody_asks_for_the_longest(
    question: Question, scope: Scope
) -> None:
    if question.step is None or question.parts == SUMS:
        return
    starts = set(edges(question.window, question.step, question.zone))
    for piece in plan(question, scope):
        if piece.table.endswith("_day"):
            day = piece.window.start
            while day < piece.window.end:
                inside = {day + SLOT * i for i in range(1, 96)}
                assert not inside & starts
                day += timedelta(days=1)


def tables(question: Question, scope: Scope = EVERYONE) -> list[str]:
    return [piece.table for piece in plan(question, scope)]


QUARTER = Window(utc(2026, 3, 1, 6), utc(2026, 5, 30, 18))


def test_the_smallest_table_that_can_answer_is_read() -> None:
    assert tables(Question(QUARTER)) == ["rollup_switch", "rollup_carrier_day", "rollup_switch"]
    assert tables(Question(QUARTER, by=("country_id",))) == [
        "rollup_country",
        "rollup_country_day",
        "rollup_country",
    ]
    assert tables(Question(QUARTER, by=("country_id",), step="hour")) == ["rollup_country"]
    hours = Question(QUARTER, by=("country_id",), step="hour", parts=SUMS)
    assert tables(hours) == ["rollup_country"]  # of a day's row, all hours would be moved
    assert tables(Question(QUARTER, by=("call_type", "direction"))) == ["rollup_kind"]
    assert tables(Question(QUARTER, by=("carrier_id",))) == [
        "rollup_counted",
        "rollup_carrier_day",
        "rollup_counted",
    ]
    assert tables(Question(QUARTER, by=("dialcode_id",))) == [
        "rollup_counted",
        "rollup_route_day",
        "rollup_counted",
    ]
    assert tables(Question(QUARTER, by=("accountcode",))) == [
        "rollup_counted",
        "rollup_account_day",
        "rollup_counted",
    ]
    assert tables(Question(QUARTER, by=("accountcode",), step="hour")) == ["voip_cdr"]
    assert tables(Question(QUARTER, step="minute")) == ["voip_cdr"]
    assert tables(Question(QUARTER, collapsed=True)) == ["voip_cdr"]
    assert tables(Question(QUARTER, filters=Filters(answered=True))) == ["voip_cdr"]
    assert tables(Question(QUARTER, by=("country_id", "hangup_cause_id"))) == [
        "rollup_counted",
        "rollup_country_cause_day",
        "rollup_counted",
    ]
    assert tables(Question(QUARTER, by=("dialcode_id", "hangup_cause_id"))) == ["voip_cdr"]


def test_whole_months_come_from_months_unless_steps_or_the_longest_call_need_days() -> None:
    question = Question(QUARTER, by=("country_id",), parts=SUMS)
    assert plan(question, EVERYONE) == (
        Piece("rollup_country", Window(QUARTER.start, utc(2026, 3, 2))),
        Piece("rollup_country_day", Window(utc(2026, 3, 2), utc(2026, 4, 1))),
        Piece("rollup_country_month", Window(utc(2026, 4, 1), utc(2026, 5, 1))),
        Piece("rollup_country_day", Window(utc(2026, 5, 1), utc(2026, 5, 30))),
        Piece("rollup_country", Window(utc(2026, 5, 30), QUARTER.end)),
    )
    for zone, fits in ((MADRID, True), (ZoneInfo("Pacific/Auckland"), False)):
        monthly = replace(question, step="month", zone=zone)
        assert ("rollup_country_month" in tables(monthly)) is fits
    for other in (replace(question, step="week"), replace(question, parts=ALL)):
        assert "rollup_country_month" not in tables(other)
    year = Window(utc(2025, 12, 1), utc(2026, 12, 1))
    assert plan(replace(question, window=year), EVERYONE) == (
        Piece("rollup_country_month", year),
    )
    codes = Question(year, by=("dialcode_id",), parts=SUMS)
    assert tables(codes) == ["rollup_route_month"]


def test_the_last_slot_is_read_whole_if_nothing_is_counted_after_it() -> None:
    until = utc(2026, 5, 30, 18, 15)
    question = Question(Window(utc(2026, 3, 31, 22), until), by=("country_id",), parts=SUMS)

    def pieces(step: Step | None) -> list[tuple[str, datetime]]:
        found = plan(replace(question, step=step), EVERYONE, nothing_after=True)
        return [(piece.table, piece.window.end) for piece in found]

    quarters = ("rollup_country", utc(2026, 4, 1))
    assert pieces(None) == [quarters, ("rollup_country_month", utc(2026, 6, 1))]
    assert pieces("day") == [quarters, ("rollup_country_day", utc(2026, 5, 31))]
    assert pieces("hour") == [("rollup_country", until)]
    assert pieces("minute") == [(CALLS, until)]
    ragged = Question(Window(utc(2026, 5, 30, 17), until - timedelta(minutes=8)), step="hour")
    (piece,) = plan(ragged, EVERYONE, nothing_after=True)
    assert (piece.table, piece.window.end) == ("rollup_switch", until)


def test_days_of_madrid_come_from_days_of_utc_unless_the_longest_call_is_asked_for() -> None:
    for by, finer in ("country_id", "rollup_country"), ("accountcode", "voip_cdr"):
        question = Question(QUARTER, by=(by,), step="week", zone=MADRID)
        assert set(tables(question)) > {finer}
        assert len(tables(question)) > 10
        assert len(tables(replace(question, parts=SUMS))) == 3


def test_a_customer_reads_only_tables_that_know_customers() -> None:
    bob = Scope(frozenset({2}))
    assert tables(Question(QUARTER, step="hour"), bob) == ["rollup_customer"]
    assert tables(Question(QUARTER, by=("country_id",)), bob) == [
        "voip_cdr",
        "rollup_customer_country_day",
        "voip_cdr",
    ]


def test_the_ragged_edges_come_from_the_calls() -> None:
    window = Window(utc(2026, 3, 10, 12, 7), utc(2026, 3, 10, 13, 3))
    assert plan(Question(window), EVERYONE) == tuple(
        Piece(table, Window(start, end))
        for table, start, end in [
            (CALLS, window.start, utc(2026, 3, 10, 12, 15)),
            ("rollup_switch", utc(2026, 3, 10, 12, 15), utc(2026, 3, 10, 13)),
            (CALLS, utc(2026, 3, 10, 13), window.end),
        ]
    )


def test_there_is_no_splitting_by_what_is_not_a_dimension() -> None:
    with pytest.raises(BadRequest, match="cannot be split"):
        Question(QUARTER, by=("duration",))
