"""Figures along a period as rows of tables: a row for each line, or for each step. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from cdrstats import format
from cdrstats.metrics import METRICS, Metric, Parts, total
from cdrstats.traffic import Answer
from cdrstats.ui import bounds, cells, courses, figures
from cdrstats.ui.courses import Course
from cdrstats.ui.figures import Span

ALL = "All"
MONEY = ("buy_cost", "sell_cost")


def facts(parts: Parts, hours: float, money: Sequence[str] = MONEY) -> dict[str, str]:
    """What the calls of a period come to, as in the totals of CDR-Stats.

    Args:
        money: those of MONEY that are told.
    """
    told = {
        "Calls": figures.shown("calls", parts),
        "Average calls an hour": _per_hour(parts.calls, hours),
        "Total duration": format.clock(parts.duration),
        "Talk time": format.clock(parts.billsec),
        "Minutes": figures.shown("minutes", parts),
        "ACD": figures.shown("acd", parts),
    }
    return told | {METRICS[name].label: figures.shown(name, parts) for name in money}


def _per_hour(value: float, hours: float) -> str:
    return f"{value / hours:,.1f}" if hours else format.NOTHING


def groups(
    lines: Sequence[Course], totals: Mapping[str, Answer], metric: Metric, hours: float
) -> pd.DataFrame:
    """A row for each line and, of several, one for all: its figure, and how that varies.

    Columns: name, value, share (of all, in per cent), hourly, least, most, calls, sure. Only
    sums have hourly averages and, of several, shares; with losses among them these are None.

    Args:
        totals: the answer for the whole period by the name of a line, and of ALL.
        hours: of the period, as far as there are data.
    """
    names = [line.name for line in lines]
    names += [ALL] if len(names) > 1 else []
    answers = [totals[name if name in totals else ALL] for name in names]
    values = [answer.of(metric) for answer in answers]
    shares = courses.shares(metric, values, totals[ALL].of(metric))
    along = {line.name: list(line.answers.values()) for line in lines}
    if metric.percentile is None:
        along[ALL] = _together(lines)
    rows = []
    for name, answer, value, share in zip(names, answers, values, shares, strict=True):
        known = [one for step in along.get(name, ()) if (one := step.of(metric)) is not None]
        row: dict[str, Any] = {"name": name, "value": cells.written(metric, value)}
        if courses.is_sum(metric):
            if len(names) > 1:
                row["share"] = share and share * 100
            row["hourly"] = float(value) / hours if value is not None and hours else None
        row["least"] = cells.written(metric, min(known, default=None))
        row["most"] = cells.written(metric, max(known, default=None))
        row["calls"] = answer.parts.calls
        row["sure"] = bounds.sure_within(metric, answer.parts)
        rows.append(row)
    return _useful(pd.DataFrame(rows), metric)


def _together(lines: Sequence[Course]) -> list[Answer]:
    """Each step of all lines together."""
    parts: dict[datetime, list[Parts]] = {}
    for line in lines:
        for start, answer in line.answers.items():
            parts.setdefault(start, []).append(answer.parts)
    return [Answer(None, (), total(some)) for some in parts.values()]


def steps(lines: Sequence[Course], spans: Sequence[Span], metric: Metric) -> pd.DataFrame:
    """A row for each step that has begun.

    Columns: time (as the viewer's clocks showed it), line0, line1, ... with the figure of each
    line; then calls and sure (see `groups`) of a single line, or all, of several that add up.
    """
    found: dict[str, list[Any]] = {"time": []}
    for span in spans:
        known = [line.answers.get(span.start) for line in lines]
        if not any(known):
            continue
        found["time"].append(span.start)
        for number, answer in enumerate(known):
            value = answer.of(metric) if answer else None
            found.setdefault(f"line{number}", []).append(cells.written(metric, value))
        whole = total(answer.parts for answer in known if answer)
        if len(lines) == 1:
            found.setdefault("calls", []).append(whole.calls)
            found.setdefault("sure", []).append(bounds.sure_within(metric, whole))
        elif metric.percentile is None:
            found.setdefault("all", []).append(cells.cell(metric.name, whole))
    return _useful(pd.DataFrame(found), metric)


def _useful(table: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """Without calls beside calls, and without bounds where there are none."""
    needless = ["calls"] if metric.name == "calls" else []
    if "sure" in table and not table["sure"].any():
        needless.append("sure")
    return table.drop(columns=[name for name in needless if name in table])
