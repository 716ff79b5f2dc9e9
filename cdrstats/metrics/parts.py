"""What calls add up to. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from cdrstats.money import ZERO


class Parts(NamedTuple):
    """The sums that every figure is made of.

    Parts of two sets of calls add up to the parts of both; the longest call is the longer of
    the two. A part that was not asked for is None, and so is its sum. A tuple, since some
    thousands of them are made for a page.
    """

    calls: int = 0
    answered: int = 0
    delivered: int = 0  # answered, or ended by the called side: busy, no answer, rejected
    cancelled: int = 0  # not answered, given up by the caller while it rang
    short: int = 0  # answered, for 1 to 6 s
    blocked: int = 0  # never obtained a circuit
    duration: int = 0  # seconds from start to end
    billsec: int = 0  # seconds from answer to end
    longest: int = 0  # seconds from answer to end of the longest call
    billed: int = 0  # seconds that are charged for
    billed_calls: int = 0  # how many calls have such
    pdd_ms: int = 0  # post-dial delay of the calls that have one
    pdd_calls: int = 0  # how many have one
    mos: Decimal = ZERO  # mean opinion scores of the calls that have one
    mos_calls: int = 0  # how many have one
    invites: int = 0  # calls whose SIP status is known
    sip_ok: int = 0  # 200
    sip_redirected: int = 0  # 3xx
    sip_challenged: int = 0  # 401, 402, 407
    sip_effective: int = 0  # 200, 480, 486, 600, 603
    sip_failed: int = 0  # 408, 500, 503, 504
    buy_cost: Decimal = ZERO
    sell_cost: Decimal = ZERO
    attempts: int = 0  # records of switches; more than calls where retries are not counted

    def __add__(self, other: object) -> "Parts":
        return total((self, other)) if isinstance(other, Parts) else NotImplemented

    def taken_away(self) -> "Parts":
        """What takes these calls away where it is added; the longest is unknown then."""
        named: Any = zip(Parts._fields, self, strict=True)
        return Parts._make(
            None if value is None or name in MAXIMA else -value for name, value in named
        )

    def less(self, taken: "Parts") -> "Parts":
        """What is left without the calls of `taken`; which one is longest then is unknown."""
        return self + taken.taken_away()


PARTS = Parts._fields[:-1]
"""The names of the parts that are columns of every roll-up; there, a call is an attempt."""

MAXIMA = frozenset({"longest"})
"""The parts of which the greater counts; all others are added."""

NOTHING = Parts()

_LONGEST = PARTS.index("longest")


ALL = frozenset(Parts._fields)
SUMS = ALL - MAXIMA
"""What is asked for unless somebody needs more: days of the clocks are had for less so."""


def total(parts: Iterable[Parts]) -> Parts:
    """All of `parts` together."""
    rows = list(parts)
    if len(rows) < 2:
        return rows[0] if rows else NOTHING
    columns: list[Any] = list(zip(*rows, strict=True))
    longest, columns[_LONGEST] = columns[_LONGEST], ()
    sums = [None if None in column else sum(column) for column in columns]
    sums[_LONGEST] = None if None in longest else max(longest)
    return Parts._make(sums)
