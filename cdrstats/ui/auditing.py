"""What people do on pages, told to the audit; and files that leave a line when taken."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from cdrstats.accounts import Viewer, audit, sessions
from cdrstats.accounts.audit import Note
from cdrstats.errors import BadRequest
from cdrstats.ui import frame

Content = TypeVar("Content", str, bytes)


def note_of(conn: Connection, viewer: Viewer) -> Note:
    """What adds a line of the viewer's, with the address that they look from."""
    address = sessions.address_of(conn, viewer.session_id)
    return partial(audit.note, conn, viewer.name, person_id=viewer.person_id, address=address)


def file(
    permission: str,
    action: str,
    write: Callable[[Connection], Content],
    object: str = "",
    detail: Mapping[str, Any] | None = None,
) -> Callable[[], Content]:
    """What a download button calls once it is clicked, long after the page has run.

    Args:
        permission: that the viewer must have then.
        action, object, detail: how the audit tells it.
        write: the file.
    """
    engine, session_id = frame.engine(), frame.viewer().session_id

    def made() -> Content:
        with engine.begin() as conn:
            viewer = sessions.viewer_of(conn, session_id, frame.now())
            if viewer is None or not viewer.may(permission):
                raise BadRequest("You may not have this file any more.")
            note_of(conn, viewer)(action, object, detail=detail)
            return write(conn)

    return made
