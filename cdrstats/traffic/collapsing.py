"""Attempts made into calls: the legs of a call, and its retries, are counted once.

1. Records with the same call id on the same switch are legs of one call.
2. A call from the same number to the same number on the same switch is a retry if the one
   before was not answered and ended at most RETRY_S before.

Such a call starts with its first attempt, which says where it counts. It is answered if any of
its attempts is, and talks as long as the longest; cause, post-dial delay, carrier and quality
are those of the attempt that was answered, else of the last. Costs add up.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from cdrstats.clock import Window
from cdrstats.db.schema import voip_cdr

RETRY_S = 60
REACH = timedelta(hours=1)
"""How far beyond the period attempts of the same call are looked for."""

FIRST = (
    "dedup_key",
    "starting_date",
    "import_id",
    "user_id",
    "switch_id",
    "country_id",
    "dialcode_id",
    "direction",
    "call_type",
    "cdr_source_type",
    "accountcode",
    "caller_id_number",
    "destination_number",
)
"""What a call has from its first attempt."""

BEST = ("hangup_cause_id", "carrier_id", "pdd_ms", "progresssec", "sip_status", "mos")
"""What it has from the attempt that was answered, else from the last."""

ADDED = ("billed_s", "buy_cost", "sell_cost", "attempts")


def collapsed_calls(
    windows: Sequence[Window], conditions: Sequence[ColumnElement[bool]]
) -> FromClause:
    """The calls whose first attempt starts in `windows`, with the columns of voip_cdr needed.

    Args:
        conditions: WHERE clauses on the attempts, which are collapsed afterwards.
    """
    call = voip_cdr.c
    attempts = (
        select(
            *(call[name] for name in (*FIRST, *BEST, *ADDED[:-1], "answered", "billsec")),
            literal(1).label("attempts"),
            (call.starting_date + _seconds(call.duration)).label("ended"),
            func.coalesce(func.nullif(call.callid, ""), cast(call.dedup_key, Text)).label(
                "leg"
            ),
        )
        .where(
            or_(
                *(
                    and_(
                        call.starting_date >= window.start - REACH,
                        call.starting_date < window.end + REACH,
                    )
                    for window in windows
                )
            )
        )
        .where(*conditions)
        .subquery("attempt")
    )
    calls = _merged(attempts, (attempts.c.switch_id, attempts.c.leg), "legs")
    chains = _chained(calls)
    whole = _merged(
        chains,
        (
            chains.c.switch_id,
            chains.c.caller_id_number,
            chains.c.destination_number,
            chains.c.chain,
        ),
        "retries",
    )
    lasted = func.ceil(func.extract("epoch", whole.c.ended - whole.c.starting_date))
    return (
        select(whole, cast(lasted, Integer).label("duration"))
        .where(
            or_(
                *(
                    and_(
                        whole.c.starting_date >= window.start,
                        whole.c.starting_date < window.end,
                    )
                    for window in windows
                )
            )
        )
        .subquery("call")
    )


def _merged(source: FromClause, same: Sequence[ColumnElement[Any]], name: str) -> FromClause:
    """One row for all rows that are the `same`."""
    row = source.c
    in_order = (row.starting_date, row.dedup_key)
    best = (row.answered.desc(), row.starting_date.desc(), row.dedup_key)
    places = select(
        *(row[column] for column in FIRST),
        *(
            func.first_value(row[column]).over(partition_by=same, order_by=best).label(column)
            for column in BEST
        ),
        *(func.sum(row[column]).over(partition_by=same).label(column) for column in ADDED),
        func.bool_or(row.answered).over(partition_by=same).label("answered"),
        func.max(row.billsec).over(partition_by=same).label("billsec"),
        func.max(row.ended).over(partition_by=same).label("ended"),
        func.row_number().over(partition_by=same, order_by=in_order).label("place"),
    ).subquery(name)
    return (
        select(*(c for c in places.c if c.name != "place"))
        .where(places.c.place == 1)
        .subquery()
    )


def _chained(calls: FromClause) -> FromClause:
    """Calls with the number of the chain of retries that each is part of."""
    row = calls.c
    pair = (row.switch_id, row.caller_id_number, row.destination_number)
    order = (row.starting_date, row.dedup_key)
    ended = func.lag(row.ended).over(partition_by=pair, order_by=order)
    answered = func.lag(row.answered).over(partition_by=pair, order_by=order)
    # A number that nobody gave is not the same number.
    is_retry = and_(
        row.caller_id_number != "",
        answered.is_(False),
        row.starting_date <= ended + _seconds(RETRY_S),
    )
    links = select(calls, case((is_retry, 0), else_=1).label("begins")).subquery("links")
    chain = func.sum(links.c.begins).over(
        partition_by=(links.c.switch_id, links.c.caller_id_number, links.c.destination_number),
        order_by=(links.c.starting_date, links.c.dedup_key),
        rows=(None, 0),
    )
    return select(links, chain.label("chain")).subquery("chains")


def _seconds(value: Any) -> ColumnElement[Any]:
    return func.make_interval(0, 0, 0, 0, 0, 0, value)
