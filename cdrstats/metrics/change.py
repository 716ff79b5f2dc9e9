"""How far a figure moved from one period to the next. Pure."""

from dataclasses import dataclass
from typing import Literal

from cdrstats.metrics.registry import Metric, Number


@dataclass(frozen=True, slots=True)
class Change:
    """How far a figure moved."""

    by: Number | None  # None if one of the two is missing, or the first is 0
    unit: Literal["points", "percent"]
    news: Literal["good", "bad", "neutral"]


def moved(metric: Metric, new: Number | None, old: Number | None) -> Change:
    """The change of `metric`: percentages move by points, all else by per cent of `old`."""
    unit: Literal["points", "percent"] = "points" if metric.unit == "percent" else "percent"
    if new is None or old is None or (unit == "percent" and old == 0):
        return Change(None, unit, "neutral")
    by = float(new) - float(old)
    if unit == "percent":
        by = by / abs(float(old)) * 100
    if metric.better == "neutral" or by == 0:
        return Change(by, unit, "neutral")
    return Change(by, unit, "good" if (by > 0) == (metric.better == "up") else "bad")
