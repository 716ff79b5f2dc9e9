"""Time: instants are aware, windows are half-open, local stamps become instants here only."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

SLOT = timedelta(minutes=15)
"""The roll-ups' step: 25 time zones are off the hour, none is off the quarter-hour."""


@dataclass(frozen=True, slots=True)
class Window:
    """The span [start, end): `start` is in it, `end` is not. Both are aware."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a Window needs aware datetimes")
        if self.end < self.start:
            raise ValueError(
                f"a Window cannot end ({self.end}) before it starts ({self.start})"
            )

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def known(self, newest: datetime | None) -> "Window":
        """What of it can be known: averages are over that.

        Args:
            newest: an instant up to which, with its quarter-hour, all is; None: all of it.
        """
        end = self.end if newest is None else slot_of(newest) + SLOT
        return Window(self.start, max(self.start, min(self.end, end)))

    def common(self, other: "Window") -> "Window | None":
        """What lies in both; None if nothing does."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Window(start, end) if start < end else None


def as_local(instant: datetime, zone: tzinfo) -> datetime:
    """The naive local time that the clocks of `zone` showed at `instant`."""
    return instant.astimezone(zone).replace(tzinfo=None)


def slot_of(moment: datetime) -> datetime:
    """The start of the quarter-hour that `moment` falls in, in UTC."""
    utc = moment.astimezone(UTC)
    return utc.replace(minute=utc.minute - utc.minute % 15, second=0, microsecond=0)


def month_of(moment: datetime) -> datetime:
    """The first instant of the month, in UTC, that `moment` falls in."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    """The first instant, in UTC, of the month after the one that begins at `month`."""
    return month_of(month + timedelta(days=32))


def earlier(window: Window, zone: tzinfo, *, days: int = 0, months: int = 0) -> Window:
    """The window that the clocks of `zone` showed `days` and `months` earlier.

    Both ends keep their clock time, so that a day of 23 hours meets a whole day of 24; an end
    that the clocks skipped moves on as they did. A date that the month lacks becomes its last
    one. Seven days earlier is the same weekday of the week before.
    """
    start = _earlier(window.start, zone, days, months)
    end = _earlier(window.end, zone, days, months)
    # Within an hour that is shown twice, clocks can end before they start.
    return Window(start, end) if start <= end else Window(start, start + window.length)


def previous(window: Window, zone: tzinfo) -> Window:
    """The period before.

    That is as many months, or else days, of `zone` as the window has, if it is made of whole
    ones; as much time before, if not.
    """
    months, days = whole_dates(window, zone)
    if not months and not days:
        return Window(window.start - window.length, window.start)
    return earlier(window, zone, months=months, days=days)


def whole_dates(window: Window, zone: tzinfo) -> tuple[int, int]:
    """How many months, or else how many days, of `zone` the window is made of.

    Neither, (0, 0), if it does not go from midnight to midnight.
    """
    first, last = _shown(window.start, zone), _shown(window.end, zone)
    if first.time() != time.min or last.time() != time.min:
        return 0, 0
    if first.day == last.day == 1:
        return (last.year - first.year) * 12 + last.month - first.month, 0
    return 0, (last - first).days


def _earlier(moment: datetime, zone: tzinfo, days: int, months: int) -> datetime:
    local = _shown(moment, zone)
    day = _months_before(local.date(), months) - timedelta(days=days)
    return datetime.combine(day, local.time(), zone).astimezone(UTC)


def _shown(moment: datetime, zone: tzinfo) -> datetime:
    """What the clocks showed; midnight also where a day begins later, since they skipped it."""
    local = moment.astimezone(zone).replace(tzinfo=None, fold=0)
    midnight = datetime.combine(local, time.min)
    return midnight if midnight.replace(tzinfo=zone).astimezone(UTC) == moment else local


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first = date(year, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return min(first + timedelta(days=day.day - 1), last)


@dataclass(frozen=True, slots=True)
class ZoneSpan:
    """A stretch of local time [first, last) of a zone that has one offset from UTC.

    `doubtful` marks the stretch that the clocks show twice or never: there `offset` is the
    earlier one, and `other` is the one after the change.
    """

    first: datetime  # naive local time
    last: datetime  # naive local time
    offset: timedelta
    other: timedelta
    doubtful: bool


def zone_spans(zone: ZoneInfo, first: datetime, last: datetime) -> list[ZoneSpan]:
    """Cut the local time [first, last] of `zone` into stretches of one offset.

    Args:
        zone: the time zone of the stamps.
        first, last: naive local times; every stamp asked about lies between them.
    """
    begin = first - timedelta(days=2)
    end = last + timedelta(days=2)
    changes = _offset_changes(zone, begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    spans: list[ZoneSpan] = []
    cursor = begin
    offset = begin.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()
    for moment, before, after in changes:
        clear_until = (moment + min(before, after)).replace(tzinfo=None)
        clear_from = (moment + max(before, after)).replace(tzinfo=None)
        spans.append(ZoneSpan(cursor, clear_until, before, before, False))
        spans.append(ZoneSpan(clear_until, clear_from, before, after, True))
        cursor, offset = clear_from, after
    spans.append(ZoneSpan(cursor, end, offset, offset, False))
    return spans


def _offset_changes(
    zone: ZoneInfo, begin: datetime, end: datetime
) -> list[tuple[datetime, timedelta, timedelta]]:
    """Instants in [begin, end) at which the offset changes, with the offset on each side."""

    def offset(moment: datetime) -> timedelta:
        return moment.astimezone(zone).utcoffset() or timedelta()

    changes = []
    step = timedelta(days=1)
    cursor = begin
    while cursor < end:
        low, high = cursor, cursor + step
        if offset(low) != offset(high):
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                if offset(middle) == offset(cursor):
                    low = middle
                else:
                    high = middle
            change = high.replace(microsecond=0)
            changes.append((change, offset(cursor), offset(change)))
        cursor += step
    return changes


def instant_of(
    local: datetime, zone: ZoneInfo, proof: datetime | None = None
) -> tuple[datetime, bool]:
    """The instant of a local stamp, and whether the stamp alone left it in doubt.

    An hour that is shown twice or never takes the offset that brings it nearest to `proof`, an
    instant that the record itself carries; without one, the earlier offset.
    """
    early = local.replace(tzinfo=zone, fold=0)
    late = local.replace(tzinfo=zone, fold=1)
    doubtful = early.utcoffset() != late.utcoffset()
    chosen = early
    if doubtful and proof is not None:
        chosen = min(early, late, key=lambda stamp: abs(stamp.astimezone(UTC) - proof))
    return chosen.astimezone(UTC), doubtful
