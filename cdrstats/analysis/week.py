"""Hours of the week: answers by hour added up by weekday and hour of the clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import Connection

from cdrstats.accounts import Scope
from cdrstats.clock import Window, as_local
from cdrstats.metrics import Parts, total
from cdrstats.traffic import Answer, Question, ask, spans

Place = tuple[int, int]
"""A weekday, 0 for Monday, and an hour of the clock."""


@dataclass(frozen=True, slots=True)
class Hours:
    """All such hours of a window that have calls, together."""

    weekday: int
    hour: int
    parts: Parts
    covered: timedelta  # how much of the window such hours are, also those without calls
    newest: datetime  # when the newest of those with calls began, by the clocks


def hours_of_week(conn: Connection, scope: Scope, question: Question) -> list[Hours]:
    """The hours of the week that have calls.

    Args:
        question: by hour, not split.
    """
    return of_week(ask(conn, scope, question), question.window, question.zone)


def of_week(answers: Iterable[Answer], window: Window, zone: tzinfo) -> list[Hours]:
    """The hours of the week that have calls, from answers by hour.

    An hour that the clocks show twice counts twice into its place; one that they leave out
    counts nowhere.
    """
    covered: dict[Place, timedelta] = {}
    for span in spans(window, "hour", zone):
        place = _place(as_local(span.start, zone))
        covered[place] = covered.get(place, timedelta()) + span.length
    parts: dict[Place, list[Parts]] = {}
    newest: dict[Place, datetime] = {}
    for answer in answers:
        assert answer.at is not None
        local = as_local(answer.at, zone)
        place = _place(local)
        parts.setdefault(place, []).append(answer.parts)
        newest[place] = max(local, newest.get(place, local))
    return [
        Hours(*place, total(some), covered[place], newest[place])
        for place, some in sorted(parts.items())
    ]


def _place(local: datetime) -> Place:
    return local.weekday(), local.hour
