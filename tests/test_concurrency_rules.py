"""The sweep against counting second by second, and what is made of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cdrstats.clock import Window
from cdrstats.concurrency import (
    Hour,
    Question,
    Stretch,
    busy_hour,
    clock_hours,
    nearly_full,
    time_consistent_busy_hour,
)
from cdrstats.concurrency.question import LONGEST, MOST_STEPS
from cdrstats.concurrency.rules import Levels, levels, micros, moment, peak, stretches
from cdrstats.errors import BadRequest
from cdrstats.traffic import edges

from .factories import NOON

MADRID = ZoneInfo("Europe/Madrid")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WORKED = [(0, 60), (10, 70), (20, 30), (30, 90), (60, 120), (60, 60)]
Spans = list[tuple[float, float]]


def second(number: float) -> datetime:
    return NOON + timedelta(seconds=number)


def swept(calls: Spans, first: float = 0, last: float = 600) -> Levels:
    """The levels of calls given in seconds after NOON."""
    begins = np.array([micros(second(begin)) for begin, _ in calls], np.int64)
    ends = np.array([micros(second(end)) for _, end in calls], np.int64)
    return levels(begins, ends, Window(second(first), second(last)))


def counted(calls: Spans, first: int, last: int) -> list[int]:
    """The oracle: for each second of [first, last), the calls that it falls into."""
    return [sum(begin <= at < end for begin, end in calls) for at in range(first, last)]


def hour(
    at: datetime, call_seconds: float, attempts: int = 0, length: timedelta = HOUR
) -> Hour:
    return Hour(at, Window(at, at + length), 1, call_seconds, attempts)


def test_the_worked_sweep() -> None:
    found = swept(list(map(tuple, WORKED)))
    assert peak(found) == (3, second(20))
    assert found.call_seconds == 250


def test_a_call_that_ends_as_another_begins_makes_room_for_it() -> None:
    assert peak(swept([(0, 60), (60, 120)])) == (1, second(0))


def test_a_call_of_no_length_is_never_there() -> None:
    assert peak(swept([(60, 60)])) == (0, None)


def test_a_dip_of_no_length_is_no_dip() -> None:
    (only,) = stretches(swept([(0, 60), (60, 600)]), [second(0)])
    assert (only.least, only.most) == (1, 1)


def test_parts_of_a_second_count() -> None:
    found = swept([(0.25, 1.5), (1.499999, 2), (1.5, 3)])
    assert peak(found) == (2, second(1.499999))
    assert found.call_seconds == pytest.approx(1.25 + 0.500001 + 1.5)


def test_a_call_that_began_before_the_window_is_there_from_its_start() -> None:
    found = swept([(-50, 20), (-10, 0), (590, 900), (600, 700)])
    assert peak(found) == (1, second(0))
    assert found.call_seconds == 30


def test_a_window_without_calls_has_no_peak() -> None:
    found = swept([])
    assert peak(found) == (0, None)
    assert [(s.least, s.most, s.mean) for s in stretches(found, [second(0)])] == [(0, 0, 0)]


def test_an_empty_window_has_nothing() -> None:
    found = swept([(0, 60)], 30, 30)
    assert peak(found) == (0, None)
    assert stretches(found, []) == []


bounds = st.integers(-100, 700)
calls = st.lists(
    st.builds(lambda begin, length: (begin, begin + length), bounds, st.integers(0, 300)),
    max_size=30,
)


@given(calls, st.integers(0, 300), st.integers(1, 300))
@example([(0, 10), (10, 20), (5, 5)], 0, 60)
def test_the_sweep_is_what_one_counts_second_by_second(
    calls: Spans, first: int, length: int
) -> None:
    last = first + length
    expected = counted(calls, first, last)
    found = swept(calls, first, last)
    most = max(expected)
    assert peak(found) == (most, second(first + expected.index(most)) if most else None)
    assert found.call_seconds == sum(expected)
    cuts = edges(found.window, "minute", MADRID)
    parts = stretches(found, cuts)
    assert [part.at for part in parts] == cuts
    assert parts[0].span.start == second(first)
    assert parts[-1].span.end == second(last)
    for part in parts:
        begin, end = ((at - NOON) // timedelta(seconds=1) for at in _ends(part.span))
        here = expected[begin - first : end - first]
        assert (part.least, part.most) == (min(here), max(here))
        assert part.most_at == second(begin + here.index(part.most))
        assert part.call_seconds == sum(here)
        assert part.mean == pytest.approx(sum(here) / len(here))


def _ends(window: Window) -> tuple[datetime, datetime]:
    return window.start, window.end


@given(st.datetimes(datetime(1999, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_instants_keep_their_microseconds(naive: datetime) -> None:
    instant = naive.replace(tzinfo=UTC)
    assert moment(micros(instant)) == instant


def test_a_call_over_the_hour_gives_each_hour_its_part() -> None:
    nine = datetime(2026, 3, 10, 9, tzinfo=UTC)
    begin = np.array([micros(nine.replace(minute=59, second=30))])
    found = levels(begin, begin + 60_000_000, Window(nine, nine + 2 * HOUR))
    hours = stretches(found, [nine, nine + HOUR])
    assert [hour.call_seconds for hour in hours] == [30, 30]


def test_thirty_calls_of_five_minutes_are_two_and_a_half_erlangs() -> None:
    assert hour(NOON, 30 * 300).traffic_e == 2.5
    assert hour(NOON, 560 * 180).traffic_e == 28


def test_the_busy_hour_carries_most_not_begins_most() -> None:
    hours = [hour(NOON, 100, 90), hour(NOON + HOUR, 900, 3), hour(NOON + 2 * HOUR, 900, 4)]
    assert busy_hour(hours) == hours[1]


def test_without_traffic_no_hour_is_busy() -> None:
    silent = [hour(NOON, 0, 5)]
    assert busy_hour(silent) is None
    assert time_consistent_busy_hour(silent, MADRID) is None
    assert time_consistent_busy_hour([], MADRID) is None


def test_the_same_hour_of_the_clock_is_averaged_over_the_days() -> None:
    """Hour 13 is busiest on one day, hour 14 on average."""
    day = timedelta(days=1)
    hours = [
        hour(NOON, 7200, 10),
        hour(NOON + HOUR, 5400, 20),
        hour(NOON + day, 0, 0),
        hour(NOON + day + HOUR, 3600, 40),
    ]
    busiest = time_consistent_busy_hour(hours, MADRID)
    assert busiest is not None
    assert (busiest.hour, busiest.traffic_e, busiest.attempts) == (14, 1.25, 30)


def test_an_hour_that_the_clocks_skip_is_not_counted_as_silent() -> None:
    """2 o'clock in Madrid: there on 28 March, skipped on the 29th, there on the 30th."""
    window = Window(
        datetime(2026, 3, 28, tzinfo=MADRID).astimezone(UTC),
        datetime(2026, 3, 31, tzinfo=MADRID).astimezone(UTC),
    )
    hours = [hour(at, 3600, 1) for at in edges(window, "hour", MADRID)]
    found = {named.hour: named for named in clock_hours(hours, MADRID)}
    assert len(hours) == 71
    assert {named.traffic_e for named in found.values()} == {1}
    assert {named.attempts for named in found.values()} == {1}


