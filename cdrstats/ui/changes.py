"""How far figures moved, in words and in the table of key figures. Pure."""

from collections.abc import Sequence

import pandas as pd

from cdrstats import format
from cdrstats.metrics import METRICS, Change, Metric, Number, Parts, moved
from cdrstats.statistics import difference_p
from cdrstats.ui import bounds

CHANCE = 0.05
"""Shares that differ so much by chance this often, or oftener, may well be the same."""


def changed(change: Change) -> str:
    """'+20.0 %', '-1.5 points'; a dash where there is nothing to compare."""
    if change.by is None:
        return format.NOTHING
    unit = "%" if change.unit == "percent" else "points"
    by = round(float(change.by), 1)
    return f"{by:+,.1f} {unit}" if by else f"0 {unit}"


def key_figures(names: Sequence[str], now: Parts, then: Parts) -> pd.DataFrame:
    """A row for each of the metrics `names`: both figures, and how far it moved.

    Columns, all texts: figure, now, then, by, change, sure, note (whether the difference of two
    shares may be chance).
    """
    return pd.DataFrame([_key_figure(METRICS[name], now, then) for name in names])


def _key_figure(metric: Metric, now: Parts, then: Parts) -> dict[str, str]:
    new, old = metric.of(now), metric.of(then)
    by = None if new is None or old is None else new - old  # type: ignore[operator]
    sure = [bounds.sure_within(metric, parts) for parts in (now, then)]
    return {
        "figure": metric.label,
        "now": metric.written(new),
        "then": metric.written(old),
        "by": format.NOTHING if by is None else difference(metric, by),
        "change": changed(moved(metric, new, old)),
        "sure": "; then ".join(filter(None, sure)) if sure[0] else _then(sure[1]),
        "note": "may be chance" if may_be_chance(metric, now, then) else "",
    }


def _then(sure: str) -> str:
    return f"then {sure}" if sure else ""


def difference(metric: Metric, by: Number) -> str:
    """How far a figure moved in its own unit, with its sign: '+12', '-0:35', '+1.5 points'."""
    size = -by if by < 0 else by
    shown = f"{size:.1f} points" if metric.unit == "percent" else metric.written(size)
    if not any(digit in shown for digit in "123456789"):
        return shown
    return f"{'-' if by < 0 else '+'}{shown}"


def may_be_chance(metric: Metric, now: Parts, then: Parts) -> bool:
    """Whether two shares may well be the same (two-proportion test)."""
    if not metric.is_share or metric.bottom is None:
        return False
    hits, trials = int(metric.top(now)), int(metric.bottom(now))
    others, of_others = int(metric.top(then)), int(metric.bottom(then))
    if hits > trials or others > of_others:
        return False
    p = difference_p(hits, trials, others, of_others)
    return p is not None and p >= CHANCE
