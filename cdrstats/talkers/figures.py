"""What the calls of one number come to."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, FromClause, func

from cdrstats.metrics import METRICS, Number, Parts
from cdrstats.money import ZERO


@dataclass(frozen=True, slots=True)
class Figures:
    """The calls of a number, or of several, in a window."""

    calls: int = 0
    answered: int = 0
    billsec: int = 0  # seconds from answer to end
    sell_cost: Decimal = ZERO
    buy_cost: Decimal = ZERO
    longest_s: int | None = None  # talk time of the longest call; None if none was answered
    last_call: datetime | None = None  # start of the newest; None if there is no call

    @property
    def minutes(self) -> Number | None:
        return METRICS["minutes"].of(self._parts)

    @property
    def asr(self) -> Number | None:
        """Answered calls of all calls, 0 to 100; None over no calls."""
        return METRICS["asr"].of(self._parts)

    @property
    def acd(self) -> Number | None:
        """Seconds of talk per answered call; None if none was answered."""
        return METRICS["acd"].of(self._parts)

    @property
    def _parts(self) -> Parts:
        return Parts(calls=self.calls, answered=self.answered, billsec=self.billsec)


def sums(call: FromClause) -> list[ColumnElement[Any]]:
    """The fields of `Figures`, in their order, over rows of calls; no rows give NULL sums."""
    c = call.c
    return [
        func.count().label("calls"),
        func.count().filter(c.answered).label("answered"),
        func.sum(c.billsec).label("billsec"),
        func.sum(c.sell_cost).label("sell_cost"),
        func.sum(c.buy_cost).label("buy_cost"),
        func.max(c.billsec).filter(c.answered).label("longest_s"),
        func.max(c.starting_date).label("last_call"),
    ]
