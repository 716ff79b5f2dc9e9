"""Periods that people choose, as windows of time in their zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cdrstats.clock import SLOT, Window, earlier, previous, slot_of, whole_dates

PRESETS = {
    "24h": "the last 24 hours",
    "Today": "today",
    "Yesterday": "yesterday",
    "7d": "the last 7 days",
    "30d": "the last 30 days",
    "90d": "the last 90 days",
    "12m": "the last 365 days",
    "Custom": "a period of your own",
}
DAYS = {"Today": 1, "7d": 7, "30d": 30, "90d": 90, "12m": 365}


@dataclass(frozen=True, slots=True)
class Period:
    """What a page reports on, and what it compares with.

    `before` has the clock times of `window`, so many days or months earlier: a day that is
    not over yet is compared with the same hours, and one of 25 hours with a whole day.
    """

    preset: str
    window: Window
    before: Window
    compared_with: str


def period(
    preset: str,
    now: datetime,
    zone: ZoneInfo,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Period:
    """The period that `preset` means at `now`.

    Args:
        preset: one of PRESETS; anything else is the last 24 hours.
        now: aware; periods up to now end with the running quarter-hour, which the roll-ups
            can answer without reading calls.
        zone: whose days are meant.
        start, end: naive local times, for "Custom"; a missing one is 24 hours off the other.
    """
    until = slot_of(now) + SLOT
    if preset == "Custom" and (start or end):
        return _custom(zone, start, end)
    today = now.astimezone(zone).date()
    if preset == "Yesterday":
        window = Window(midnight(today - timedelta(days=1), zone), midnight(today, zone))
        return Period(preset, window, previous(window, zone), "the day before")
    if preset in DAYS:
        days = DAYS[preset]
        window = Window(midnight(today - timedelta(days=days - 1), zone), until)
        words = "the same hours of yesterday" if days == 1 else f"the {days} days before"
        return Period(preset, window, earlier(window, zone, days=days), words)
    day = timedelta(days=1)
    window = Window(until - day, until)
    before = Window(until - 2 * day, until - day)
    return Period("24h", window, before, "the 24 hours before")


def _custom(zone: ZoneInfo, start: datetime | None, end: datetime | None) -> Period:
    day = timedelta(days=1)
    if start is None and end is not None:
        start = end - day
    elif start is not None and end is None:
        end = start + day
    assert start is not None
    assert end is not None
    first, last = sorted([_instant(start, zone), _instant(end, zone)])
    window = Window(first, last)
    return Period("Custom", window, previous(window, zone), _before_in_words(window, zone))


def _before_in_words(window: Window, zone: ZoneInfo) -> str:
    """What `clock.previous` of a window is."""
    months, days = whole_dates(window, zone)
    if not months and not days:
        return "as much time before"
    number, unit = (months, "month") if months else (days, "day")
    return f"the {unit} before" if number == 1 else f"the {number} {unit}s before"


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of `day` in `zone`."""
    return _instant(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def as_local(instant: datetime, zone: ZoneInfo) -> datetime:
    """The naive local time that the clocks of `zone` showed at `instant`."""
    return instant.astimezone(zone).replace(tzinfo=None)
