"""Taking a file back: its calls go, and what was only a duplicate of them comes instead."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, text, update

from cdrstats.accounts.audit import Note
from cdrstats.db.marking import leave_mark
from cdrstats.db.schema import import_file
from cdrstats.errors import BadRequest
from cdrstats.intake import completing, ledger
from cdrstats.mediation import NewSwitches, mediate

_FLAG = text(
    "UPDATE cdr_import SET imported = false"
    " WHERE id BETWEEN :first AND :last AND file_id = :file_id AND imported"
)
# Rows of other files that were the same calls; reads all of cdr_import, which is rare enough.
_PROMOTE = text(
    "UPDATE cdr_import AS other SET imported = false FROM cdr_import AS mine"
    " WHERE mine.id BETWEEN :first AND :last AND mine.file_id = :file_id"
    " AND other.outcome = 'duplicate' AND other.imported"
    " AND other.file_id IS DISTINCT FROM mine.file_id"
    " AND (other.dedup_key = mine.dedup_key OR other.matched_key = mine.dedup_key)"
)


def undo_file(
    engine: Engine,
    file_id: int,
    note_on: Callable[[Connection], Note],
    new: NewSwitches | None = None,
) -> int:
    """Undo a file; return how many calls it had.

    Its rows stay in `cdr_import` as `undone`, through starting over as well; the same bytes
    may be loaded again afterwards.

    Args:
        note_on: what adds a line to the audit, in the transaction that undoes it.

    Raises:
        BadRequest: there is no such file, or it is undone already.
    """
    with engine.begin() as conn:
        file = ledger.get(conn, file_id)
        if file is None:
            raise BadRequest(f"there is no file {file_id} in the ledger")
        if file.state == "undone":
            raise BadRequest(f"file {file_id} ({file.name}) is undone already")
        conn.execute(
            update(import_file).where(import_file.c.id == file_id).values(state="undone")
        )
        told = f"Taken back: {file.name}, calls: {file.imported:,}"
        note_on(conn)("undo file", file.name, detail={"file": file_id, "calls": file.imported})
        leave_mark(conn, "file undone", told, switch_id=file.switch_id)
        ids = {
            "file_id": file_id,
            "first": file.first_import_id or 0,
            "last": file.last_import_id or 0,
        }
        conn.execute(_PROMOTE, ids)
        conn.execute(_FLAG, ids)
        completing.give_back(conn, file_id)
    completing.complete(engine)
    mediate(engine, new=new)
    return file.imported
