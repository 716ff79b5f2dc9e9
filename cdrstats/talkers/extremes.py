"""The calls that stand out: the longest, and the most expensive."""

import uuid
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args

from sqlalchemy import Connection, null, select

from cdrstats.accounts import Scope
from cdrstats.clock import Window
from cdrstats.db.limits import PATIENCE_S, time_limit
from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters, check
from cdrstats.talkers.ranking import ADVICE, MOST
from cdrstats.talkers.roles import within

Measure = Literal["billsec", "sell_cost", "buy_cost"]

MEASURES: tuple[Measure, ...] = get_args(Measure)


@dataclass(frozen=True, slots=True)
class Standout:
    """A call; `starting_date` and `dedup_key` name it."""

    starting_date: datetime
    dedup_key: uuid.UUID
    caller_id_number: str
    destination_number: str
    accountcode: str
    user_id: int
    switch_id: int
    country_id: int
    dialcode_id: int
    hangup_cause_id: int
    duration: int
    billsec: int
    sell_cost: Decimal
    buy_cost: Decimal | None  # None: not to be seen


def standouts(
    conn: Connection,
    scope: Scope,
    window: Window,
    filters: Filters,
    measure: Measure,
    count: int = 10,
) -> tuple[Standout, ...]:
    """The `count` calls with the most of `measure`, highest first, of equal ones the newest.

    A call that has none of it (not answered, free of charge) is not among them.

    Raises:
        BadRequest: for a measure that does not exist, or an odd `count`.
        TookTooLong: after PATIENCE_S seconds.
    """
    if measure not in MEASURES:
        raise BadRequest(f"Calls do not stand out by {measure!r}; use {', '.join(MEASURES)}.")
    if not 1 <= count <= MOST:
        raise BadRequest(f"A list of calls has 1 to {MOST:,} of them.")
    check(scope, [measure])
    call = voip_cdr.c
    names = [field.name for field in fields(Standout)]
    query = (
        select(*(call[name] if scope.shows(name) else null() for name in names))
        .where(*within(scope, window, filters), call[measure] > 0)
        .order_by(call[measure].desc(), call.starting_date.desc(), call.dedup_key.desc())
        .limit(count)
    )
    with time_limit(conn, PATIENCE_S, ADVICE):
        return tuple(Standout(*row) for row in conn.execute(query))