def test_an_hour_that_the_window_cuts_counts_for_its_part() -> None:
    hours = [
        hour(NOON, 1800, 5, 30 * MINUTE),
        hour(NOON + timedelta(days=1), 5400, 10, HOUR),
    ]
    (named,) = clock_hours(hours, MADRID)
    assert named.traffic_e == pytest.approx(7200 / 5400)
    assert named.attempts == pytest.approx(10)


def test_the_half_hour_that_lord_howe_repeats_counts_as_half_an_hour() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    window = Window(
        datetime(2026, 4, 5, tzinfo=lord_howe).astimezone(UTC),
        datetime(2026, 4, 6, tzinfo=lord_howe).astimezone(UTC),
    )
    cuts = edges(window, "hour", lord_howe)
    begin = np.array([micros(window.start)])
    found = levels(begin, begin + 10**12, window)  # one call all day long
    hours = [
        Hour(part.at, part.span, part.most, part.call_seconds, 1)
        for part in stretches(found, cuts)
    ]
    assert len(hours) == 25
    assert [hour.traffic_e for hour in hours[:4]] == [1, 1, 0.5, 1]
    assert {named.traffic_e for named in clock_hours(hours, lord_howe)} == {1}


def test_a_day_is_nearly_full_from_eighty_per_cent_on() -> None:
    def day(most: int) -> Stretch:
        return Stretch(NOON, Window(NOON, NOON + HOUR), 0, most, NOON, 60)

    days = [day(23), day(24), day(31)]
    assert nearly_full(days, 30) == days[1:]
    with pytest.raises(BadRequest, match="at least 1"):
        nearly_full(days, 0)


@pytest.mark.parametrize(
    ("length", "step"),
    [
        (timedelta(hours=12), "minute"),
        (timedelta(days=1), "quarter"),
        (timedelta(days=7), "quarter"),
        (timedelta(days=8), "hour"),
        (LONGEST, "hour"),
    ],
)
def test_a_curve_is_drawn_as_finely_as_a_screen_can_show(length: timedelta, step: str) -> None:
    question = Question(Window(NOON, NOON + length), zone=MADRID)
    assert question.drawn_by == step
    assert len(edges(question.window, question.drawn_by, MADRID)) <= MOST_STEPS


def test_minutes_begin_at_whole_minutes() -> None:
    window = Window(second(30), second(120))
    assert edges(window, "minute", MADRID) == [second(0), second(60)]
    assert edges(Window(second(30), second(30)), "minute", MADRID) == []


def test_questions_that_make_no_sense_are_refused_in_a_sentence() -> None:
    month = Window(NOON, NOON + LONGEST)
    with pytest.raises(BadRequest, match="at most 31 days, and this period has 3,650"):
        Question(Window(NOON, NOON + timedelta(days=3650)))
    with pytest.raises(BadRequest, match="too long to be drawn by the minute"):
        Question(month, step="minute")
    with pytest.raises(BadRequest, match="no calls at once by 'lines'"):
        Question(month, kind="lines")  # type: ignore[arg-type]
    with pytest.raises(BadRequest, match="cannot be drawn by 'year'"):
        Question(month, step="year")  # type: ignore[arg-type]
