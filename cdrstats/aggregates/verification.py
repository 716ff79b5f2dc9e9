"""Are the roll-ups true? Everything is counted again from the calls, a day at a time.

Quarter-hours that wait in the log are not expected to be true yet: they must hold what they
were last counted as, and the day tables too. So a difference is always a fault.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Insert,
    Integer,
    MetaData,
    Select,
    Table,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    union_all,
)

from cdrstats.aggregates.counting import LOCK, count, day_of
from cdrstats.aggregates.reading import (
    DAYS,
    INSTANT,
    INSTANTS,
    KEYS,
    MEASURES,
    QUARTERS,
    counted_before,
    counted_calls,
    sums,
)
from cdrstats.clock import SLOT
from cdrstats.db.engine import lock, sql
from cdrstats.db.schema import rollup_counted, rollup_log, rollup_switch

_DAYS_IN_USE = sql(__package__, "list_days")
_SLOTS_OF_DAY = sql(__package__, "list_slots_of_day")
_DAY = timedelta(days=1)

_truth = Table(
    "rollup_truth",
    MetaData(),
    Column("slot", INSTANT),
    *(Column(key, Integer) for key in KEYS),
    *(Column(name, rollup_switch.c[name].type) for name in MEASURES),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of a roll-up that is not what the calls add up to."""

    table: str
    slot: datetime  # the quarter-hour or the day, in UTC
    keys: dict[str, int]
    column: str
    stored: Decimal | int | None  # None: the row is missing
    true: Decimal | int | None  # None: there should be no such row

    def as_row(self) -> dict[str, Any]:
        """The difference as one flat row."""
        return {
            "table": self.table,
            "slot": self.slot,
            **{key: self.keys.get(key) for key in KEYS},
            "column": self.column,
            "stored": self.stored,
            "true": self.true,
        }


def verify(
    conn: Connection, progress: Callable[[int, int], None] | None = None
) -> list[Difference]:
    """Every difference between the roll-ups and the calls, by day and table.

    Reads all calls. Needs one snapshot for all its statements (REPEATABLE READ) if calls come
    in meanwhile. `progress` is told the days done and the days in all.
    """
    days = list(conn.execute(_DAYS_IN_USE).scalars())
    waiting = list(conn.execute(select(rollup_log.c.slot).distinct()).scalars())
    _truth.create(conn)
    differences: list[Difference] = []
    for done, day in enumerate(days, 1):
        conn.execute(text("TRUNCATE rollup_truth"))
        conn.execute(_expected(day, [slot for slot in waiting if day_of(slot) == day]))
        for table in (*QUARTERS, *DAYS):
            differences += _compare(conn, table.name, *_sides(table, day))
        counted = counted_before(_quarters_of(day)).subquery("counted")
        differences += _compare(conn, rollup_counted.name, select(_truth), select(counted))
        if progress:
            progress(done, len(days))
    _truth.drop(conn)
    return differences


def repair(conn: Connection, differences: Iterable[Difference]) -> int:
    """Count the days of `differences` again from nothing; return how many days."""
    days = sorted({day_of(difference.slot) for difference in differences})
    lock(conn, LOCK)
    for day in days:
        for table in (*QUARTERS, *DAYS, rollup_counted):
            conn.execute(delete(table).where(table.c.slot >= day, table.c.slot < day + _DAY))
        slots = conn.execute(_SLOTS_OF_DAY, {"start": day, "end": day + _DAY}).scalars()
        count(conn, list(slots))
    return len(days)


def _expected(day: datetime, waiting: list[datetime]) -> Insert:
    """Fill the truth of `day`: its calls, but the old counts of what waits in the log."""
    now = counted_calls(literal([day], INSTANTS), literal([day + _DAY], INSTANTS)).subquery(
        "now"
    )
    old = counted_before(literal(waiting, INSTANTS))
    names = ["slot", *KEYS, *MEASURES]
    query = union_all(
        select(now).where(now.c.slot != func.all(literal(waiting, INSTANTS))), old
    )
    return insert(_truth).from_select(names, query)


def _sides(table: Table, day: datetime) -> tuple[Select[Any], Select[Any]]:
    """What `table` should hold for `day`, and what it holds."""
    slot = func.date_trunc("day", _truth.c.slot, "UTC") if table in DAYS else _truth.c.slot
    keys = [_truth.c[c.name] for c in table.primary_key if c.name != "slot"]
    should = select(slot.label("slot"), *keys, *sums(_truth)).group_by(slot, *keys)
    holds = select(table).where(table.c.slot >= day, table.c.slot < day + _DAY)
    return should, holds


def _compare(
    conn: Connection, table: str, should: Select[Any], holds: Select[Any]
) -> list[Difference]:
    true, stored = should.subquery("true"), holds.subquery("stored")
    keys = [key for key in ("slot", *KEYS) if key in true.c]
    differs = (
        func.coalesce(true.c[name], 0) != func.coalesce(stored.c[name], 0) for name in MEASURES
    )
    query = (
        select(
            *(func.coalesce(true.c[key], stored.c[key]).label(key) for key in keys),
            *(true.c[name].label(f"true_{name}") for name in MEASURES),
            *(stored.c[name].label(f"stored_{name}") for name in MEASURES),
        )
        .join_from(
            true, stored, and_(*(true.c[key] == stored.c[key] for key in keys)), full=True
        )
        .where(or_(*differs))
        .order_by(*keys)
    )
    return [
        Difference(
            table,
            row["slot"],
            {key: row[key] for key in keys if key != "slot"},
            name,
            row[f"stored_{name}"],
            row[f"true_{name}"],
        )
        for row in conn.execute(query).mappings()
        for name in MEASURES
        if (row[f"stored_{name}"] or 0) != (row[f"true_{name}"] or 0)
    ]


def _quarters_of(day: datetime) -> ColumnElement[Any]:
    return literal([day + n * SLOT for n in range(_DAY // SLOT)], INSTANTS)
