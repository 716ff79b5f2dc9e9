"""One window against another, step by step as the clocks show it. Pure.

window --earlier, previous--> the window to compare with
two lines of `series` --aligned--> pairs --difference--> how far each step moved
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from cdrstats.clock import Window
from cdrstats.metrics import Change, Metric, Number, moved
from cdrstats.traffic import Answer, Step


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


def previous(window: Window, zone: tzinfo) -> Window:
    """The period before.

    That is as many months, or else days, of `zone` as the window has, if it is made of whole
    ones; as much time before, if not.
    """
    first, last = _shown(window.start, zone), _shown(window.end, zone)
    if first.time() != time.min or last.time() != time.min:
        return window.before()
    if first.day == last.day == 1:
        months = (last.year - first.year) * 12 + last.month - first.month
        return earlier(window, zone, months=months)
    return earlier(window, zone, days=(last - first).days)


@dataclass(frozen=True, slots=True)
class Pair:
    """A step and the one it is compared with; None where a window has no such step."""

    now: Answer | None
    before: Answer | None


def aligned(
    now: Sequence[Answer], before: Sequence[Answer], step: Step, zone: tzinfo
) -> list[Pair]:
    """The steps of two lines side by side, each beside the one at the same clock time.

    Clock times count from the first step of either line: the third hour meets the third hour,
    whichever days they are of. An hour that the clocks skipped has None on its side; the second
    of two that they showed has None on the other side. Days and months meet by their number.

    Args:
        now, before: lines of `series`, of questions with steps of `step` in `zone`.
    """
    sides = _placed(now, step, zone), _placed(before, step, zone)
    return [
        Pair(*(side.get(place) for side in sides)) for place in sorted({*sides[0], *sides[1]})
    ]


def _placed(line: Sequence[Answer], step: Step, zone: tzinfo) -> dict[tuple[int, int], Answer]:
    """Answers by how many steps of the clocks after the first, and the how manieth time."""
    times: Counter[int] = Counter()
    found = {}
    first: int | None = None
    for answer in line:
        if answer.at is None:
            continue
        number = _number(answer.at.astimezone(zone), step)
        first = number if first is None else first
        times[number] += 1
        found[number - first, times[number]] = answer
    return found


def _number(local: datetime, step: Step) -> int:
    """A count of the steps that clocks can show."""
    if step == "month":
        return local.year * 12 + local.month
    day = local.toordinal()
    if step in ("week", "day"):
        return day
    if step == "hour":
        return day * 24 + local.hour
    minute = (day * 24 + local.hour) * 60 + local.minute
    return minute // 15 if step == "quarter" else minute


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure in both steps of a pair, and how far it moved."""

    now: Number | None
    before: Number | None
    by: Number | None  # in the figure's own unit; None if one of the two is missing
    change: Change | None  # points or per cent; None if one of the steps is missing


def difference(metric: Metric, pair: Pair) -> Difference:
    """How far `metric` moved from one step of `pair` to the other."""
    new = None if pair.now is None else pair.now.of(metric)
    old = None if pair.before is None else pair.before.of(metric)
    by = None if new is None or old is None else new - old  # type: ignore[operator]
    if pair.now is None or pair.before is None:
        return Difference(new, old, by, None)
    return Difference(new, old, by, moved(metric, new, old))
