"""The numbers with the most calls, minutes or cost, and all others together."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Subquery, func, select

from cdrstats.accounts import Scope
from cdrstats.clock import Window
from cdrstats.db.limits import PATIENCE_S, time_limit
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters, check
from cdrstats.metrics import NOTHING, Parts, total
from cdrstats.talkers.figures import Figures, figures_of, sums
from cdrstats.talkers.roles import Role, numbers

Order = Literal["calls", "minutes", "sell_cost", "buy_cost", "mcd"]

ROLES: tuple[Role, ...] = get_args(Role)
ORDERS: tuple[Order, ...] = get_args(Order)
MOST = 1000
ADVICE = "Choose a shorter period, or filter by a customer or a switch."


@dataclass(frozen=True, slots=True)
class Talker:
    """A number, and what its calls come to."""

    number: str  # as the switch wrote it; '' is unknown
    figures: Figures
    counterparts: int  # how many known numbers it called, or called it


@dataclass(frozen=True, slots=True)
class Talkers:
    """The leading numbers, and all others."""

    leaders: tuple[Talker, ...]  # highest first, equal ones by number
    rest: Parts  # of all other numbers together, without their longest call
    rest_numbers: int  # how many those are


def top(
    conn: Connection,
    scope: Scope,
    window: Window,
    filters: Filters,
    role: Role,
    order: Order = "calls",
    count: int = 20,
) -> Talkers:
    """The `count` numbers with the most of `order`, of the calls that started in `window`.

    Numbers without an answered call come last by "mcd", the longest call.

    Raises:
        BadRequest: for a role or an order that does not exist, or an odd `count`.
        TookTooLong: after PATIENCE_S seconds.
    """
    if role not in ROLES:
        raise BadRequest(f"Numbers have no role {role!r}; use {', '.join(ROLES)}.")
    if order not in ORDERS:
        raise BadRequest(f"Numbers cannot be ordered by {order!r}; use {', '.join(ORDERS)}.")
    if not 1 <= count <= MOST:
        raise BadRequest(f"A list of numbers has 1 to {MOST:,} of them.")
    check(scope, [order])
    rows = numbers(role, scope, window, filters)
    with time_limit(conn, PATIENCE_S, ADVICE):
        leading, in_all = _leading(conn, rows, order, count)
        if not leading:
            return Talkers((), NOTHING, 0)
        known = _figures(conn, scope, rows, leading)
        whole = figures_of(conn.execute(select(*sums(rows, scope))).one())
    # What was led by a moment ago may just have been deleted.
    leaders = tuple(known[number] for number in leading if number in known)
    theirs = total(leader.figures.parts for leader in leaders)
    return Talkers(leaders, rest=whole.parts.less(theirs), rest_numbers=in_all - len(leading))


def _leading(
    conn: Connection, rows: Subquery, order: Order, count: int
) -> tuple[list[str], int]:
    """The leading numbers in order, and how many numbers there are.

    One narrow value a number: there may be as many numbers as calls.
    """
    number = rows.c.number
    value = _value(rows, order).label("value")
    found = select(number, value).group_by(number).subquery("found")
    query = (
        select(found.c.number, func.count().over())
        # The bytes decide: comparing by the rules of a language takes twice the time.
        .order_by(found.c.value.desc().nulls_last(), found.c.number.collate("C"))
        .limit(count)
    )
    leading = conn.execute(query).all()
    return [row[0] for row in leading], leading[0][1] if leading else 0


def _value(rows: Subquery, order: Order) -> ColumnElement[Any]:
    match order:
        case "calls":
            return func.count()
        case "minutes":
            return func.sum(rows.c.billsec)
        case "mcd":
            return func.max(rows.c.billsec).filter(rows.c.answered)
        case "sell_cost" | "buy_cost":
            return func.rollup_sum(rows.c[order])  # sum() is slow over many small groups


def _figures(
    conn: Connection, scope: Scope, rows: Subquery, leading: list[str]
) -> dict[str, Talker]:
    """What the calls of each leading number come to; uses the index of the number."""
    met = func.count(func.nullif(rows.c.counterpart, "").distinct())
    query = (
        select(rows.c.number, met, *sums(rows, scope))
        .where(rows.c.number.in_(leading))
        .group_by(rows.c.number)
    )
    return {
        number: Talker(number, figures_of(figures), counterparts)
        for number, counterparts, *figures in conn.execute(query)
    }
