"""Days of UTC that steps of the viewer's clocks cut in two."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cdrstats.clock import SLOT, Window
from cdrstats.traffic import Step
from cdrstats.traffic.midnights import Move, moves, nearest_midnights
from cdrstats.traffic.steps import edges

DAY = timedelta(days=1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_an_hour_that_madrid_has_before_midnight_moves_to_its_day() -> None:
    starts = [utc(2026, 1, 4, 23), utc(2026, 1, 5, 23), utc(2026, 1, 6, 23)]
    assert nearest_midnights(starts) == [utc(2026, 1, 5), utc(2026, 1, 6), utc(2026, 1, 7)]
    assert moves([Window(utc(2026, 1, 5), utc(2026, 1, 7))], starts) == [
        Move(Window(utc(2026, 1, 5, 23), utc(2026, 1, 6)), 1, 2),
        Move(Window(utc(2026, 1, 6, 23), utc(2026, 1, 7)), 2, 3),
    ]


def test_the_hours_that_new_york_still_has_of_the_day_before_move_back() -> None:
    starts = [utc(2026, 1, 5, 5), utc(2026, 1, 6, 5)]
    assert moves([Window(utc(2026, 1, 6), utc(2026, 1, 7))], starts) == [
        Move(Window(utc(2026, 1, 6), utc(2026, 1, 6, 5)), 2, 1),
    ]


def test_days_that_end_with_their_step_have_nothing_to_move() -> None:
    starts = [utc(2026, 1, 5), utc(2026, 1, 6)]
    assert moves([Window(utc(2026, 1, 5), utc(2026, 1, 7))], starts) == []


@pytest.mark.parametrize("step", ["day", "week", "month"])
@pytest.mark.parametrize(
    "zone",
    [
        "UTC",
        "Europe/Madrid",
        "Europe/London",
        "Atlantic/Azores",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Pacific/Apia",
    ],
)
@pytest.mark.parametrize("first", [date(2026, 3, 20), date(2026, 10, 1), date(2011, 12, 20)])
def test_every_quarter_hour_ends_up_in_its_own_step(zone: str, step: Step, first: date) -> None:
    start = utc(first.year, first.month, first.day)
    window = Window(start - 7 * SLOT, start + 45 * DAY + 5 * SLOT)
    days = Window(start, start + 45 * DAY)
    starts = edges(window, step, ZoneInfo(zone))
    begins = nearest_midnights(starts)
    found: dict[datetime, Counter[int]] = {}
    for day in (days.start + DAY * number for number in range(45)):
        for quarter in range(96):
            counted = found.setdefault(day + SLOT * quarter, Counter())
            counted[sum(begin <= day for begin in begins)] += 1
    for move in moves([days], starts):
        slot = move.window.start
        while slot < move.window.end:
            found[slot][move.source] -= 1
            found[slot][move.target] += 1
            slot += SLOT
    for slot, counted in found.items():
        assert +counted == Counter([sum(begin <= slot for begin in starts)])
        assert not -counted
