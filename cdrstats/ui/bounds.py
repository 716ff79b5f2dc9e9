"""How sure a share of few calls is, as people read it. Pure."""

from cdrstats.metrics import Metric, Parts
from cdrstats.statistics import wilson
from cdrstats.ui import format

FEW = 100
"""Of so many calls a share needs no bounds beside it."""


def sure_within(metric: Metric, parts: Parts) -> str:
    """'20.1 to 65.8 %', within which the true share of so few calls lies (95 %, Wilson).

    '' for what is no share of calls, over no calls, and where there are FEW or more. A share
    above 100 % has no bounds: calls were answered whose cause is marked as blocked.
    """
    if not metric.is_share or metric.bottom is None:
        return ""
    hits, trials = int(metric.top(parts)), int(metric.bottom(parts))
    if not 0 <= hits <= trials < FEW:
        return ""
    bounds = wilson(hits, trials)
    if bounds is None:
        return ""
    low, high = bounds
    return f"{low * 100:.1f} to {format.percent(high)}"
