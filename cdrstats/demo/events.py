"""When the demo's two striking things happened: pure, from `now`."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cdrstats.clock import Window
from cdrstats.demo import world


def incident(now: datetime) -> Window:
    """The latest hour and a half of a working day's busy time that is over."""
    zone = ZoneInfo(world.ASTERISK.timezone)
    today = now.astimezone(zone).date()
    candidates = [
        datetime.combine(today - timedelta(days=back), begin, zone).astimezone(UTC)
        for back in range(5)
        for begin in (time(16, 10), time(10, 20))
        if (today - timedelta(days=back)).weekday() < 5
    ]
    length = timedelta(minutes=90)
    start = next(begin for begin in candidates if begin + length <= now)
    return Window(start, start + length)


def fraud(now: datetime) -> Window:
    """The latest night to a Sunday that is over."""
    day = now.astimezone(UTC).replace(hour=0, minute=40, second=0, microsecond=0)
    day -= timedelta(days=(day.weekday() + 1) % 7)
    length = timedelta(hours=4)
    if day + length > now:
        day -= timedelta(days=7)
    return Window(day, day + length)
