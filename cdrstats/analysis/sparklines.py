"""The course of each key in small: its calls in each step, and nothing else."""

from collections.abc import Iterable

from sqlalchemy import Connection

from cdrstats.accounts import Scope
from cdrstats.traffic import Answer, Key, Question, ask, whole_steps


def sparklines(conn: Connection, scope: Scope, question: Question) -> dict[Key, list[int]]:
    """The calls of each key along the window, by step; only steps that lie in it whole.

    An hour that the clocks show twice is two steps.

    Args:
        question: with a step.
    """
    return lined_up(ask(conn, scope, question), question)


def lined_up(answers: Iterable[Answer], question: Question) -> dict[Key, list[int]]:
    """`sparklines` of what was answered."""
    window = question.window
    assert question.step is not None
    whole = [
        step.start
        for step in whole_steps(window, question.step, question.zone)
        if window.start <= step.start and step.end <= window.end
    ]
    places = {start: at for at, start in enumerate(whole)}
    found: dict[Key, list[int]] = {}
    for answer in answers:
        line = found.setdefault(answer.key, [0] * len(places))
        if answer.at in places:
            line[places[answer.at]] = answer.parts.calls
    return found
