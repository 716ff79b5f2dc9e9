"""Every figure of the house: from parts that add up, by one registry. Pure.

calls --count--> Parts --METRICS[name].of--> a figure, or None over nothing
"""

from cdrstats.metrics.change import Change, moved
from cdrstats.metrics.metric import Better, Metric, Number, Unit
from cdrstats.metrics.parts import ALL, MAXIMA, NOTHING, PARTS, SUMS, Parts, total
from cdrstats.metrics.registry import METRICS

__all__ = [
    "ALL",
    "MAXIMA",
    "METRICS",
    "NOTHING",
    "PARTS",
    "SUMS",
    "Better",
    "Change",
    "Metric",
    "Number",
    "Parts",
    "Unit",
    "change",
    "moved",
    "parts_for",
    "total",
]


def parts_for(*names: str) -> frozenset[str]:
    """The parts that the metrics `names` are made of, and calls."""
    return frozenset({"calls"}).union(*(METRICS[name].parts for name in names))


def change(metric: Metric, now: Parts, before: Parts) -> Change:
    """How far `metric` moved from `before` to `now`."""
    return moved(metric, metric.of(now), metric.of(before))
