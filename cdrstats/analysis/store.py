"""Asking for a period together with the weeks before it."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from cdrstats.accounts import Scope
from cdrstats.analysis.baseline import Mark, marks, with_history
from cdrstats.metrics import METRICS
from cdrstats.traffic import Key, Question, ask, series


def unusual(
    conn: Connection, scope: Scope, name: str, question: Question, until: datetime | None
) -> dict[Key, list[Mark]]:
    """What is to be said of each step of `question`, for each key; one question, no loop.

    Args:
        name: of the metric that is judged.
        question: with steps of a quarter-hour, an hour or a day. One that is not split has the
            key `()`.
        until: up to when the data are complete; None if there are none.

    Raises:
        BadRequest: other steps, or a percentile.
    """
    metric = METRICS[name]
    asked = replace(with_history(question), parts=metric.parts)
    lines = series(ask(conn, scope, asked), asked)
    return {key: marks(metric, question, line, until) for key, line in lines.items()}
