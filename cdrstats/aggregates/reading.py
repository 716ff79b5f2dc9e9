"""What the roll-ups count, said once: tables, keys, measures, and what a call adds to each."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    and_,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
    tuple_,
)

from cdrstats import counting
from cdrstats.aggregates.histogram import bin_of
from cdrstats.db.schema import (
    rollup_account_day,
    rollup_carrier_day,
    rollup_cause,
    rollup_cause_day,
    rollup_counted,
    rollup_country,
    rollup_country_cause_day,
    rollup_country_day,
    rollup_country_month,
    rollup_customer,
    rollup_customer_cause_day,
    rollup_customer_country_day,
    rollup_customer_day,
    rollup_kind,
    rollup_route_day,
    rollup_route_month,
    rollup_switch,
    rollups,
    voip_cdr,
)

QUARTERS = (rollup_switch, rollup_country, rollup_cause, rollup_kind, rollup_customer)
DAYS = (
    rollup_country_day,
    rollup_cause_day,
    rollup_carrier_day,
    rollup_route_day,
    rollup_customer_day,
    rollup_customer_country_day,
    rollup_customer_cause_day,
    rollup_account_day,
    rollup_country_cause_day,
)
MONTHS = {rollup_country_month: rollup_country_day, rollup_route_month: rollup_route_day}
"""The tables of months, and those of whose days they are made."""

KEYS = tuple(rollups.KEYS)
MEASURES = tuple(rollups.MEASURES)
LONGEST = "longest"
"""The one measure that does not add up: of two longest calls, the longer one stays."""

SUMS = rollups.SUMS

INSTANT = DateTime(timezone=True)
INSTANTS = ARRAY(INSTANT)
_ORIGIN: ColumnElement[Any] = literal_column("TIMESTAMPTZ '2000-01-01 00:00+00'")
_QUARTER: ColumnElement[Any] = literal_column("INTERVAL '15 minutes'")

# Written out: a statement of this size would have hundreds of parameters.
ZERO: ColumnElement[Any] = literal_column("0")
ONE: ColumnElement[Any] = literal_column("1")


def parts_of_calls(starts: ColumnElement[Any], ends: ColumnElement[Any]) -> Select[Any]:
    """The calls that start in the spans [starts, ends), each as what it is counted as.

    Rows are quarter-hour, KEYS, MEASURES, and the `bin` of the post-dial delay. A measure of 0
    is NULL: adding it up costs nothing then, and most are. A cause that is not in its table
    counts as not delivered and not blocked. Uses voip_cdr_pkey.
    """
    span = (
        func.unnest(starts, ends)
        .table_valued(column("first", INSTANT), column("last", INSTANT), name="span")
        .render_derived()
    )
    call = voip_cdr.c
    start = call.starting_date
    measures = _measures()
    return select(
        func.date_bin(_QUARTER, start, _ORIGIN, type_=INSTANT).label("slot"),
        *(call[key] for key in KEYS),
        *(measures[name].label(name) for name in MEASURES),
        bin_of(call.pdd_ms).label("bin"),
    ).join_from(span, voip_cdr, and_(start >= span.c.first, start < span.c.last))


def _measures() -> dict[str, ColumnElement[Any]]:
    """What one call adds to each measure."""
    call = voip_cdr.c
    found = {"calls": ONE, LONGEST: func.nullif(call.billsec, ZERO)}
    for name in MEASURES:
        if name in counting.SUMS:
            found[name] = func.nullif(call[counting.SUMS[name]], ZERO)
        elif name not in found:
            found[name] = case((counting.CONDITIONS[name](call), ONE))
    return found


def parts_before(slots: ColumnElement[Any]) -> Select[Any]:
    """The parts that `rollup_counted` holds for `slots` (an array). A measure of 0 is NULL."""
    names = (*KEYS, *MEASURES)
    part = func.unnest(rollup_counted.c.parts).table_valued(*names, name="part")
    return (
        select(rollup_counted.c.slot, *(part.c[name] for name in names))
        .join_from(rollup_counted, part, true())
        .where(rollup_counted.c.slot == func.any(slots))
    )


def totals(source: FromClause, names: Sequence[str] = MEASURES) -> list[Any]:
    """Each of some measures of `source` over its rows, under its own name; 0 over nothing."""
    return [func.coalesce(_total(source, name), ZERO).label(name) for name in names]


def _total(source: FromClause, name: str) -> ColumnElement[Any]:
    part = source.c[name]
    return func.max(part) if name == LONGEST else func.rollup_sum(part)


def as_part(row: FromClause) -> ColumnElement[Any]:
    """A row of parts as one value of the type `rollup_part`."""
    values = tuple_(*(row.c[name] for name in (*KEYS, *MEASURES)))
    return cast(values, rollups.Part)
