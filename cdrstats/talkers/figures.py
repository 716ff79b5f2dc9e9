"""What the calls of one number come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, null

from cdrstats.accounts import Scope
from cdrstats.counting import part
from cdrstats.metrics import METRICS, NOTHING, Number, Parts

COUNTED = ("calls", "answered", "blocked", "billsec", "longest", "buy_cost", "sell_cost")
"""The parts that are counted of numbers, of which there may be as many as calls."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The calls of a number, or of several, in a window."""

    parts: Parts = NOTHING  # those that are COUNTED; the others are 0
    last_call: datetime | None = None  # start of the newest; None if there is no call

    def of(self, name: str) -> Number | None:
        """The metric `name`, of those that are made of COUNTED parts; None over nothing."""
        return METRICS[name].of(self.parts)


def sums(call: FromClause, scope: Scope) -> list[ColumnElement[Any]]:
    """What `figures_of` reads, over rows of calls; None for what `scope` may not see."""
    return [
        *(part(name, call) if scope.shows(name) else null() for name in COUNTED),
        func.max(call.c.starting_date).label("last_call"),
    ]


def figures_of(row: Sequence[Any]) -> Figures:
    """The figures in a row of `sums` over at least one call."""
    return Figures(Parts(**dict(zip(COUNTED, row, strict=False))), row[-1])
