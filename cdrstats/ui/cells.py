"""Figures as cells of a table: numbers and lengths of time, so that a column sorts right."""

from datetime import timedelta
from typing import Any

import streamlit as st

from cdrstats.metrics import METRICS, Metric, Number, Parts

Cell = int | float | timedelta | None

_FORMATS = {
    "count": "localized",
    "minutes": "localized",
    "percent": "%.1f %%",
    "score": "%.2f",
    "money": "%.2f",
}


def cell(name: str, parts: Parts) -> Cell:
    """The figure `name` of `parts`; None over nothing."""
    metric = METRICS[name]
    return written(metric, metric.of(parts))


def written(metric: Metric, value: Number | None) -> Cell:
    """A value of `metric` as a cell."""
    if value is None:
        return None
    if metric.unit == "count":
        return int(value)
    if metric.unit == "minutes":
        return round(float(value), 1 if value < 100 else None)
    if metric.unit == "seconds" and not metric.fine:
        return timedelta(seconds=round(value))
    return float(value)


def column(name: str, label: str | None = None, **given: Any) -> Any:
    """The column of a metric, of cells as above; its definition on hover.

    Args:
        label: what the column is called, where the metric's own name is too long.
        given: what else a number column takes.
    """
    metric = METRICS[name]
    seconds = "%.1f s" if metric.fine else "compact"
    return st.column_config.NumberColumn(
        label or metric.label,
        format=_FORMATS.get(metric.unit, seconds),
        help=metric.definition,
        **given,
    )
