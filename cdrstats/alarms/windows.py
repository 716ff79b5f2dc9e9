"""The windows of a rule, by the clocks of its zone, and what each is compared with. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from cdrstats.alarms.rules import CHANGES, Length, Rule, Verdict
from cdrstats.analysis import clock_of
from cdrstats.clock import Window
from cdrstats.traffic import LENGTHS as STEP_LENGTHS
from cdrstats.traffic import Step, whole_steps

FIVE = timedelta(minutes=5)
"""No step of the traffic: it is five of a minute."""

OF_A_DAY = frozenset({"5min", "quarter", "hour", "day"})
"""Windows that lie within one date, which can be a holiday."""

BACK = {"day": timedelta(days=1), "week": timedelta(days=7)}


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is not like other days."""

    maintenance: tuple[Window, ...] = ()
    holidays: frozenset[date] = frozenset()

    def why_not(self, rule: Rule, window: Window) -> Verdict | None:
        """Why the rule does not judge a window; None if it does."""
        if any(window.common(span) for span in self.maintenance):
            return "maintenance"
        return "holiday" if not rule.on_holidays and self.is_holiday(rule, window) else None

    def is_holiday(self, rule: Rule, window: Window) -> bool:
        """Whether a window lies within a holiday of the rule's clocks."""
        return rule.length in OF_A_DAY and _date(rule, window) in self.holidays

    def is_ordinary(self, rule: Rule, window: Window) -> bool:
        """Whether others may be compared with a window."""
        kept_clear = not any(window.common(span) for span in self.maintenance)
        return kept_clear and not self.is_holiday(rule, window)


NO_CALENDAR = Calendar()


def _date(rule: Rule, window: Window) -> date:
    return clock_of(window.start, step_of(rule.length), rule.zone).date()


def step_of(length: Length) -> Step:
    """The step of the traffic that windows are made of."""
    return "minute" if length == "5min" else length


def length_of(length: Length) -> timedelta:
    """How long a window is, about."""
    return FIVE if length == "5min" else STEP_LENGTHS[step_of(length)]


def windows_of(rule: Rule, span: Window) -> list[Window]:
    """Every window of the rule that `span` touches, whole, oldest first.

    On the day when clocks change, a day has 23 or 25 hours, and an hour that is shown twice is
    two windows.
    """
    if rule.length != "5min":
        return whole_steps(span, step_of(rule.length), rule.zone)
    first = _five(span.start)
    count = -((first - span.end) // FIVE) if span.start < span.end else 0
    starts = [first + FIVE * number for number in range(count + 1)]
    return [Window(start, end) for start, end in pairwise(starts)]


def _five(moment: datetime) -> datetime:
    """The start of the five minutes of `moment`: of all clocks, whose offsets are quarters."""
    utc = moment.astimezone(UTC)
    return utc.replace(minute=utc.minute - utc.minute % 5, second=0, microsecond=0)


MOST_AT_ONCE = 2_000
"""Windows of a rule that are decided in one go; what is missing for longer comes after."""


def due(
    rule: Rule,
    since: datetime,
    decided_until: datetime | None,
    now: datetime,
    most: int = MOST_AT_ONCE,
) -> list[Window]:
    """The windows that are to be decided at `now`, oldest first, about `most` of them.

    That is each that has closed and waited for late calls, after the last that was decided. A
    clock that went back makes none due.

    Args:
        since: when the rule began to watch; a window that was open then is the first.
        decided_until: the end of the last window that was decided.
    """
    start = since if decided_until is None else max(since, decided_until)
    end = min(now - rule.lag, start + length_of(rule.length) * most)
    if end <= start:
        return []
    return [
        window
        for window in windows_of(rule, Window(start, end))
        if window.end <= end and (decided_until is None or window.start >= decided_until)
    ]


def reach(rule: Rule) -> timedelta:
    """How long before its first window a rule looks to compare."""
    if rule.condition not in CHANGES:
        return timedelta()
    if rule.compare == "previous":
        # Months differ, and the clocks may have changed.
        return length_of(rule.length) + timedelta(days=2 if rule.length in _LONG else 0)
    return BACK[rule.compare] + timedelta(days=1)


_LONG = frozenset({"day", "week", "month"})


def compared(rule: Rule, known: Iterable[tuple[Window, Any]]) -> dict[datetime, Any]:
    """What each window is compared with, by its start; absent if there is no such window.

    Args:
        known: windows in a row, with whatever is known of them.
    """
    line = list(known)
    if rule.compare == "previous":
        return {after[0].start: before for before, after in pairwise(line)}
    step, back = step_of(rule.length), BACK[rule.compare]
    shown: dict[datetime, Any] = {}
    for each in line:
        # Of an hour that the clocks showed twice, the first.
        shown.setdefault(clock_of(each[0].start, step, rule.zone), each)
    found = {}
    for window, _ in line:
        clock = clock_of(window.start, step, rule.zone) - back
        if clock in shown:
            found[window.start] = shown[clock]
    return found
