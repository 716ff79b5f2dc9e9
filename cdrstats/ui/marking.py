"""What is marked on the charts over time of a page, read: what is unusual, silence, notes."""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pandas as pd

from cdrstats import analysis, notes
from cdrstats.accounts import Scope
from cdrstats.clock import Window
from cdrstats.filters import Filters
from cdrstats.metrics import METRICS, Metric
from cdrstats.traffic import Question, Step, from_calls
from cdrstats.ui import frame, timemarks
from cdrstats.ui.bar import Asked


def judged(asked: Asked, metric: Metric, step: Step) -> list[analysis.Mark]:
    """Each step beside the weeks before; silent ones only where more would not be quick."""
    question = replace(asked.question(step=step), parts=metric.parts)
    if metric.percentile is None and _is_quick(question, asked):
        return _unusual(asked, metric, question)
    return silence(asked, step)


def silence(asked: Asked, step: Step) -> list[analysis.Mark]:
    """The steps without calls where the weeks before have many."""
    question = replace(asked.question(step=step), collapsed=False)
    if not _is_quick(question, asked):
        return []
    marks = _unusual(asked, METRICS["calls"], question)
    return [mark for mark in marks if mark.verdict == "missing"]


def beside(
    asked: Asked,
    metric: Metric,
    step: Step,
    found: Sequence[analysis.Mark] = (),
    window: Window | None = None,
) -> dict[str, pd.DataFrame]:
    """The data sets of the marks that a chart has: silence, what is unusual, notes.

    Args:
        found: what `judged` found of `metric`, or `silence`.
        window: of the chart; None: the period of the page.
    """
    zone = asked.zone
    judged = {
        "missing": timemarks.missing(found, step, zone),
        "unusual": timemarks.unusual(found, metric, step, zone),
    }
    happened = noted(asked.scope, window or asked.period.window, asked.filters, zone)
    return {name: rows for name, rows in judged.items() if len(rows)} | happened


def noted(
    scope: Scope, window: Window, filters: Filters, zone: ZoneInfo
) -> dict[str, pd.DataFrame]:
    """The data set of notes and of what happened here; none if there is nothing to mark."""
    rows = timemarks.noted(frame.read(notes.marks, scope, window, filters), window, zone)
    return {"notes": rows} if len(rows) else {}


def _unusual(asked: Asked, metric: Metric, question: Question) -> list[analysis.Mark]:
    until = asked.fresh.last_call
    return frame.read_calls(analysis.unusual, asked.scope, metric, question, until)[()]


def _is_quick(question: Question, asked: Asked) -> bool:
    """Whether roll-ups answer all of it: of nine weeks, calls are not read one by one."""
    if question.step not in timemarks.PERIODS:
        return False
    return not from_calls(analysis.with_history(question), asked.scope)
