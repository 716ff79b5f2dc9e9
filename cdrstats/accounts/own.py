"""What people change of their own account."""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Connection, delete, insert, select, update

from cdrstats.accounts import Viewer, passwords, people
from cdrstats.accounts.audit import Note
from cdrstats.accounts.rules import (
    COUNTED_FOR,
    FREE_OF_ACCOUNT,
    account_of,
    checked_password,
    normalised,
    wait_until,
)
from cdrstats.db.schema import person, session
from cdrstats.db.schema import sign_in_failure as failure

HERE = "signed in"
"""The address of tries by somebody who is signed in: others' at the sign-in do not count."""

WRONG = "The password is not right."

FRESH_FOR = timedelta(minutes=10)
"""Whoever has no password here shows who they are by having signed in within so long."""

TOO_LONG_AGO = (
    "You have no password here, and signed in more than"
    f" {FRESH_FOR // timedelta(minutes=1)} minutes ago: sign out, sign in again, and do this"
    " then."
)


def change_password(
    conn: Connection, viewer: Viewer, old: str, new: str, now: datetime, note: Note
) -> str:
    """Set another password, and sign the person out everywhere else.

    Commit whatever comes back: only then is a wrong password counted. Whoever found a browser
    left open can guess no faster than at the sign-in.

    Returns:
        What stands in the way, a sentence; "" if it is set.

    Raises:
        BadRequest: the new password is no good.
    """
    kept = checked_password(new, viewer.name)
    if wrong := _wrong(conn, viewer, old, now, note, "set password"):
        return wrong
    own = update(person).where(person.c.id == viewer.person_id)
    conn.execute(own.values(password_hash=passwords.hashed(kept)))
    note("set password", viewer.name)
    end_others(conn, viewer, note)
    return ""


def confirm(
    conn: Connection, viewer: Viewer, password: str, now: datetime, note: Note, doing: str
) -> str:
    """Before what outlasts a session: whether it is the person, and not who found their screen.

    Commit whatever comes back, as for `change_password`. People of single sign-on may have no
    password; they have to have signed in just now.

    Args:
        doing: what is to be done, as a line of the audit tells it.

    Returns:
        What stands in the way, a sentence; "" if nothing does.
    """
    has_password = select(person.c.password_hash.is_not(None))
    if conn.execute(has_password.where(person.c.id == viewer.person_id)).scalar_one():
        return _wrong(conn, viewer, password, now, note, doing)
    began = select(session.c.created_at).where(session.c.id == viewer.session_id)
    at = conn.execute(began).scalar()
    return "" if at is not None and at > now - FRESH_FOR else TOO_LONG_AGO


def _wrong(
    conn: Connection, viewer: Viewer, password: str, now: datetime, note: Note, doing: str
) -> str:
    """Why the password does not let them do it, a sentence; "" if it does."""
    account = account_of(viewer.name)
    people.lock_account(conn, account)
    tried_here = (failure.c.account == account, failure.c.address == HERE)
    tries = select(failure.c.at).where(*tried_here, failure.c.at > now - COUNTED_FOR)
    until = wait_until(conn.execute(tries).scalars(), FREE_OF_ACCOUNT, now)
    if until > now:
        return f"Too many tries failed: try again in {ceil((until - now).total_seconds())} s."
    mine = select(person.c.password_hash).where(person.c.id == viewer.person_id)
    given = normalised(password)
    if given is None or not passwords.is_right(given, conn.execute(mine).scalar_one()):
        conn.execute(insert(failure).values(account=account, address=HERE, at=now))
        note(f"fail to {doing}")
        return WRONG
    conn.execute(delete(failure).where(*tried_here))
    return ""


def end_others(conn: Connection, viewer: Viewer, note: Note) -> int:
    """Sign the person out of all browsers but the one they look from; say of how many."""
    others = delete(session).where(
        session.c.person_id == viewer.person_id, session.c.id != viewer.session_id
    )
    ended = conn.execute(others).rowcount
    if ended:
        note("sign out elsewhere", viewer.name, detail={"sessions": ended})
    return ended
