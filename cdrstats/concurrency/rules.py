"""Sweeping over calls: how many there were at once, when most, and how full each hour was.

    begins, ends --levels--> Levels --stretches--> hours, days --> busy_hour, nearly_full

Pure. A call holds its channel in [begin, end): where one ends as another begins there is one
call, and a call of no length is never there. Instants are whole microseconds since EPOCH, as
PostgreSQL counts them, so that sums are exact.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cdrstats.clock import Window
from cdrstats.errors import BadRequest

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
HOUR_S = 3600
NEARLY_FULL = 80
"""Per cent of the channels from which on a day is worth a look."""

Micros = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Levels:
    """How many calls there were, from each instant of `at` up to the next one.

    `at` ascends strictly from the window's start; the last level holds up to the window's end.
    """

    window: Window
    at: Micros
    calls: Micros

    @property
    def call_seconds(self) -> float:
        """The time of all calls within the window, added up."""
        lasting = np.diff(self.at, append=micros(self.window.end))
        return int((self.calls * lasting).sum()) / 1e6


class Stretch(NamedTuple):
    """Calls at once in one step of the clocks. A tuple, since thousands come from a reader."""

    at: datetime  # start of the step, also where the window begins later in it
    span: Window  # its part in the window
    least: int
    most: int
    most_at: datetime  # the first instant at which there were most
    call_seconds: float  # the time of all calls within the span, added up

    @property
    def mean(self) -> float:
        return self.call_seconds / self.span.length.total_seconds()


class Peak(NamedTuple):
    """The most calls at once, and the first instant of it; None if there never was a call."""

    most: int = 0
    at: datetime | None = None


class Hour(NamedTuple):
    """An hour of the clocks: what it carried, and the calls that began in it."""

    at: datetime  # its start, also where the window begins later in it
    span: Window  # its part in the window
    most: int  # calls at once
    call_seconds: float
    attempts: int

    @property
    def traffic_e(self) -> float:
        """Carried traffic in erlangs: seconds held inside the hour / 3600."""
        return self.call_seconds / HOUR_S


@dataclass(frozen=True, slots=True)
class ClockHour:
    """An hour of the day, over all the days on which the clocks showed it."""

    hour: int  # 0 to 23
    traffic_e: float  # average carried traffic, erlangs
    attempts: float  # average begun in an hour


def micros(moment: datetime) -> int:
    """Microseconds since EPOCH."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(at: int | np.int64) -> datetime:
    """The instant that is `at` microseconds after EPOCH."""
    return EPOCH + timedelta(microseconds=int(at))


def levels(begins: Micros, ends: Micros, window: Window) -> Levels:
    """Sweep over the calls [begins, ends), of which only what lies in `window` counts."""
    first, last = micros(window.start), micros(window.end)
    begins, ends = np.maximum(begins, first), np.minimum(ends, last)
    held = ends > begins
    # The lowest bit tells begins from ends, and sorts ends first at the same instant.
    events = np.concatenate([begins[held] << 1 | 1, ends[held] << 1])
    events.sort()
    at, calls = events >> 1, np.cumsum((events & 1) * 2 - 1)
    # Of several events at one instant the last tells the level; at the window's end all end.
    settled = (at < last) & np.append(at[1:] != at[:-1], True)[: len(at)]
    at, calls = at[settled], calls[settled]
    if not len(at) or at[0] > first:
        at, calls = np.insert(at, 0, first), np.insert(calls, 0, 0)
    return Levels(window, at, calls)


def peak(found: Levels) -> Peak:
    """The highest of the levels."""
    highest = int(found.calls.argmax())
    most = int(found.calls[highest])
    return Peak(most, moment(found.at[highest]) if most else None)


def stretches(found: Levels, starts: Sequence[datetime]) -> list[Stretch]:
    """The levels cut into steps.

    Args:
        starts: of all steps that the window touches, oldest first; the first may lie before
            the window. An empty window touches none.
    """
    if not starts:
        return []
    end = micros(found.window.end)
    cuts = np.maximum([micros(start) for start in starts], micros(found.window.start))
    before = np.searchsorted(found.at, cuts, "right") - 1
    new = found.at[before] != cuts
    at = np.insert(found.at, before[new] + 1, cuts[new])
    calls = np.insert(found.calls, before[new] + 1, found.calls[before[new]])
    firsts = np.searchsorted(at, cuts)
    least = np.minimum.reduceat(calls, firsts)
    most = np.maximum.reduceat(calls, firsts)
    held = np.add.reduceat(calls * np.diff(at, append=end), firsts)
    highest = [
        begin + int(calls[begin:until].argmax())
        for begin, until in pairwise([*firsts.tolist(), len(at)])
    ]
    edges = [moment(cut) for cut in cuts] + [found.window.end]
    return [
        Stretch(
            at=starts[i],
            span=Window(edges[i], edges[i + 1]),
            least=int(least[i]),
            most=int(most[i]),
            most_at=moment(at[highest[i]]),
            call_seconds=int(held[i]) / 1e6,
        )
        for i in range(len(starts))
    ]


def busy_hour(hours: Iterable[Hour]) -> Hour | None:
    """The hour with the largest carried traffic, the first of equals; None if none had any."""
    carrying = [hour for hour in hours if hour.call_seconds]
    return max(carrying, key=lambda hour: hour.call_seconds, default=None)


def clock_hours(hours: Iterable[Hour], zone: tzinfo) -> list[ClockHour]:
    """Hours of the same name on the clocks of `zone`, averaged over the days.

    An average over the time for which the clocks showed that hour: one that they skipped is
    not counted as silent, and one that the window cuts counts for its part.
    """
    by_name: dict[int, list[Hour]] = {}
    for hour in hours:
        by_name.setdefault(hour.at.astimezone(zone).hour, []).append(hour)
    found = []
    for name, shown in sorted(by_name.items()):
        seconds = sum(hour.span.length.total_seconds() for hour in shown)
        found.append(
            ClockHour(
                name,
                sum(hour.call_seconds for hour in shown) / seconds,
                sum(hour.attempts for hour in shown) / seconds * HOUR_S,
            )
        )
    return found


def time_consistent_busy_hour(hours: Iterable[Hour], zone: tzinfo) -> ClockHour | None:
    """The hour of the day with the largest average traffic; None if there was no traffic."""
    carrying = [hour for hour in clock_hours(hours, zone) if hour.traffic_e]
    return max(carrying, key=lambda hour: hour.traffic_e, default=None)


def nearly_full(days: Iterable[Stretch], channels: int) -> list[Stretch]:
    """The days on which the peak reached NEARLY_FULL per cent of `channels`.

    Raises:
        BadRequest: there are no channels to be full.
    """
    if channels < 1:
        raise BadRequest("The number of channels must be at least 1.")
    return [day for day in days if day.most * 100 >= channels * NEARLY_FULL]
