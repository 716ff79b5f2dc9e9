"""One window against another, step by step as the clocks show it. Pure.

two lines of `series` --aligned--> pairs --difference--> how far each step moved

The window to compare with is that of `clock.earlier` or `clock.previous`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from cdrstats.metrics import Metric, Number
from cdrstats.traffic import Answer, Step


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


def difference(metric: Metric, pair: Pair) -> Number | None:
    """How far `metric` moved, in its own unit; None if one of the two steps has no figure."""
    new = None if pair.now is None else pair.now.of(metric)
    old = None if pair.before is None else pair.before.of(metric)
    return None if new is None or old is None else new - old  # type: ignore[operator]
