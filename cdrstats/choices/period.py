"""Periods that people choose, as windows of time in their zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cdrstats.clock import SLOT, Window, as_local, earlier, previous, slot_of, whole_dates
from cdrstats.errors import BadRequest

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
FIRST_YEAR, LAST_YEAR = 2000, 2100
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
        start, end: naive local times, for "Custom"; a missing one is 24 hours off the other,
            and of two that stand the wrong way round the earlier is the start.
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
    first, last = sorted([instant(start, zone), instant(end, zone)])
    window = Window(first, last)
    return Period("Custom", window, previous(window, zone), _before_in_words(window, zone))


def newest(chosen: Period, zone: ZoneInfo, days: int) -> Period:
    """The last `days` of a longer period, its last day not being over counted as one."""
    end = chosen.window.end
    last_day = (end - SLOT).astimezone(zone).date()
    start = midnight(last_day - timedelta(days=days - 1), zone)
    if chosen.window.start >= start:
        return chosen
    window = Window(start, end)
    before = earlier(window, zone, days=days)
    return Period("Custom", window, before, f"the {days} days before")


def _before_in_words(window: Window, zone: ZoneInfo) -> str:
    """What `clock.previous` of a window is."""
    months, days = whole_dates(window, zone)
    if not months and not days:
        return "as much time before"
    number, unit = (months, "month") if months else (days, "day")
    return f"the {unit} before" if number == 1 else f"the {number} {unit}s before"


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of `day` in `zone`."""
    return instant(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a naive local time; of one that comes twice, `fold` tells which."""
    return local.replace(tzinfo=zone).astimezone(UTC)


def written(instant: datetime, zone: ZoneInfo) -> str:
    """An instant as links say it: '2026-03-10T13:00', a local time.

    One that the clocks showed twice has its offset: '2026-10-25T02:30+01:00'.
    """
    local = instant.astimezone(zone)
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    exact = local.second or local.microsecond
    stamp = local if twice else local.replace(tzinfo=None)
    return stamp.isoformat(timespec="auto" if exact else "minutes")


def between(window: Window, zone: ZoneInfo) -> dict[str, str | list[str]]:
    """The URL parameters of a period."""
    first, last = (written(one, zone) for one in (window.start, window.end))
    return {"period": "Custom", "from": first, "to": last}


def read(text: str, zone: ZoneInfo) -> datetime:
    """The naive local time that a link says, with or without an offset; `fold` tells which.

    Raises:
        BadRequest: it is not a time, or far from any call.
    """
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError as exc:
        raise BadRequest(f"{text!r} is not a time such as 2026-03-10T13:00.") from exc
    if not FIRST_YEAR <= stamp.year <= LAST_YEAR:
        raise BadRequest(f"{text!r} is not a time between {FIRST_YEAR} and {LAST_YEAR}.")
    return stamp if stamp.tzinfo is None else as_local(stamp, zone)
