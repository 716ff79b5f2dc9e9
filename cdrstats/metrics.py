"""Every figure: its name, what it means, and how it comes from parts that add up. Pure.

A figure over nothing is None, never 0: "nobody called" is not "nobody answered".
Definitions: ITU-T E.425; docs/definitions.md.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Literal

from cdrstats.money import ZERO

Number = int | float | Decimal
Better = Literal["up", "down", "neutral"]


@dataclass(frozen=True, slots=True)
class Parts:
    """What calls add up to. Parts of two sets of calls add up to the parts of both."""

    calls: int = 0
    answered: int = 0
    delivered: int = 0  # answered, or ended by the called side: busy, no answer, rejected
    short: int = 0  # answered, for 1 to 6 s
    duration: int = 0  # seconds from start to end
    billsec: int = 0  # seconds from answer to end
    pdd_ms: int = 0  # post-dial delay of the calls that have one
    pdd_calls: int = 0  # how many have one
    buy_cost: Decimal = ZERO
    sell_cost: Decimal = ZERO

    def __add__(self, other: "Parts") -> "Parts":
        return Parts(*(getattr(self, name) + getattr(other, name) for name in PARTS))


PARTS = tuple(field.name for field in fields(Parts))
"""The names of the parts, which are column names of every roll-up."""

NOTHING = Parts()


def total(parts: Iterable[Parts]) -> Parts:
    """All of `parts` added up."""
    return sum(parts, NOTHING)


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure: `scale` * `top` / `bottom`, or just `top` where nothing divides it."""

    name: str
    label: str
    definition: str
    unit: Literal["count", "minutes", "seconds", "percent", "money"]
    better: Better  # which direction is good news
    top: Callable[[Parts], int | Decimal]
    bottom: Callable[[Parts], int | Decimal] | None = None
    scale: Decimal = Decimal(1)

    def of(self, parts: Parts) -> Number | None:
        """The figure; None if it divides by nothing. Money is Decimal, percentages 0 to 100."""
        above = self.top(parts)
        if self.bottom is None:
            return above
        below = self.bottom(parts)
        return float(self.scale * above / below) if below else None


METRICS = {
    metric.name: metric
    for metric in (
        Metric(
            "calls",
            "Calls",
            "Call attempts that the switches recorded, by the moment they started.",
            "count",
            "up",
            lambda p: p.calls,
        ),
        Metric(
            "answered",
            "Answered",
            "Calls with an answer time; with talk time where the switch gives no answer time.",
            "count",
            "up",
            lambda p: p.answered,
        ),
        Metric(
            "minutes",
            "Minutes",
            "Minutes from answer to hang-up, of calls that started in the period.",
            "minutes",
            "up",
            lambda p: p.billsec,
            lambda _: 60,
        ),
        Metric(
            "asr",
            "ASR",
            "Answer-seizure ratio: answered calls of all calls (ITU-T E.425).",
            "percent",
            "up",
            lambda p: p.answered,
            lambda p: p.calls,
            scale=Decimal(100),
        ),
        Metric(
            "acd",
            "ACD",
            "Average call duration: seconds from answer to hang-up, per answered call.",
            "seconds",
            "up",
            lambda p: p.billsec,
            lambda p: p.answered,
        ),
        Metric(
            "ner",
            "NER",
            "Network effectiveness ratio: calls that were answered, or that the called side"
            " ended (busy, no answer, absent, rejected), of all calls (ITU-T E.425).",
            "percent",
            "up",
            lambda p: p.delivered,
            lambda p: p.calls,
            scale=Decimal(100),
        ),
        Metric(
            "sdr",
            "SDR",
            "Short-duration ratio: answered calls of 1 to 6 seconds, of all answered calls.",
            "percent",
            "down",
            lambda p: p.short,
            lambda p: p.answered,
            scale=Decimal(100),
        ),
        Metric(
            "pdd",
            "PDD",
            "Post-dial delay: average seconds until ringing was heard, over the calls that"
            " reached it and whose switch tells.",
            "seconds",
            "down",
            lambda p: p.pdd_ms,
            lambda p: p.pdd_calls,
            scale=Decimal("0.001"),
        ),
        Metric(
            "buy_cost",
            "Buy cost",
            "What the carriers charge for the calls.",
            "money",
            "down",
            lambda p: p.buy_cost,
        ),
        Metric(
            "sell_cost",
            "Sell cost",
            "What the customers are charged for the calls.",
            "money",
            "up",
            lambda p: p.sell_cost,
        ),
        Metric(
            "margin",
            "Margin",
            "Sell cost less buy cost.",
            "money",
            "up",
            lambda p: p.sell_cost - p.buy_cost,
        ),
        Metric(
            "margin_percent",
            "Margin %",
            "Sell cost less buy cost, of sell cost.",
            "percent",
            "up",
            lambda p: p.sell_cost - p.buy_cost,
            lambda p: p.sell_cost,
            scale=Decimal(100),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Change:
    """How far a figure moved from one period to the next."""

    by: Number | None  # None if one of the two is missing, or the first is 0
    unit: Literal["points", "percent"]
    news: Literal["good", "bad", "neutral"]


def change(metric: Metric, now: Parts, before: Parts) -> Change:
    """The change of `metric`: percentages move by points, all else by per cent of `before`."""
    new, old = metric.of(now), metric.of(before)
    unit: Literal["points", "percent"] = "points" if metric.unit == "percent" else "percent"
    if new is None or old is None or (unit == "percent" and old == 0):
        return Change(None, unit, "neutral")
    moved = float(new) - float(old)
    if unit == "percent":
        moved = moved / abs(float(old)) * 100
    if metric.better == "neutral" or moved == 0:
        return Change(moved, unit, "neutral")
    return Change(moved, unit, "good" if (moved > 0) == (metric.better == "up") else "bad")
