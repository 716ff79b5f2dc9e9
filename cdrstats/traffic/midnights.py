"""Days of UTC that a step of the viewer's clocks cuts in two. Pure.

A roll-up by day has one row for a day of UTC. A day in Madrid begins an hour or two before it:
nearly all of it comes from that row, and what lies between the two midnights is moved from one
step to the other. Reading the moved hours takes a twelfth of what reading all hours takes.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple

from cdrstats.clock import Window

DAY = timedelta(days=1)


class Move(NamedTuple):
    """A part of a day that its row counts in another step than the clocks do."""

    window: Window
    source: int  # the number of the step, from 1, in which the row counts it
    target: int  # the one that it is part of


def nearest_midnights(starts: Iterable[datetime]) -> list[datetime]:
    """The midnights of UTC at which steps begin for rows of days; noon belongs to the past."""
    return [_midnight(start + DAY / 2) for start in starts]


def moves(days: Iterable[Window], starts: Sequence[datetime]) -> list[Move]:
    """What the rows of `days`, whole days of UTC, count in another step; oldest first.

    A row may also be of a month, if at `nearest_midnights` of the steps months begin.

    Args:
        starts: of the steps, ascending; the first is not after any of `days`.
    """
    windows = sorted(days, key=lambda window: window.start)
    begins = nearest_midnights(starts) if windows else []
    found = []
    for window in windows:
        first = bisect_right(starts, window.start)
        last = bisect_right(starts, window.end)
        for day, cuts in groupby(starts[first:last], _midnight):
            inside = [start for start in cuts if start != day]
            if not inside or day == window.end:
                continue
            source = bisect_right(begins, day)
            for start, end in pairwise([day, *inside, day + DAY]):
                target = bisect_right(starts, start)
                if target != source:
                    found.append(Move(Window(start, end), source, target))
    return found


def _midnight(moment: datetime) -> datetime:
    """The last midnight of UTC up to `moment`."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
