"""Starting over: every staged row is mediated anew, under today's rules."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, func, select, text, update

from cdrstats.db.marking import leave_mark
from cdrstats.db.schema import cdr_import

CHUNK = 200_000
"""Ids a transaction, so that the flagging of years can be stopped and taken up again."""


def ids_of_staged(conn: Connection) -> tuple[int, int]:
    """The lowest and the highest id in `cdr_import`; (1, 0) if it is empty."""
    first, last = conn.execute(
        select(func.min(cdr_import.c.id), func.max(cdr_import.c.id))
    ).one()
    return (1, 0) if first is None else (first, last)


def oldest_waiting(conn: Connection) -> int | None:
    """The lowest id that waits for mediation; None if none does."""
    query = select(func.min(cdr_import.c.id)).where(~cdr_import.c.imported)
    waiting: int | None = conn.execute(query).scalar_one()
    return waiting


def flag_anew(engine: Engine, progress: Callable[[int], None] | None = None) -> int:
    """Set `imported` to false on every row of `cdr_import`; return how many were set.

    Calls stay where they are until mediation has decided their row again, so the figures are
    never empty meanwhile.
    """
    with engine.connect() as conn:
        first, last = ids_of_staged(conn)
    flagged = 0
    for low in range(first, last + 1, CHUNK):
        with engine.begin() as conn:
            if low == first:
                leave_mark(conn, "start over", "All staged rows are read again")
            flagged += conn.execute(
                update(cdr_import)
                .where(
                    cdr_import.c.id >= low,
                    cdr_import.c.id < low + CHUNK,
                    cdr_import.c.imported,
                )
                .values(imported=False)
            ).rowcount
        if progress:
            progress(min(low + CHUNK, last + 1) - first)
    with engine.begin() as conn:
        conn.execute(text("NOTIFY cdrstats, 'import'"))
    return flagged
