"""What the roll-ups count, said once: tables, keys, measures, and the query that counts."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    and_,
    column,
    func,
    literal_column,
    or_,
    select,
    true,
)

from cdrstats.db.schema import (
    hangup_cause,
    rollup_cause,
    rollup_cause_day,
    rollup_counted,
    rollup_country,
    rollup_country_day,
    rollup_customer,
    rollup_customer_cause_day,
    rollup_customer_country_day,
    rollup_switch,
    voip_cdr,
)

QUARTERS = (rollup_switch, rollup_country, rollup_cause, rollup_customer)
DAYS = (
    rollup_country_day,
    rollup_cause_day,
    rollup_customer_country_day,
    rollup_customer_cause_day,
)
KEYS = ("user_id", "switch_id", "country_id", "hangup_cause_id")
MEASURES = tuple(
    c.name for c in rollup_switch.columns if c.name not in rollup_switch.primary_key
)

INSTANT = DateTime(timezone=True)
INSTANTS = ARRAY(INSTANT)
_ORIGIN: ColumnElement[Any] = literal_column("TIMESTAMPTZ '2000-01-01 00:00+00'")
_QUARTER: ColumnElement[Any] = literal_column("INTERVAL '15 minutes'")


def counted_calls(starts: ColumnElement[Any], ends: ColumnElement[Any]) -> Select[Any]:
    """The calls that start in the spans [starts, ends), counted by quarter-hour and all keys.

    Uses voip_cdr_pkey. A cause that is not in its table counts as not delivered.
    """
    span = (
        func.unnest(starts, ends)
        .table_valued(column("first", INSTANT), column("last", INSTANT), name="span")
        .render_derived()
    )
    call = voip_cdr.c
    answered = call.answered
    delivered = or_(answered, hangup_cause.c.delivered.is_(True))
    slot = func.date_bin(_QUARTER, call.starting_date, _ORIGIN, type_=INSTANT).label("slot")
    return (
        select(
            slot,
            *(call[key] for key in KEYS),
            func.count().label("calls"),
            func.count().filter(answered).label("answered"),
            func.count().filter(delivered).label("delivered"),
            func.count().filter(answered, call.billsec.between(1, 6)).label("short"),
            func.sum(call.duration).label("duration"),
            func.sum(call.billsec).label("billsec"),
            func.coalesce(func.sum(call.pdd_ms), 0).label("pdd_ms"),
            func.count(call.pdd_ms).label("pdd_calls"),
            func.rollup_sum(call.buy_cost).label("buy_cost"),
            func.rollup_sum(call.sell_cost).label("sell_cost"),
        )
        .select_from(span)
        .join(
            voip_cdr,
            and_(call.starting_date >= span.c.first, call.starting_date < span.c.last),
        )
        .outerjoin(hangup_cause, hangup_cause.c.id == call.hangup_cause_id)
        .group_by(slot, *(call[key] for key in KEYS))
    )


def sums(source: FromClause) -> list[Any]:
    """Each measure of `source` added up, under its own name."""
    return [func.rollup_sum(source.c[name]).label(name) for name in MEASURES]


def counted_before(slots: ColumnElement[Any]) -> Select[Any]:
    """What `rollup_counted` holds for `slots` (an array), a row an element."""
    arrays = [rollup_counted.c[name] for name in (*KEYS, *MEASURES)]
    part = (
        func.unnest(*arrays)
        .table_valued(*(column(c.name) for c in arrays), name="part")
        .render_derived()
    )
    return (
        select(
            rollup_counted.c.slot,
            *(part.c[key] for key in KEYS),
            *(part.c[name] for name in MEASURES),
        )
        .join_from(rollup_counted, part, true())
        .where(rollup_counted.c.slot == func.any(slots))
    )
