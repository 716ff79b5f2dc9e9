"""Sizes of post-dial delays: fixed edges, so that histograms of any calls add up. Pure.

Bin n holds what is from 50 ms * 1.1^n up to, and not including, 50 ms * 1.1^(n + 1); bin -1
what is shorter. The middle of a bin is at most 5 % off what is in it, of bin -1 at most 25 ms.
"""

from itertools import count, takewhile

from sqlalchemy import ARRAY, ColumnElement, Integer, SmallInteger, cast, func, literal

SHORTEST = -1
"""The bin of delays below 50 ms."""

_MOST_MS = 2**31 - 1  # what the column can hold


def _edge(bin_: int) -> int:
    """The smallest whole millisecond that is in `bin_`; exact, in whole numbers."""
    return -(-50 * int(11**bin_) // int(10**bin_))


_EDGES = list(takewhile(lambda edge: edge <= _MOST_MS, map(_edge, count())))


def edges_of(bin_: int) -> tuple[float, float]:
    """The delays [from, to) that `bin_` holds, in ms."""
    if bin_ == SHORTEST:
        return 0.0, 50.0
    return 50 * 1.1**bin_, 50 * 1.1 ** (bin_ + 1)


def bin_of(delay_ms: ColumnElement[int]) -> ColumnElement[int]:
    """The bin of a delay of whole milliseconds, in SQL."""
    edges = literal(_EDGES, ARRAY(Integer))
    return cast(func.width_bucket(delay_ms, edges) - 1, SmallInteger)
