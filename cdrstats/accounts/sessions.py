"""Sessions are rows, looked up at each request: what a person may do changes at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    not_,
    select,
    update,
)

from cdrstats.accounts import Viewer
from cdrstats.accounts.looking import person_looking, viewer_from
from cdrstats.accounts.rules import COUNTED_FOR, LASTS, TOUCHED_EVERY, plain
from cdrstats.accounts.tokens import id_of, new_token
from cdrstats.db.schema import person, session, sign_in_failure
from cdrstats.db.schema.base import Instant
from cdrstats.options import value_now

LONGEST = 200
"""Characters of an address, or of what a browser calls itself."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which a person is signed in; `id` is not what the browser holds."""

    id: str
    how: str
    address: str
    agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def open_session(
    conn: Connection, person_id: int, how: str, address: str, agent: str, now: datetime
) -> str:
    """Sign a person in; the token goes into the browser's cookie and is kept nowhere else.

    Args:
        how: they showed who they are: password, oidc, link.
    """
    token = new_token()
    conn.execute(
        insert(session).values(
            id=id_of(token),
            person_id=person_id,
            how=how,
            address=plain(address, LONGEST),
            agent=plain(agent, LONGEST),
            created_at=now,
            last_seen_at=now,
            expires_at=now + LASTS,
        )
    )
    conn.execute(update(person).where(person.c.id == person_id).values(last_signed_in_at=now))
    return token


def viewer_of(conn: Connection, session_id: str, now: datetime) -> Viewer | None:
    """Who is signed in by the session, as role, groups and customers are at this moment.

    None if there is no such session, if it has ended, or if the person is disabled.
    """
    row = conn.execute(_VIEWER, {"session_id": session_id, "now": now}).one_or_none()
    if row is None:
        return None
    *of_person, unmasked_until = row
    shown = unmasked_until is not None and unmasked_until > now
    return viewer_from(of_person, session_id, unmasked_until if shown else None)


def touch(conn: Connection, session_id: str, now: datetime) -> None:
    """Note that the session is used, if that was not noted in the last minute."""
    conn.execute(
        update(session)
        .where(session.c.id == session_id, _is_open(now))
        .where(session.c.last_seen_at <= now - TOUCHED_EVERY)
        .values(last_seen_at=now)
    )


def end(conn: Connection, session_id: str) -> None:
    """Sign out of one browser."""
    conn.execute(delete(session).where(session.c.id == session_id))


def end_all(conn: Connection, person_id: int) -> None:
    """Sign a person out of all browsers."""
    conn.execute(delete(session).where(session.c.person_id == person_id))


def sessions_of(conn: Connection, person_id: int, now: datetime) -> list[Session]:
    """Where a person is signed in, the last used first."""
    columns = [session.c[name] for name in Session.__dataclass_fields__]
    rows = conn.execute(
        select(*columns)
        .where(session.c.person_id == person_id, _is_open(now))
        .order_by(session.c.last_seen_at.desc(), session.c.id)
    )
    return [Session(**row._asdict()) for row in rows]


def open_of_each(conn: Connection, now: datetime) -> dict[int, int]:
    """In how many browsers each person is signed in, by id; those in none are left out."""
    each = session.c.person_id
    query = select(each, func.count().label("browsers")).where(_is_open(now)).group_by(each)
    return {row.person_id: row.browsers for row in conn.execute(query)}


def address_of(conn: Connection, session_id: str) -> str:
    """Where the browser was when it signed in; "" if that is not known."""
    query = select(session.c.address).where(session.c.id == session_id)
    return conn.execute(query).scalar() or ""


def sweep(conn: Connection, now: datetime) -> int:
    """Delete the sessions that have ended, and failures that count no more; say how many."""
    ended = conn.execute(delete(session).where(not_(_is_open(now)))).rowcount
    old = delete(sign_in_failure).where(sign_in_failure.c.at <= now - COUNTED_FOR)
    return ended + conn.execute(old).rowcount


def _is_open(now: Any) -> ColumnElement[bool]:
    idle = func.make_interval(0, 0, 0, 0, value_now("session_idle_hours"))
    return and_(session.c.expires_at > now, session.c.last_seen_at + idle > now)


_VIEWER = (
    person_looking()
    .add_columns(session.c.unmasked_until)
    .join_from(session, person)
    .where(session.c.id == bindparam("session_id"))
    .where(_is_open(bindparam("now", type_=Instant)))
)
"""Put together once: that takes longer than to run it, and it runs at each request."""
