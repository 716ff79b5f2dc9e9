"""Erlang-B: how often a call finds every channel taken. Pure.

Calls come at random to a group of channels; one that finds none free goes away and is not
tried again. Source: A. K. Erlang, 1917; ITU-T E.501.
"""

from collections.abc import Iterator
from itertools import count, islice
from math import isfinite

from cdrstats.errors import BadRequest

MOST = 100_000
"""Channels, and erlangs, up to which anything is worked out."""

LEAST_SHARE = 1e-9


def blocking(traffic_e: float, channels: int) -> float:
    """The share of calls, 0 to 1, that find all `channels` taken.

    Args:
        traffic_e: offered traffic in erlangs.
        channels: how many calls there is room for at once.

    Raises:
        BadRequest: either is below 0 or above MOST.
    """
    _check(traffic_e, "Traffic", "erlangs")
    _check(channels, "The number of channels", "channels")
    return next(islice(_shares(traffic_e), channels, None))


def channels_for(traffic_e: float, share: float) -> int:
    """The fewest channels that block at most `share` (0 to 1) of calls; 0 for no traffic.

    Raises:
        BadRequest: there is no such traffic, or no such share.
    """
    _check(traffic_e, "Traffic", "erlangs")
    _check_share(share)
    if traffic_e == 0:
        return 0
    return next(
        channels for channels, blocked in enumerate(_shares(traffic_e)) if blocked <= share
    )


def _shares(traffic_e: float) -> Iterator[float]:
    """B(A, 0), B(A, 1), ...: the shares blocked by 0, 1, ... channels.

    B(A, 0) = 1; B(A, k) = A B(A, k-1) / (k + A B(A, k-1)). Every term is from 0 to 1 and made
    of sums and products of positive numbers, so that nothing overflows or cancels.
    """
    share = 1.0
    for channel in count(1):
        yield share
        share = traffic_e * share / (channel + traffic_e * share)


def _check(value: float, what: str, unit: str) -> None:
    if not (isfinite(value) and 0 <= value <= MOST):
        raise BadRequest(f"{what} must be from 0 to {MOST:,} {unit}.")


def _check_share(share: float) -> None:
    if not LEAST_SHARE <= share < 1:
        raise BadRequest("Blocking must be above 0 % and below 100 % of calls, such as 1 %.")
