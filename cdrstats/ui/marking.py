"""What is marked on the charts over time of a page, read: what is unusual, silence, notes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
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

CALLS = METRICS["calls"]


def ahead(asked: Asked, step: Step, metric: Metric | None = None) -> None:
    """Begin to read for `judged`, or for `silence` where no metric is judged."""
    if metric and _is_quick(asked, metric, step):
        frame.ahead(analysis.unusual, *_asking(asked, metric, step))
    elif _is_quick(attempts := replace(asked, collapsed=False), CALLS, step):
        frame.ahead(analysis.unusual, *_asking(attempts, CALLS, step))


def judged(asked: Asked, metric: Metric, step: Step) -> list[analysis.Mark]:
    """Each step beside the weeks before; silent ones only where more would not be quick."""
    if not _is_quick(asked, metric, step):
        return silence(asked, step)
    return frame.read_calls(analysis.unusual, *_asking(asked, metric, step))[()]


def silence(asked: Asked, step: Step) -> list[analysis.Mark]:
    """The steps without calls where the weeks before have many."""
    attempts = replace(asked, collapsed=False)
    if not _is_quick(attempts, CALLS, step):
        return []
    marks = frame.read_calls(analysis.unusual, *_asking(attempts, CALLS, step))[()]
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
    marks = noted(asked.scope, window or asked.period.window, asked.filters, zone)
    verdicts = {mark.verdict for mark in found}
    if "missing" in verdicts:
        marks["missing"] = timemarks.missing(found, step, zone)
    if verdicts & {"high", "low"}:
        marks["unusual"] = timemarks.unusual(found, metric, step, zone)
    return marks


def noted(
    scope: Scope, window: Window, filters: Filters, zone: ZoneInfo
) -> dict[str, pd.DataFrame]:
    """The data set of notes and of what happened here; none if there is nothing to mark."""
    found = frame.read(notes.marks, scope, window, filters)
    return {"notes": timemarks.noted(found, window, zone)} if found else {}


def _is_quick(asked: Asked, metric: Metric, step: Step) -> bool:
    """Whether roll-ups answer all of it: of nine weeks, calls are not read one by one."""
    if metric.percentile is not None or step not in timemarks.PERIODS:
        return False
    question = asked.question(step=step, parts=metric.parts)
    return not from_calls(analysis.with_history(question), asked.scope)


def _asking(
    asked: Asked, metric: Metric, step: Step
) -> tuple[Scope, str, Question, datetime | None]:
    """What `analysis.unusual` is asked."""
    question = asked.question(step=step, parts=metric.parts)
    return asked.scope, metric.name, question, asked.fresh.last_call
