"""Attempts made into calls: the legs of a call, and its retries, are counted once.

1. Records with the same call id on the same switch are legs of one call, if each starts within
   REACH of the one before: switches give an id out again.
2. A call from the same number to the same number on the same switch is a retry if the one
   before was not answered and ended at most RETRY_S before.

Such a call starts with its first attempt, which says where it counts. It is answered if any of
its attempts is, and talks as long as the longest; cause, post-dial delay, carrier and quality
are those of the attempt that was answered, else of the last. Costs add up.

Filters by who called whom choose the attempts that calls are made of, filters by how it went
the calls that came of them: a busy call that was tried again and answered is not a busy one.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
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

from cdrstats.accounts import Scope
from cdrstats.clock import Window
from cdrstats.db.schema import voip_cdr
from cdrstats.filters import Filters

RETRY_S = 60
REACH = timedelta(hours=1)
"""How far the next attempt of a call is looked for, also beyond the period."""

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

FILTERED = ("answersec", "waitsec", "buy_rate", "sell_rate", "authorized")
"""What it has from there as well, where it is filtered by that."""

ADDED = ("billed_s", "buy_cost", "sell_cost", "attempts")

OUTCOMES = (
    "hangup_cause_ids",
    "carrier_ids",
    "comparisons",
    "answered",
    "authorized",
    "counted",
)
"""The filters by how it went."""

Lag = Callable[[ColumnElement[Any]], ColumnElement[Any]]


def collapsed_calls(windows: Sequence[Window], scope: Scope, filters: Filters) -> FromClause:
    """The calls whose first attempt starts in `windows`, with what is counted of a call."""
    everything = Filters()
    who = replace(filters, **{name: getattr(everything, name) for name in OUTCOMES})
    how = replace(everything, **{name: getattr(filters, name) for name in OUTCOMES})
    best = (*BEST, *(name for name in FILTERED if name in how.columns()))
    best = tuple(filter(scope.shows, best))
    legs = _numbered(_attempts(windows, scope, who, best), ("switch_id", "leg"), _is_leg)
    calls = _merged(legs, ("switch_id", "leg", "run"), best)
    pair = ("switch_id", "caller_id_number", "destination_number")
    whole = _merged(_numbered(calls, pair, _is_retry), (*pair, "run"), best)
    lasted = func.ceil(func.extract("epoch", whole.c.ended - whole.c.starting_date))
    made = select(whole, cast(lasted, Integer).label("duration")).subquery("made")
    return (
        select(made)
        .where(within(made.c.starting_date, windows), *how.conditions(made))
        .subquery("call")
    )


def within(moment: ColumnElement[Any], windows: Sequence[Window]) -> ColumnElement[bool]:
    """Whether `moment` lies in one of `windows`."""
    return or_(*(and_(moment >= part.start, moment < part.end) for part in windows))


def _attempts(
    windows: Sequence[Window], scope: Scope, filters: Filters, best: Sequence[str]
) -> FromClause:
    """The attempts that calls of `windows` may be made of."""
    call = voip_cdr.c
    reached = [Window(window.start - REACH, window.end + REACH) for window in windows]
    seen = [] if scope.user_ids is None else [scope.covers(call.user_id)]
    added = filter(scope.shows, ADDED[:-1])
    return (
        select(
            *(call[name] for name in (*FIRST, *best, *added, "answered", "billsec")),
            literal(1).label("attempts"),
            (call.starting_date + _seconds(call.duration)).label("ended"),
            func.coalesce(func.nullif(call.callid, ""), cast(call.dedup_key, Text)).label(
                "leg"
            ),
        )
        .where(within(call.starting_date, reached), *seen)
        .where(*filters.conditions(voip_cdr, by_index=True))
        .subquery("attempt")
    )


def _is_leg(row: Any, before: Lag) -> ColumnElement[bool]:
    joined: ColumnElement[bool] = row.starting_date <= before(row.starting_date) + REACH
    return joined


def _is_retry(row: Any, before: Lag) -> ColumnElement[bool]:
    return and_(
        row.caller_id_number != "",  # a number that nobody gave is not the same number
        before(row.answered).is_(False),
        row.starting_date <= before(row.ended) + _seconds(RETRY_S),
    )


def _numbered(
    source: FromClause, same: Sequence[str], goes_on: Callable[[Any, Lag], ColumnElement[bool]]
) -> FromClause:
    """Those that are the `same` with the number of the `run` that each is part of.

    Args:
        goes_on: whether a row is of the run of the one before it.
    """
    row = source.c
    order = (row.starting_date, row.dedup_key)

    def before(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.lag(column).over(partition_by=[row[name] for name in same], order_by=order)

    begins = case((goes_on(row, before), 0), else_=1).label("begins")
    links = select(source, begins).subquery("links")
    run = func.sum(links.c.begins).over(
        partition_by=[links.c[name] for name in same],
        order_by=(links.c.starting_date, links.c.dedup_key),
        rows=(None, 0),
    )
    return select(links, run.label("run")).subquery("numbered")


def _merged(source: FromClause, same: Sequence[str], best: Sequence[str]) -> FromClause:
    """One row for all rows that are the `same`; the columns `best` are of the best of them."""
    row = source.c
    whole = [row[name] for name in same]
    in_order = (row.starting_date, row.dedup_key)
    last = (row.answered.desc(), row.starting_date.desc(), row.dedup_key)
    places = select(
        *(row[name] for name in FIRST),
        *(
            func.first_value(row[name]).over(partition_by=whole, order_by=last).label(name)
            for name in best
        ),
        *(
            func.sum(row[name]).over(partition_by=whole).label(name)
            for name in ADDED
            if name in row
        ),
        func.bool_or(row.answered).over(partition_by=whole).label("answered"),
        func.max(row.billsec).over(partition_by=whole).label("billsec"),
        func.max(row.ended).over(partition_by=whole).label("ended"),
        func.row_number().over(partition_by=whole, order_by=in_order).label("place"),
    ).subquery("places")
    return (
        select(*(column for column in places.c if column.name != "place"))
        .where(places.c.place == 1)
        .subquery()
    )


def _seconds(value: Any) -> ColumnElement[Any]:
    return func.make_interval(0, 0, 0, 0, 0, 0, value)
