"""Figures as cells of a table: numbers and lengths of time, so that columns sort. Pure."""

from datetime import timedelta

from cdrstats.metrics import METRICS, Metric, Number, Parts

Cell = int | float | timedelta | None


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
