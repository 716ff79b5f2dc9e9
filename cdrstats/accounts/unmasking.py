"""Seeing numbers in full for a while: by a session, with a reason, told in the audit."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from cdrstats.accounts import Viewer
from cdrstats.accounts.audit import LONGEST, Note
from cdrstats.accounts.rules import plain
from cdrstats.db.schema import session
from cdrstats.errors import BadRequest
from cdrstats.options import value_of

SHORTEST_REASON = 10
"""Characters: enough for the number of a ticket, or three words."""


def unmask(
    conn: Connection, viewer: Viewer, reason: str, now: datetime, note: Note
) -> datetime:
    """Let a session see numbers in full; returns until when. Raises BadRequest.

    It ends by itself, with the session, or by `mask`; programs have no session, and cannot.
    """
    told = " ".join(plain(reason, LONGEST).split())
    if not viewer.may("unmask"):
        raise BadRequest("You may not see numbers in full.")
    if len(told) < SHORTEST_REASON:
        raise BadRequest(f"Give a reason of at least {SHORTEST_REASON} characters.")
    until = now + timedelta(minutes=value_of(conn, "unmask_minutes"))
    mine = update(session).where(session.c.id == viewer.session_id)
    if not conn.execute(mine.values(unmasked_until=until)).rowcount:
        raise BadRequest("Only whoever is signed in sees numbers in full.")
    note("unmask numbers", viewer.name, detail={"reason": told, "until": until.isoformat()})
    return until


def mask(conn: Connection, viewer: Viewer, note: Note) -> None:
    """Keep the last digits back again, before the time is over."""
    shown = update(session).where(session.c.id == viewer.session_id)
    shown = shown.where(session.c.unmasked_until.is_not(None))
    if conn.execute(shown.values(unmasked_until=None)).rowcount:
        note("mask numbers", viewer.name)
