"""What is unusual: each step beside the same clock time of the eight weeks before. Pure.

    question --with_history--> the same, from 8 weeks before --ask, series--> line
    line --marks--> one mark for each step of the question

Robust z (`cdrstats.statistics`) tells high and low; silence is told from the calls.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import dropwhile
from math import exp
from typing import Literal, NamedTuple

from cdrstats.clock import Window
from cdrstats.errors import BadRequest
from cdrstats.metrics import Metric, Number, Parts
from cdrstats.statistics import STRIKING, deviation, median, spread
from cdrstats.traffic import Answer, Question, Step, edges

WEEKS = 8
LEAST_WEEKS = 4

LEAST_CALLS_OF_A_RATIO = 50
"""A ratio of fewer calls in the step is never called high or low."""

LEAST_CALLS_OF_A_SUM = 10
"""Nor is a sum where both the step and its usual have fewer calls."""

IMPROBABLE = 1e-3
"""No call is silence where chance makes it less often than this."""

Verdict = Literal["usual", "high", "low", "missing", "not yet", "no history", "few calls"]


class Mark(NamedTuple):
    """What is to be said of one step. A tuple, since hundreds of them come from a reader.

    - usual, high, low: `value` against the weeks before.
    - missing: no call came where the weeks before have many; `value` is None, not 0.
    - not yet: the step was not over when the data end; `value` is None without calls.
    - no history: fewer than LEAST_WEEKS of the weeks before have the figure.
    - few calls: far from the usual, but of too few calls to mean anything.
    """

    at: datetime
    value: Number | None  # None also where a ratio is over nothing
    verdict: Verdict
    usual: float | None = None  # the median of the weeks before
    spread: float | None = None  # their MAD, at least 1 and at least 5 % of the median
    z: float | None = None  # 0.6745 * (value - usual) / spread


def with_history(question: Question) -> Question:
    """The question to ask for `marks`: whole steps, from eight weeks before the first.

    Raises:
        BadRequest: the question's steps are not quarter-hours, hours or days.
    """
    if question.step not in ("quarter", "hour", "day"):
        raise BadRequest(
            "What is unusual is found in steps of a quarter-hour, an hour or a day;"
            " choose one of these."
        )
    window, day = question.window, timedelta(days=1)
    starts = edges(window, question.step, question.zone)
    if not starts:
        return question
    after = edges(Window(window.end, window.end + 2 * day), question.step, question.zone)
    end = next(edge for edge in after if edge >= window.end)
    # A day more, since clocks may have changed meanwhile.
    return replace(question, window=Window(starts[0] - WEEKS * 7 * day - day, end))


def marks(
    metric: Metric,
    question: Question,
    line: Sequence[Answer],
    until: datetime | None,
    left_out: Collection[date] = (),
) -> list[Mark]:
    """A mark for each step that the question's window touches, judged as whole steps.

    A step is compared with what the clocks of the question's zone showed at the same time of
    the same weekday: an hour that they skipped is no history, one that they showed twice is
    two values. History begins with the first call of the line.

    Args:
        metric: what is judged; silence is always told from the calls.
        question: what the page asks, without the history.
        line: a line of `series` of the answers to `with_history(question)`.
        until: up to when the data are complete; None if there are none.
        left_out: dates that are no history, such as holidays; they are judged all the same.

    Raises:
        BadRequest: the metric is a percentile, or the steps are not those of `with_history`.
    """
    if metric.percentile is not None:
        raise BadRequest(
            f"{metric.label} is not compared with the weeks before, since sums of calls do not"
            " give it. Choose another figure."
        )
    asked = with_history(question)
    if question.step is None or not line:
        return []
    shown = set(edges(question.window, question.step, question.zone))
    steps = [(answer.at, answer.parts) for answer in line if answer.at is not None]
    ends = [*(at for at, _ in steps[1:]), asked.window.end]
    seen: dict[datetime, list[Parts]] = {}
    for at, parts in dropwhile(lambda step: not step[1].calls, steps):
        clock = clock_of(at, question.step, question.zone)
        if clock.date() not in left_out:
            seen.setdefault(clock, []).append(parts)
    found = []
    for (at, parts), end in zip(steps, ends, strict=True):
        if at not in shown:
            continue
        if until is None or end > until:
            found.append(Mark(at, metric.of(parts) if parts.calls else None, "not yet"))
            continue
        clock = clock_of(at, question.step, question.zone)
        weeks = [seen.get(clock - timedelta(weeks=n), []) for n in range(1, WEEKS + 1)]
        found.append(judged(at, metric, parts, weeks))
    return found


def clock_of(at: datetime, step: Step, zone: tzinfo) -> datetime:
    """What the clocks showed when a step began; of a day, midnight, also where they skip it."""
    local = at.astimezone(zone).replace(tzinfo=None)
    return local.replace(hour=0, minute=0) if step in ("day", "week", "month") else local


def judged(
    at: datetime, metric: Metric, parts: Parts, weeks: Sequence[Sequence[Parts]]
) -> Mark:
    """The mark of one step that is over.

    Args:
        at: the start of the step.
        metric: what is judged.
        parts: the calls of the step.
        weeks: the same step in each of the weeks before: none, one, or two if the clocks showed
            it twice.
    """
    value = metric.of(parts)
    known = [
        [figure for some in week if (figure := metric.of(some)) is not None] for week in weeks
    ]
    history = [float(figure) for week in known for figure in week]
    enough = sum(map(bool, known)) >= LEAST_WEEKS
    usual, reach = (median(history), spread(history)) if enough else (None, None)
    if parts.calls == 0 and _calls_expected(weeks):
        return Mark(at, None, "missing", usual, reach)
    if usual is None or reach is None:
        return Mark(at, value, "no history")
    if value is None:
        return Mark(at, None, "few calls", usual, reach)
    z = deviation(float(value), usual, reach)
    verdict: Verdict = "usual"
    if abs(z) >= STRIKING:
        verdict = "high" if z > 0 else "low"
        if not _enough_calls(metric, parts, weeks):
            verdict = "few calls"
    return Mark(at, value, verdict, usual, reach, z)


def _calls_expected(weeks: Sequence[Sequence[Parts]]) -> bool:
    """Whether no call at all is improbable: Poisson, with the median of the weeks as mean."""
    if sum(map(bool, weeks)) < LEAST_WEEKS:
        return False
    return exp(-_usual_calls(weeks)) < IMPROBABLE


def _usual_calls(weeks: Sequence[Sequence[Parts]]) -> float:
    return median([some.calls for week in weeks for some in week])


def _enough_calls(metric: Metric, parts: Parts, weeks: Sequence[Sequence[Parts]]) -> bool:
    if metric.bottom is None or not metric.is_ratio:
        return max(parts.calls, _usual_calls(weeks)) >= LEAST_CALLS_OF_A_SUM
    below = metric.bottom(parts)
    counted = below if isinstance(below, int) else parts.calls  # money counts no calls
    return min(parts.calls, counted) >= LEAST_CALLS_OF_A_RATIO
