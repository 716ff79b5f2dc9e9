"""The period before another, as clocks show it, on days of 23 and of 25 hours too."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdrstats.choices import Period, newest, period
from cdrstats.clock import Window, earlier, previous

from .clocks import HAVANA, LORD_HOWE, MADRID, ZONES, windows

HOUR = timedelta(hours=1)


def at(stamp: str, zone: ZoneInfo = MADRID) -> datetime:
    return datetime.fromisoformat(stamp).replace(tzinfo=zone).astimezone(UTC)


def window(start: str, end: str, zone: ZoneInfo = MADRID) -> Window:
    return Window(at(start, zone), at(end, zone))


def test_the_same_weekday_of_last_week() -> None:
    day = window("2026-03-17", "2026-03-18")
    assert earlier(day, MADRID, days=7) == window("2026-03-10", "2026-03-11")
    assert earlier(day, MADRID, days=28) == window("2026-02-17", "2026-02-18")


@pytest.mark.parametrize(
    ("day", "before", "length"),
    [
        (("2026-03-29", "2026-03-30"), ("2026-03-22", "2026-03-23"), 24),
        (("2026-04-05", "2026-04-06"), ("2026-03-29", "2026-03-30"), 23),
        (("2026-11-01", "2026-11-02"), ("2026-10-25", "2026-10-26"), 25),
    ],
)
def test_a_day_meets_a_whole_day_whatever_its_length(
    day: tuple[str, str], before: tuple[str, str], length: int
) -> None:
    found = earlier(window(*day), MADRID, days=7)
    assert found == window(*before)
    assert found.length == length * HOUR


def test_a_clock_time_that_was_skipped_moves_on_as_the_clocks_did() -> None:
    hour = window("2026-04-05 02:30", "2026-04-05 04:00")
    assert earlier(hour, MADRID, days=7) == window("2026-03-29 03:30", "2026-03-29 04:00")


def test_a_day_that_begins_at_one_o_clock_is_still_a_day() -> None:
    """Havana went from 00:00 to 01:00 on Sunday 8 March 2026."""
    sunday = Window(datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC))
    assert sunday.start.astimezone(HAVANA).hour == 1
    assert earlier(sunday, HAVANA, days=7) == window("2026-03-01", "2026-03-02", HAVANA)
    assert previous(sunday, HAVANA) == window("2026-03-07", "2026-03-08", HAVANA)
    monday = window("2026-03-09", "2026-03-10", HAVANA)
    assert previous(monday, HAVANA) == sunday


def test_within_the_hour_that_comes_twice_a_window_keeps_its_length() -> None:
    twice = Window(
        datetime(2026, 10, 25, 0, 45, tzinfo=UTC),  # 02:45, the first time
        datetime(2026, 10, 25, 1, 15, tzinfo=UTC),  # 02:15, the second time
    )
    found = earlier(twice, MADRID, days=7)
    assert found == Window(at("2026-10-18 02:45"), at("2026-10-18 03:15"))


def test_months_earlier() -> None:
    march = window("2026-03-01", "2026-04-01")
    assert earlier(march, MADRID, months=1) == window("2026-02-01", "2026-03-01")
    assert earlier(march, MADRID, months=12) == window("2025-03-01", "2025-04-01")
    last = window("2026-03-31", "2026-04-01")
    assert earlier(last, MADRID, months=1) == window("2026-02-28", "2026-03-01")
    lacking = earlier(window("2026-03-29", "2026-03-31"), MADRID, months=1)
    assert lacking.length == timedelta(0)  # February had neither day
    assert earlier(march, MADRID, months=3) == window("2025-12-01", "2026-01-01")


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (("2026-03-01", "2026-04-01"), ("2026-02-01", "2026-03-01")),  # a month
        (("2026-01-01", "2026-04-01"), ("2025-10-01", "2026-01-01")),  # a quarter
        (("2026-03-29", "2026-03-30"), ("2026-03-28", "2026-03-29")),  # a day of 23 hours
        (("2026-03-30", "2026-04-06"), ("2026-03-23", "2026-03-30")),  # a week
        (("2026-03-10 12:00", "2026-03-10 14:00"), ("2026-03-10 10:00", "2026-03-10 12:00")),
        (("2026-03-10", "2026-03-10 14:00"), ("2026-03-09 10:00", "2026-03-10")),
    ],
)
def test_the_period_before(period: tuple[str, str], before: tuple[str, str]) -> None:
    assert previous(window(*period), MADRID) == window(*before)


def test_nothing_has_nothing_before_it() -> None:
    nothing = window("2026-03-10", "2026-03-10")
    assert previous(nothing, MADRID) == nothing


@given(windows, st.sampled_from(ZONES), st.integers(0, 60), st.integers(0, 30))
def test_every_window_has_an_earlier_one(
    any_window: Window, zone: ZoneInfo, days: int, months: int
) -> None:
    found = earlier(any_window, zone, days=days, months=months)
    assert found.end <= any_window.end + HOUR
    assert previous(any_window, zone).end == any_window.start


# The periods that people choose


@pytest.mark.parametrize(
    ("zone", "day", "before", "lengths"),
    [
        (MADRID, "2026-10-25", "2026-10-24", (25, 24)),
        (MADRID, "2026-10-26", "2026-10-25", (24, 25)),
        (MADRID, "2026-03-29", "2026-03-28", (23, 24)),
        (MADRID, "2026-03-30", "2026-03-29", (24, 23)),
        (LORD_HOWE, "2026-04-05", "2026-04-04", (24.5, 24)),
        (LORD_HOWE, "2026-10-05", "2026-10-04", (24, 23.5)),
    ],
)
def test_a_whole_day_is_compared_with_the_whole_day_before(
    zone: ZoneInfo, day: str, before: str, lengths: tuple[float, float]
) -> None:
    first = datetime.fromisoformat(day)
    last = first + timedelta(days=1)
    now = at(f"{last.date()} 10:20", zone)
    for chosen in (period("Yesterday", now, zone), period("Custom", now, zone, first, last)):
        assert chosen.window == window(day, str(last.date()), zone)
        assert chosen.before == window(before, day, zone)
        assert (chosen.window.length / HOUR, chosen.before.length / HOUR) == lengths
        assert chosen.compared_with == "the day before"


@pytest.mark.parametrize("day", ["2026-03-29", "2026-03-30", "2026-10-25", "2026-10-26"])
def test_a_day_that_is_not_over_is_compared_with_the_same_hours(day: str) -> None:
    chosen = period("Today", at(f"{day} 21:05"), MADRID)
    yesterday = str((datetime.fromisoformat(day) - timedelta(days=1)).date())
    assert chosen.window == window(day, f"{day} 21:15")
    assert chosen.before == window(yesterday, f"{yesterday} 21:15")


@pytest.mark.parametrize(
    ("preset", "first", "before"),
    [
        ("7d", "2026-10-23", "2026-10-16"),
        ("30d", "2026-09-30", "2026-08-31"),
        ("90d", "2026-08-01", "2026-05-03"),
        ("12m", "2025-10-30", "2024-10-30"),
    ],
)
def test_days_up_to_now_are_compared_with_the_days_before(
    preset: str, first: str, before: str
) -> None:
    chosen = period(preset, at("2026-10-29 21:05"), MADRID)
    days = (datetime.fromisoformat(first) - datetime.fromisoformat(before)).days
    last = str((datetime(2026, 10, 29, tzinfo=UTC) - timedelta(days=days)).date())
    assert chosen.window == window(first, "2026-10-29 21:15")
    assert chosen.before == window(before, f"{last} 21:15")


def test_the_last_24_hours_are_as_long_as_those_before() -> None:
    chosen = period("24h", at("2026-10-25 21:05"), MADRID)
    assert chosen.window == window("2026-10-24 22:15", "2026-10-25 21:15")
    assert chosen.before == window("2026-10-23 22:15", "2026-10-24 22:15")


@pytest.mark.parametrize(
    ("dates", "before", "words"),
    [
        (("2026-03-01", "2026-04-01"), ("2026-02-01", "2026-03-01"), "the month before"),
        (("2026-01-01", "2026-04-01"), ("2025-10-01", "2026-01-01"), "the 3 months before"),
        (("2026-03-23", "2026-03-30"), ("2026-03-16", "2026-03-23"), "the 7 days before"),
        (
            ("2026-10-25 12:00", "2026-10-25 14:00"),
            ("2026-10-25 10:00", "2026-10-25 12:00"),
            "as much time before",
        ),
    ],
)
def test_dates_of_ones_own_are_compared_with_the_period_before(
    dates: tuple[str, str], before: tuple[str, str], words: str
) -> None:
    first, last = map(datetime.fromisoformat, dates)
    chosen = period("Custom", at("2026-11-02"), MADRID, first, last)
    assert (chosen.before, chosen.compared_with) == (window(*before), words)


def test_the_last_days_of_a_long_period_are_whole_days_of_the_viewer() -> None:
    march = window("2026-03-01", "2026-04-01")
    chosen = Period("Custom", march, previous(march, MADRID), "the month before")
    last = newest(chosen, MADRID, 5)
    assert last.window == window("2026-03-27", "2026-04-01")
    assert last.window.length == 5 * 24 * HOUR - HOUR
    assert (last.before, last.compared_with) == (
        window("2026-03-22", "2026-03-27"),
        "the 5 days before",
    )
    assert newest(chosen, MADRID, 31) is chosen


def test_a_last_day_that_is_not_over_counts_as_a_day() -> None:
    chosen = period("12m", at("2026-03-20 12:10"), MADRID)
    last = newest(chosen, MADRID, 31)
    assert last.window == window("2026-02-18", "2026-03-20 12:15")
