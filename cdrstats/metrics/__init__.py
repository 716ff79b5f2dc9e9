"""Every figure of the house: from parts that add up, by one registry. Pure.

calls --count--> Parts --METRICS[name].of--> a figure, or None over nothing
"""

from cdrstats.metrics.change import Change, moved
from cdrstats.metrics.parts import MAXIMA, NOTHING, PARTS, Parts, total
from cdrstats.metrics.registry import METRICS, Better, Metric, Number, Unit

__all__ = [
    "MAXIMA",
    "METRICS",
    "NOTHING",
    "PARTS",
    "Better",
    "Change",
    "Metric",
    "Number",
    "Parts",
    "Unit",
    "change",
    "moved",
    "total",
]


def change(metric: Metric, now: Parts, before: Parts) -> Change:
    """How far `metric` moved from `before` to `now`."""
    return moved(metric, metric.of(now), metric.of(before))
