"""What people change of their own account."""

from datetime import datetime
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

WRONG = "The present password is not right."


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
    people.lock_account(conn, viewer.name)
    tries = select(failure.c.at).where(
        failure.c.account == account_of(viewer.name),
        failure.c.address == HERE,
        failure.c.at > now - COUNTED_FOR,
    )
    until = wait_until(conn.execute(tries).scalars(), FREE_OF_ACCOUNT, now)
    if until > now:
        return f"Too many tries failed: try again in {ceil((until - now).total_seconds())} s."
    mine = select(person.c.password_hash).where(person.c.id == viewer.person_id)
    given = normalised(old)
    if given is None or not passwords.is_right(given, conn.execute(mine).scalar_one()):
        failed = {"account": account_of(viewer.name), "address": HERE, "at": now}
        conn.execute(insert(failure).values(failed))
        note("fail to set password")
        return WRONG
    own = update(person).where(person.c.id == viewer.person_id)
    conn.execute(own.values(password_hash=passwords.hashed(kept)))
    note("set password", viewer.name)
    end_others(conn, viewer, note)
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
