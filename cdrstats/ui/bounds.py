"""How sure a share of few calls is, as people read it. Pure."""

from collections.abc import Sequence

from cdrstats import format
from cdrstats.metrics import METRICS, Metric, Parts
from cdrstats.statistics import wilson

FEW = 100
"""Of so many calls a share needs no bounds beside it."""


def sure_within(metric: Metric, parts: Parts) -> str:
    """'20.1 to 65.8 %', within which the true share of so few calls lies (95 %, Wilson).

    '' for what is no share of calls, over no calls, and where there are FEW or more.
    """
    if not metric.is_share or metric.bottom is None:
        return ""
    hits, trials = int(metric.top(parts)), int(metric.bottom(parts))
    if trials >= FEW:
        return ""
    bounds = wilson(hits, trials)
    if bounds is None:
        return ""
    low, high = bounds
    return f"{low * 100:.1f} to {format.percent(high)}"


def column(name: str, several: Sequence[Parts]) -> dict[str, list[str]]:
    """The column "NAME_sure" that stands beside the figure `name`; none where all have many."""
    found = [sure_within(METRICS[name], parts) for parts in several]
    return {f"{name}_sure": found} if any(found) else {}


def told(names: Sequence[str], parts: Parts) -> str:
    """A sentence on the bounds of those of the figures `names` that need some; '' if none."""
    found = {METRICS[name].label: sure_within(METRICS[name], parts) for name in names}
    listed = ", ".join(f"{label} {sure}" for label, sure in found.items() if sure)
    if not listed:
        return ""
    return f"Of so few calls, true shares lie within (95 %, Wilson): {listed}."
