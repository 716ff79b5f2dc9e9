"""What is marked on the charts over time of a page, read: what is unusual, silence, notes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from cdrstats import analysis, notes
from cdrstats.accounts import Scope
from cdrstats.clock import Window
from cdrstats.filters import Filters
from cdrstats.metrics import METRICS, Metric
from cdrstats.traffic import Step, from_calls
from cdrstats.ui import frame, timemarks
from cdrstats.ui.bar import Asked

Reading = tuple[Any, ...]
"""What `frame.read_calls` is to be given."""


def ahead(asked: Asked, step: Step, metric: Metric | None = None) -> None:
    """Begin to read for `judged`, or for `silence` where no metric is judged."""
    reading = _judged(asked, metric, step) if metric else None
    if reading := reading or _silence(asked, step):
        frame.ahead(*reading)


def judged(asked: Asked, metric: Metric, step: Step) -> list[analysis.Mark]:
    """Each step beside the weeks before; silent ones only where more would not be quick."""
    if reading := _judged(asked, metric, step):
        return list(frame.read_calls(*reading)[()])
    return silence(asked, step)


def silence(asked: Asked, step: Step) -> list[analysis.Mark]:
    """The steps without calls where the weeks before have many."""
    if reading := _silence(asked, step):
        marks = frame.read_calls(*reading)[()]
        return [mark for mark in marks if mark.verdict == "missing"]
    return []


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


def _silence(asked: Asked, step: Step) -> Reading | None:
    return _judged(replace(asked, collapsed=False), METRICS["calls"], step)


def _judged(asked: Asked, metric: Metric, step: Step) -> Reading | None:
    """None unless roll-ups answer all of it: of nine weeks, calls are not read one by one."""
    question = asked.question(step=step, parts=metric.parts)
    if (
        metric.percentile is not None
        or step not in timemarks.PERIODS
        or from_calls(analysis.with_history(question), asked.scope)
    ):
        return None
    return analysis.unusual, asked.scope, metric.name, question, asked.fresh.last_call
