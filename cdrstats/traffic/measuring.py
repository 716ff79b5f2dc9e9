"""Figures of any metric."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from cdrstats.accounts import Scope
from cdrstats.errors import BadRequest
from cdrstats.filters import check
from cdrstats.metrics import MAXIMA, METRICS, Metric
from cdrstats.traffic.percentiles import delays_from, spreads
from cdrstats.traffic.question import Answer, Question
from cdrstats.traffic.store import ask, pieces_of, starts_of


def measure(
    conn: Connection, scope: Scope, question: Question, metrics: Iterable[str]
) -> list[Answer]:
    """The answers to a question, with all that `metrics` need: `answer.of(METRICS[name])`.

    Raises:
        BadRequest: for an unknown metric, one that `scope` may not see, and percentiles that
            nothing can give.
        TookTooLong: where calls are read one by one.
    """
    wanted = [_metric(scope, name) for name in metrics]
    answers = ask(conn, scope, replace(question, parts=_needed(question, wanted)))
    if not any(metric.percentile for metric in wanted):
        return answers
    starts = starts_of(question)
    found = {
        (starts[bucket - 1] if bucket else None, key): spread
        for (bucket, key), spread in spreads(conn, scope, question).items()
    }
    return [answer._replace(spread=found.get((answer.at, answer.key))) for answer in answers]


def read_from(conn: Connection, scope: Scope, question: Question, name: str) -> tuple[str, ...]:
    """The tables that the metric `name` is read from; none if no table can give it."""
    metric = _metric(scope, name)
    pieces = pieces_of if metric.percentile is None else delays_from
    asked = replace(question, parts=_needed(question, [metric]))
    return tuple(sorted({piece.table for piece in pieces(conn, scope, asked)}))


def _needed(question: Question, metrics: Iterable[Metric]) -> frozenset[str]:
    """The parts that `metrics` are made of, with those of the question that take no more."""
    return (question.parts - MAXIMA).union(*(metric.parts for metric in metrics))


def _metric(scope: Scope, name: str) -> Metric:
    check(scope, [name])
    if name not in METRICS:
        raise BadRequest(f"There is no figure {name!r}; there are {', '.join(METRICS)}.")
    return METRICS[name]
