"""Counting changed quarter-hours again, in the transaction of the caller."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, text

from cdrstats.aggregates import delays
from cdrstats.aggregates.reading import DAYS, MONTHS, QUARTERS
from cdrstats.aggregates.slots import day_of, quarters_of, spans_of
from cdrstats.aggregates.statement import COUNT, LOOK_FOR_LONGEST, SLOTS
from cdrstats.clock import month_of
from cdrstats.db.engine import sql
from cdrstats.db.schema import rollup_pdd

LOCK = "rollups"
"""The advisory lock of whoever writes the roll-ups; none of them is written without it."""

_MARK_VIEWS_BEHIND = sql(__package__, "mark_views_behind")


def count(conn: Connection, slots: Sequence[datetime]) -> None:
    """Bring all roll-ups in line with the calls of `slots`; the caller holds `LOCK`.

    Args:
        slots: starts of quarter-hours in UTC, ascending, each once.
    """
    spans = spans_of(slots)
    days = sorted({day_of(slot) for slot in slots})
    bounds = {
        "slots": slots,
        "starts": [start for start, _ in spans],
        "ends": [end for _, end in spans],
        "days": days,
        "quarters": quarters_of(days),
    }
    conn.execute(text("SET LOCAL work_mem = '64MB'"))
    for table in (*QUARTERS, rollup_pdd):
        conn.execute(delete(table).where(table.c.slot == func.any(SLOTS)), bounds)
    moved = {row.name: row for row in conn.execute(COUNT, bounds)}
    for table in DAYS:
        if moved[table.name].empty:
            conn.execute(delete(table).where(table.c.slot.in_(days), table.c.calls == 0))
        if moved[table.name].unsure:
            conn.execute(LOOK_FOR_LONGEST[table], bounds)
    months = {month_of(day) for day in days}
    for table in MONTHS:
        if moved[table.name].empty:
            conn.execute(delete(table).where(table.c.slot.in_(months), table.c.calls == 0))
    delays.add_up(conn, days)
    conn.execute(_MARK_VIEWS_BEHIND)
