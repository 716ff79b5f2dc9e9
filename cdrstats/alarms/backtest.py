"""When a rule would have fired: past windows, read at once and judged as live ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cdrstats.accounts import Scope
from cdrstats.alarms.calendar import calendar_of
from cdrstats.alarms.reading import Asked, seen_in, understood
from cdrstats.alarms.rules import Decision, Rule, State, judge_all
from cdrstats.alarms.windows import Calendar, length_of, windows_of
from cdrstats.clock import Window
from cdrstats.errors import BadRequest

MOST_WINDOWS = 50_000
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a rule would have decided, oldest first."""

    windows: tuple[Decision, ...]

    @property
    def fired(self) -> int:
        """How often it would have fired."""
        return sum(each.event == "fired" for each in self.windows)

    @property
    def changes(self) -> list[Decision]:
        """The windows at which something happened, or somebody would have been told."""
        return [each for each in self.windows if each.event or each.told]


def backtest(
    conn: Connection, asked: Asked, calendar: Calendar, now: datetime, length: timedelta
) -> Backtest:
    """Judge the windows that began in the last `length` and would be decided by `now`.

    Args:
        conn: confined to what the rule's owner sees.

    Raises:
        BadRequest: that are too many.
    """
    rule = asked.rule
    if length > LONGEST or length / length_of(rule.length) > MOST_WINDOWS:
        raise BadRequest(f"A back-test is of at most {LONGEST.days} days: give fewer.")
    end = now - rule.lag
    start = now - length
    if end <= start:
        return Backtest(())
    found = windows_of(rule, Window(start, end))
    windows = [each for each in found if each.start >= start and each.end <= end]
    judged = [
        (each, calendar.why_not(rule, each.window))
        for each in seen_in(conn, asked, windows, calendar)
    ]
    _, decisions = judge_all(rule, State(), judged)
    return Backtest(tuple(decisions))


def preview(
    conn: Connection, scope: Scope, rule: Rule, now: datetime, length: timedelta
) -> Backtest:
    """When a rule that is not kept yet would have fired, of what `scope` sees.

    Raises:
        BadRequest: it makes no sense, or it is of too many windows.
    """
    asked = understood(conn, scope, rule)
    return backtest(conn, asked, calendar_of(conn), now, length)
