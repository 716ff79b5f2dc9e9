"""How far a value lies from the ones it is compared with, whatever outliers those have.

The median and the median absolute deviation (MAD) do not move when one value of eight is
absurd; a mean and a standard deviation would.
"""

from collections.abc import Sequence
from statistics import median as _median

NORMAL = 0.6745
"""The MAD of a normal distribution of standard deviation 1 (Iglewicz and Hoaglin, 1993)."""

STRIKING = 3.5
"""From this robust z on, either way, a value is unusual (Iglewicz and Hoaglin, 1993)."""

LEAST_SPREAD = 1.0
LEAST_SHARE = 0.05


def median(values: Sequence[float]) -> float:
    """The middle of `values`, or the mean of the two middle ones. Needs at least one value."""
    return float(_median(values))


def mad(values: Sequence[float]) -> float:
    """The median of how far `values` lie from their median. Needs at least one value."""
    middle = median(values)
    return median([abs(value - middle) for value in values])


def spread(values: Sequence[float]) -> float:
    """The MAD of `values`, but at least 1 and at least 5 % of their median.

    Without the floor a history of equal values would make any other value infinitely unusual.
    """
    return max(mad(values), LEAST_SPREAD, LEAST_SHARE * abs(median(values)))


def deviation(value: float, middle: float, spread: float) -> float:
    """Robust z: how many "standard deviations" `value` lies above (below: negative) `middle`.

    0.6745 * (value - middle) / spread, where spread is a MAD above 0.
    """
    return NORMAL * (value - middle) / spread


def robust_z(value: float, history: Sequence[float]) -> float | None:
    """How unusual `value` is against `history`, with the floored spread; None without one."""
    return deviation(value, median(history), spread(history)) if history else None
