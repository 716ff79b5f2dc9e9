"""Cutting a window into the hours, days, weeks and months of a zone's clocks. Pure.

Days have 23, 24 or 25 hours. An hour that the clocks show twice is two hours. Every zone's
offset is a multiple of a quarter-hour, so each step but the minute is made of whole
quarter-hours of UTC.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import get_args

from cdrstats.clock import SLOT, Window, slot_of
from cdrstats.errors import BadRequest
from cdrstats.traffic.question import Step

STEPS: tuple[Step, ...] = get_args(Step)
MOST_STEPS = 20_000
MINUTE = timedelta(minutes=1)
LENGTHS: dict[Step, timedelta] = {
    "minute": MINUTE,
    "quarter": SLOT,
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
"""How long steps are, about: days and months differ."""


def edges(window: Window, step: Step, zone: tzinfo) -> list[datetime]:
    """The starts, in UTC, of all steps that `window` touches, oldest first.

    The first may lie before the window's start. An empty window touches none.
    """
    return list(_edges(window, step, zone))


@lru_cache(maxsize=256)
def _edges(window: Window, step: Step, zone: tzinfo) -> tuple[datetime, ...]:
    if window.start == window.end:
        return ()
    if window.length > LENGTHS[step] * MOST_STEPS:
        raise BadRequest(
            f"A period of {window.length.days:,} days is too long for steps of a {step};"
            " choose longer steps or a shorter period."
        )
    if step == "minute":
        found = _regular(
            window.start.astimezone(UTC).replace(second=0, microsecond=0), window.end, MINUTE
        )
    elif step == "quarter":
        found = _regular(slot_of(window.start), window.end, SLOT)
    elif step == "hour":
        found = _hours(window, zone)
    else:
        found = _dates(window, step, zone)
    return tuple(found[max(0, bisect_right(found, window.start) - 1) :])


def spans(window: Window, step: Step, zone: tzinfo) -> list[Window]:
    """The parts of `window` that lie in each step; together they are the window."""
    cuts = [window.start, *edges(window, step, zone)[1:], window.end]
    return [Window(start, end) for start, end in pairwise(cuts)]


def whole_steps(window: Window, step: Step, zone: tzinfo) -> list[Window]:
    """Every step that `window` touches, whole: the first and last may reach beyond it."""
    if window.start == window.end:
        return []
    beyond = Window(window.start, window.end + 2 * LENGTHS[step])
    found = pairwise(edges(beyond, step, zone))
    return [Window(start, end) for start, end in found if start < window.end]


def fitting_step(window: Window, most: int = 120) -> Step:
    """The finest step that cuts `window` into at most about `most` pieces, else a month.

    Never a minute, for which calls are read.
    """
    fitting = (step for step in STEPS[1:] if window.length <= LENGTHS[step] * most)
    return next(fitting, "month")


def _regular(first: datetime, end: datetime, length: timedelta) -> list[datetime]:
    count = -((first - end) // length)
    return [first + length * i for i in range(count)]


def _hours(window: Window, zone: tzinfo) -> list[datetime]:
    """Quarter-hours at which the clocks show another hour, or have changed."""
    begin = slot_of(window.start) - timedelta(hours=2)
    found = []
    day = timedelta(days=1)
    while begin < window.end:
        end = begin + day
        offsets = {moment.astimezone(zone).utcoffset() for moment in (begin, end)}
        if len(offsets) == 1:
            past_hour = timedelta(minutes=begin.astimezone(zone).minute)
            first = begin if not past_hour else begin + timedelta(hours=1) - past_hour
            found += [first + timedelta(hours=i) for i in range(24)]
        else:
            found += [slot for slot in _regular(begin, end, SLOT) if _turns(slot, zone)]
        begin = end
    return [edge for edge in found if edge < window.end]


def _turns(slot: datetime, zone: tzinfo) -> bool:
    local, before = slot.astimezone(zone), (slot - SLOT).astimezone(zone)
    return local.minute == 0 or local.utcoffset() != before.utcoffset()


def _dates(window: Window, step: Step, zone: tzinfo) -> list[datetime]:
    found: list[datetime] = []
    day = _step_start(window.start.astimezone(zone).date(), step)
    while (edge := first_instant(day, zone)) < window.end:
        if not found or edge > found[-1]:  # a date that the zone skipped has no length
            found.append(edge)
        day = _step_after(day, step)
    return found


def _step_start(day: date, step: Step) -> date:
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def _step_after(day: date, step: Step) -> date:
    if step == "month":
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if step == "week" else 1)


def first_instant(day: date, zone: tzinfo) -> datetime:
    """The instant, in UTC, at which `day` begins in `zone`."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
