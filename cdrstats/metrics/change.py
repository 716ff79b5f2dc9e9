"""How far a figure moved from one period to the next. Pure."""

from dataclasses import dataclass
from typing import Literal

from cdrstats.metrics.metric import Metric, Number


@dataclass(frozen=True, slots=True)
class Change:
    """How far a figure moved."""

    by: Number | None  # None if one of the two is missing, or the first is 0
    unit: Literal["points", "percent"]


def moved(metric: Metric, new: Number | None, old: Number | None) -> Change:
    """The change of `metric`: percentages move by points, all else by per cent of `old`."""
    unit: Literal["points", "percent"] = "points" if metric.unit == "percent" else "percent"
    if new is None or old is None or (unit == "percent" and old == 0):
        return Change(None, unit)
    by = float(new) - float(old)
    return Change(by if unit == "points" else by / abs(float(old)) * 100, unit)
