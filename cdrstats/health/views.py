"""What the two materialized views hold, read from the views themselves."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import BigInteger, Connection, cast, func, select

from cdrstats.accounts import Scope
from cdrstats.aggregates.views import matv_hour, matv_min
from cdrstats.clock import Window
from cdrstats.errors import BadRequest

VIEWS = {"Hour": matv_hour, "Minute": matv_min}
KEYS = ("country_id", "switch_id", "cdr_source_type", "hangup_cause_id", "user_id")
ViewStep = Literal["minute", "hour", "day", "week", "month"]


@dataclass(frozen=True, slots=True)
class ViewRow:
    """The sums of one step and one key."""

    at: datetime  # start of the step
    key: int
    nbcalls: int
    duration: int
    billsec: int
    buy_cost: Decimal
    sell_cost: Decimal


def view_rows(
    conn: Connection,
    scope: Scope,
    view: str,
    window: Window,
    by: str,
    step: ViewStep,
    zone: str,
) -> list[ViewRow]:
    """The sums of a view over `window` by step and key, oldest first.

    Args:
        view: "Hour" or "Minute".
        by: one of KEYS.
        zone: IANA name; whose days and hours the steps are.
    """
    if view not in VIEWS or by not in KEYS:
        raise BadRequest(f"The views cannot be shown as {view} by {by}.")
    table = VIEWS[view].c
    at = func.date_trunc(step, table.starting_date, zone).label("at")
    query = (
        select(
            at,
            table[by].label("key"),
            cast(func.sum(table.nbcalls), BigInteger).label("nbcalls"),
            cast(func.sum(table.duration), BigInteger).label("duration"),
            cast(func.sum(table.billsec), BigInteger).label("billsec"),
            func.sum(table.buy_cost).label("buy_cost"),
            func.sum(table.sell_cost).label("sell_cost"),
        )
        .where(table.starting_date >= window.start, table.starting_date < window.end)
        .where(scope.covers(table.user_id))
        .group_by(at, table[by])
        .order_by(at, table[by])
    )
    return [ViewRow(**row) for row in conn.execute(query).mappings()]
