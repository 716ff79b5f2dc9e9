"""Are the roll-ups true? Everything is counted again from the calls, a day at a time.

Quarter-hours that wait in the log are not expected to be true yet: they must hold what they
were last counted as, and the day tables too. So a difference is always a fault. Months are held
against their days, if these are right.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Insert,
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

from cdrstats.aggregates import delays, months
from cdrstats.aggregates.counting import LOCK, count
from cdrstats.aggregates.reading import (
    DAYS,
    INSTANT,
    INSTANTS,
    KEYS,
    MEASURES,
    MONTHS,
    QUARTERS,
    SUMS,
    parts_before,
    parts_of_calls,
    totals,
)
from cdrstats.aggregates.slots import DAY, day_of, quarters_of
from cdrstats.clock import month_of
from cdrstats.db.engine import lock, sql
from cdrstats.db.schema import (
    rollup_counted,
    rollup_log,
    rollup_pdd,
    rollup_pdd_day,
    rollup_switch,
    voip_cdr,
)

_DAYS_IN_USE = sql(__package__, "list_days")
_SLOTS_OF_DAY = sql(__package__, "list_slots_of_day")

_truth = Table(
    "rollup_truth",
    MetaData(),
    Column("slot", INSTANT),
    *(Column(key, voip_cdr.c[key].type) for key in KEYS),
    *(Column(name, rollup_switch.c[name].type) for name in MEASURES),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of a roll-up that is not what the calls add up to."""

    table: str
    slot: datetime  # the quarter-hour, the day or the month, in UTC
    keys: dict[str, int | str]
    column: str
    stored: Decimal | int | None  # None: the row is missing
    true: Decimal | int | None  # None: there should be no such row

    def as_row(self) -> dict[str, Any]:
        """The difference as one flat row."""
        return {
            "table": self.table,
            "slot": self.slot,
            **{key: self.keys.get(key) for key in (*KEYS, "bin")},
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
        late = [slot for slot in waiting if day_of(slot) == day]
        conn.execute(text("TRUNCATE rollup_truth"))
        conn.execute(_expected(day, late))
        for table in (*QUARTERS, *DAYS):
            differences += _compare(conn, table.name, *_sides(table, day), MEASURES)
        counted = parts_before(literal(quarters_of([day]), INSTANTS)).subquery("counted")
        remembered = _added_up(_truth), _added_up(counted)
        differences += _compare(conn, rollup_counted.name, *remembered, MEASURES)
        for table, should, holds in _delays(day, late):
            differences += _compare(conn, table.name, should, holds, ["calls"])
        if progress:
            progress(done, len(days))
    _truth.drop(conn)
    wrong = {(difference.table, month_of(difference.slot)) for difference in differences}
    for month in sorted({month_of(day) for day in days}):
        for table, made_of in MONTHS.items():
            if (made_of.name, month) not in wrong:  # else it would be added up of wrong days
                sides = (
                    months.of_days(table, month),
                    select(table).where(months.within(table, month)),
                )
                differences += _compare(conn, table.name, *sides, SUMS)
    return differences


def repair(conn: Connection, differences: Iterable[Difference]) -> int:
    """Count the days of `differences` again from nothing; return how many days.

    Of a month its first day, and all its days are added up again.
    """
    days = sorted({day_of(difference.slot) for difference in differences})
    tables = (*QUARTERS, *DAYS, rollup_counted, rollup_pdd, rollup_pdd_day)
    lock(conn, LOCK)
    for day in days:
        for table in tables:
            conn.execute(delete(table).where(table.c.slot >= day, table.c.slot < day + DAY))
        slots = conn.execute(_SLOTS_OF_DAY, {"start": day, "end": day + DAY}).scalars()
        count(conn, list(slots))
    months.add_up(conn, sorted({month_of(day) for day in days}))
    return len(days)


def _expected(day: datetime, waiting: list[datetime]) -> Insert:
    """Fill the truth of `day`: its calls, but the old parts of what waits in the log."""
    now = parts_of_calls(*_bounds(day)).subquery("now")
    old = parts_before(literal(waiting, INSTANTS))
    names = ["slot", *KEYS, *MEASURES]
    settled = select(*(now.c[name] for name in names)).where(_settled(now.c.slot, waiting))
    return insert(_truth).from_select(names, union_all(settled, old))


def _added_up(parts: FromClause) -> Select[Any]:
    """Parts by quarter-hour and all keys."""
    keys = [parts.c[name] for name in ("slot", *KEYS)]
    return select(*keys, *totals(parts)).group_by(*keys)


def _bounds(day: datetime) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return literal([day], INSTANTS), literal([day + DAY], INSTANTS)


def _settled(slot: ColumnElement[Any], waiting: list[datetime]) -> ColumnElement[bool]:
    return slot != func.all(literal(waiting, INSTANTS))


def _sides(table: Table, day: datetime) -> tuple[Select[Any], Select[Any]]:
    """What `table` should hold for `day`, and what it holds."""
    slot = func.date_trunc("day", _truth.c.slot, "UTC") if table in DAYS else _truth.c.slot
    keys = [_truth.c[c.name] for c in table.primary_key if c.name != "slot"]
    should = select(slot.label("slot"), *keys, *totals(_truth)).group_by(slot, *keys)
    holds = select(table).where(table.c.slot >= day, table.c.slot < day + DAY)
    return should, holds


def _delays(
    day: datetime, waiting: list[datetime]
) -> list[tuple[Table, Select[Any], Select[Any]]]:
    """The two histograms, what they should hold for `day`, and what they hold.

    Of what waits nothing else tells the old counts, so only its day is held against it.
    """
    calls = delays.of_calls(parts_of_calls(*_bounds(day)).subquery("now")).subquery("calls")
    part, whole = rollup_pdd, rollup_pdd_day
    return [
        (
            part,
            select(calls).where(_settled(calls.c.slot, waiting)),
            select(part).where(
                part.c.slot >= day, part.c.slot < day + DAY, _settled(part.c.slot, waiting)
            ),
        ),
        (
            whole,
            delays.of_quarters(literal(quarters_of([day]), INSTANTS)),
            select(whole).where(whole.c.slot == day),
        ),
    ]


def _compare(
    conn: Connection,
    table: str,
    should: Select[Any],
    holds: Select[Any],
    measures: Sequence[str],
) -> list[Difference]:
    true, stored = should.subquery("true"), holds.subquery("stored")
    keys = [key for key in ("slot", *KEYS, "bin") if key in true.c]
    differs = (
        func.coalesce(true.c[name], 0) != func.coalesce(stored.c[name], 0) for name in measures
    )
    query = (
        select(
            *(func.coalesce(true.c[key], stored.c[key]).label(key) for key in keys),
            *(true.c[name].label(f"true_{name}") for name in measures),
            *(stored.c[name].label(f"stored_{name}") for name in measures),
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
        for name in measures
        if (row[f"stored_{name}"] or 0) != (row[f"true_{name}"] or 0)
    ]
