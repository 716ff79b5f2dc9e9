"""Take the demo out again: its calls, its files' rows, its people unless others have them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Engine, delete, exists, select, text

from cdrstats import aggregates
from cdrstats.accounts.audit import Note
from cdrstats.db.engine import lock, sql, try_lock
from cdrstats.db.schema import bad_line, call_part, import_file
from cdrstats.demo.people import dismiss
from cdrstats.errors import BadRequest

LOCK = "demo"
"""The advisory lock of whoever loads or removes the demo."""

_FREE_DUPLICATES = sql(__package__, "free_duplicates")
_DELETE_CALLS = sql(__package__, "delete_calls")
_DELETE_STAGED = sql(__package__, "delete_staged")


@dataclass(frozen=True, slots=True)
class Removed:
    """What is gone."""

    files: int
    calls: int


def is_loaded(conn: Connection) -> bool:
    """Whether there is anything of the demo in the ledger."""
    return bool(conn.execute(select(exists().where(import_file.c.is_demo))).scalar_one())


def remove(engine: Engine, note_on: Callable[[Connection], Note] | None = None) -> Removed:
    """Remove the demo, in one transaction; all other calls stay as they are.

    The roll-ups follow as after any change, by the job process or `catch_up`. Nothing happens
    if it is not loaded.

    Args:
        note_on: what adds a line to the audit, in the transaction that removes it.

    Raises:
        BadRequest: it is being loaded at this moment.
    """
    with engine.begin() as conn:
        if not try_lock(conn, LOCK):
            raise BadRequest("The demo is being loaded at this moment: try again afterwards.")
        lock(conn, "mediation")
        conn.execute(_FREE_DUPLICATES)
        slots = conn.execute(_DELETE_CALLS).all()
        aggregates.note_slots(conn, [row.slot for row in slots])
        conn.execute(_DELETE_STAGED)
        demo_files = select(import_file.c.id).where(import_file.c.is_demo)
        for table in (bad_line, call_part):
            conn.execute(delete(table).where(table.c.file_id.in_(demo_files)))
        files = conn.execute(delete(import_file).where(import_file.c.is_demo)).rowcount
        dismiss(conn)
        removed = Removed(files, sum(row.calls for row in slots))
        if note_on:
            note_on(conn)("remove demo data", detail=asdict(removed))
        conn.execute(text("NOTIFY cdrstats, 'import'"))
        conn.execute(text("NOTIFY cdrstats, 'rollup'"))
    return removed
