"""Signs that a route reports answers that nobody gave (false answer supervision, FAS). Pure.

Whoever is charged from the answer on pays for calls that a machine in between took: those are
answered sooner than a line can ring, or given up within seconds. Signs only: announcements and
calls within one house look the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from cdrstats.analysis.scorecard import LEAST_TRIALS, SIGNIFICANT
from cdrstats.statistics import difference_p
from cdrstats.traffic import Key

QUICK_MS = 1000
BRIEF_S = 10
QUICK_SHARE = 30
"""From so many per cent of quick answers on, they are a sign."""
BRIEF_TIMES = 2
"""From so many times the share of the other routes on, brief calls are a sign."""

Sign = Literal["quick", "brief"]


class Answering(NamedTuple):
    """How calls were answered. Two of them add up, by `together`."""

    answered: int = 0
    timed: int = 0  # answered calls that have a post-dial delay
    quick: int = 0  # of those, with one of at most QUICK_MS
    brief: int = 0  # answered calls of at most BRIEF_S

    @property
    def quick_share(self) -> float | None:
        """Quick answers, of those with a post-dial delay: 0 to 100; None over nothing."""
        return 100 * self.quick / self.timed if self.timed else None

    @property
    def brief_share(self) -> float | None:
        """Brief calls, of all answered ones: 0 to 100; None over nothing."""
        return 100 * self.brief / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How calls were answered on one route, on all others, and what that may be a sign of."""

    key: Key
    own: Answering
    others: Answering
    signs: tuple[Sign, ...]

    @property
    def told(self) -> bool:
        """Whether there are calls enough to tell either sign."""
        compared = min(self.own.answered, self.others.answered)
        return max(self.own.timed, compared) >= LEAST_TRIALS

    @property
    def excess(self) -> float:
        """By how many points a share exceeds that of the other routes; the larger one."""
        pairs = (
            (self.own.quick_share, self.others.quick_share),
            (self.own.brief_share, self.others.brief_share),
        )
        return max(_more(own, others) for own, others in pairs)


def together(found: Iterable[Answering]) -> Answering:
    """All of them added up."""
    return Answering(*(sum(column) for column in zip(*found, strict=True)))


def suspicions(found: Mapping[Key, Answering]) -> list[Suspicion]:
    """A row for each route, those with most signs first, then those that exceed the most.

    quick   at least QUICK_SHARE per cent of the answers came within QUICK_MS of dialling
    brief   the share of calls of at most BRIEF_S is at least BRIEF_TIMES that of the other
            routes, and chance makes such a difference less often than SIGNIFICANT

    Both want LEAST_TRIALS calls, the second one on the other routes as well. Thresholds after
    US 2011/0033032 A1; see docs/pages.md.

    Args:
        found: the routes to one destination, so that like is compared with like.
    """
    everything = together(found.values())
    rows = [_suspicion(key, own, everything) for key, own in found.items()]
    return sorted(rows, key=rank)


def rank(row: Suspicion) -> tuple[int, bool, float, Key]:
    """What rows are sorted by: signs, then whether they can be told, then the excess."""
    return -len(row.signs), not row.told, -row.excess, row.key


def _more(own: float | None, others: float | None) -> float:
    return 0.0 if own is None or others is None else own - others


def _suspicion(key: Key, own: Answering, everything: Answering) -> Suspicion:
    others = Answering(*(whole - part for whole, part in zip(everything, own, strict=True)))
    signs: list[Sign] = []
    if own.timed >= LEAST_TRIALS and own.quick * 100 >= QUICK_SHARE * own.timed:
        signs.append("quick")
    if _many_brief(own, others):
        signs.append("brief")
    return Suspicion(key, own, others, tuple(signs))


def _many_brief(own: Answering, others: Answering) -> bool:
    if min(own.answered, others.answered) < LEAST_TRIALS:
        return False
    p = difference_p(own.brief, own.answered, others.brief, others.answered)
    more = own.brief * others.answered >= BRIEF_TIMES * others.brief * own.answered
    return more and p is not None and p < SIGNIFICANT
