"""The roll-ups of months: the sums of their days, by the same keys.

A refresh moves them by what changed, as it does the days. Here is what they are.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    delete,
    func,
    insert,
    select,
)

from cdrstats.aggregates.reading import MONTHS, SUMS, totals
from cdrstats.clock import next_month


def by_month(table: Table, days: FromClause) -> Select[Any]:
    """Rows of `days`, added up by the keys of a table of months."""
    slot = func.date_trunc("month", days.c.slot, "UTC").label("slot")
    keys = [days.c[key.name] for key in table.primary_key if key.name != "slot"]
    return select(slot, *keys, *totals(days, SUMS)).group_by(slot, *keys)


def of_days(table: Table, month: datetime) -> Select[Any]:
    """The rows of a table of months for `month`."""
    days = MONTHS[table]
    return by_month(table, days).where(within(days, month))


def within(table: Table, month: datetime) -> ColumnElement[bool]:
    """Whether a row of `table` is of `month`."""
    return and_(table.c.slot >= month, table.c.slot < next_month(month))


def add_up(conn: Connection, months: Iterable[datetime]) -> None:
    """Fill all tables of months for `months` again."""
    for month in months:
        for table in MONTHS:
            conn.execute(delete(table).where(within(table, month)))
            names = [*(key.name for key in table.primary_key), *SUMS]
            conn.execute(insert(table).from_select(names, of_days(table, month)))
