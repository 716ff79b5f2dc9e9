"""The notes of people in the table `note`: written, changed and deleted by their authors."""

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, select, update
from sqlalchemy import delete as delete_from

from cdrstats.accounts import Viewer
from cdrstats.db.schema import note as table
from cdrstats.db.schema import switch
from cdrstats.errors import BadRequest
from cdrstats.notes.rules import Note, checked

NOBODY = 0
"""The customer of a viewer who sees no customer's calls."""

GONE = "There is no such note of yours any more."

_COLUMNS = [table.c[name] for name in Note.__dataclass_fields__]


def add(conn: Connection, viewer: Viewer, note: Note) -> int:
    """Keep a note of the viewer's; return its id.

    A note of staff is for staff, one of a customer's viewer is that customer's own; a viewer of
    several customers writes for the first of them.

    Raises:
        BadRequest: the note makes no sense; the sentence says why.
    """
    user_ids = viewer.scope.user_ids
    owner = None if user_ids is None else min(user_ids, default=NOBODY)
    values = {**_values(conn, note), "author": viewer.name, "user_id": owner}
    return int(conn.execute(insert(table).values(values).returning(table.c.id)).scalar_one())


def get(conn: Connection, viewer: Viewer, note_id: int) -> Note:
    """A note of the viewer's. Raises BadRequest if there is none."""
    row = conn.execute(select(*_COLUMNS).where(_own(viewer, note_id))).one_or_none()
    if row is None:
        raise BadRequest(GONE)
    return Note(**row._asdict())


def edit(conn: Connection, viewer: Viewer, note_id: int, note: Note) -> None:
    """Put `note` in the place of a note of the viewer's. Raises BadRequest as `add` does."""
    change = update(table).where(_own(viewer, note_id)).values(_values(conn, note))
    if not conn.execute(change).rowcount:
        raise BadRequest(GONE)


def delete(conn: Connection, viewer: Viewer, note_id: int) -> None:
    """Forget a note of the viewer's. Raises BadRequest if there is none."""
    if not conn.execute(delete_from(table).where(_own(viewer, note_id))).rowcount:
        raise BadRequest(GONE)


def _own(viewer: Viewer, note_id: int) -> ColumnElement[bool]:
    return and_(table.c.id == note_id, table.c.author == viewer.name, table.c.author != "")


def _values(conn: Connection, note: Note) -> dict[str, object]:
    kept = checked(note)
    if kept.switch_id is not None:
        known = select(exists().where(switch.c.id == kept.switch_id))
        if not conn.execute(known).scalar_one():
            raise BadRequest("There is no such switch.")
    return {name: getattr(kept, name) for name in Note.__dataclass_fields__}
