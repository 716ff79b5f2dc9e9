"""The histograms of post-dial delays: counted from the calls, days from their quarter-hours.

A day has some thousand rows of quarter-hours at most, so it is added up anew from them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from cdrstats.aggregates.reading import INSTANTS
from cdrstats.aggregates.slots import quarters_of
from cdrstats.db.schema import rollup_pdd, rollup_pdd_day


def of_calls(parts: FromClause) -> Select[Any]:
    """The rows of `rollup_pdd` for calls as `parts_of_calls` gives them."""
    keys = [parts.c[key.name] for key in rollup_pdd.primary_key]
    query = select(*keys, func.count().label("calls")).group_by(*keys)
    return query.where(parts.c.bin.is_not(None))


def of_quarters(quarters: ColumnElement[Any]) -> Select[Any]:
    """The rows of `rollup_pdd_day` for the days that `quarters` (an array) make up."""
    part = rollup_pdd.c
    day = func.date_trunc("day", part.slot, "UTC").label("slot")
    return (
        select(day, part.switch_id, part.bin, func.rollup_sum(part.calls).label("calls"))
        .where(part.slot == func.any(quarters))
        .group_by(day, part.switch_id, part.bin)
    )


def add_up(conn: Connection, days: Sequence[datetime]) -> None:
    """Fill `rollup_pdd_day` for `days` again."""
    conn.execute(_CLEAR, {"days": days})
    conn.execute(_FILL, {"quarters": quarters_of(days)})


_CLEAR = delete(rollup_pdd_day).where(
    rollup_pdd_day.c.slot == func.any(bindparam("days", type_=INSTANTS))
)
_FILL = insert(rollup_pdd_day).from_select(
    [column.name for column in rollup_pdd_day.columns],
    of_quarters(bindparam("quarters", type_=INSTANTS)),
)
