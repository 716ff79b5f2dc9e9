"""What kind of figure a metric is, told from what becomes of it when the calls double. Pure."""

from fractions import Fraction

from cdrstats.metrics import NOTHING, Metric, Parts

ROUNDING = Fraction(1, 10**20)
"""What adding up decimals of 28 digits may lose."""


def is_ratio(metric: Metric, parts: Parts) -> bool:
    """Whether what divides the metric grows with the calls; minutes are seconds / 60."""
    if metric.bottom is None:
        return False
    return metric.bottom(parts + parts) != metric.bottom(parts)


def comes_from_parts(metric: Metric) -> bool:
    """Whether the metric can be told from sums of calls; a percentile cannot."""
    return metric.bottom is not None or metric.of(NOTHING) is not None


def adds_up(metric: Metric, parts: Parts) -> bool:
    """Whether the metric is a sum or a ratio of sums; a percentile or a maximum is not."""
    once, twice = Fraction(metric.top(parts)), Fraction(metric.top(parts + parts))
    doubles = abs(twice - 2 * once) <= abs(once) * ROUNDING
    return doubles and comes_from_parts(metric)
