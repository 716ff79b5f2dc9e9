"""Tokens by which programs are let in as the person who made them, until they are revoked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from cdrstats.accounts import Viewer, refusals
from cdrstats.accounts.audit import Note
from cdrstats.accounts.looking import person_looking, viewer_from
from cdrstats.accounts.people import Person
from cdrstats.accounts.rules import TOUCHED_EVERY, plain
from cdrstats.accounts.tokens import id_of, new_token
from cdrstats.db.schema import api_token, person
from cdrstats.db.schema.base import Instant
from cdrstats.errors import BadRequest

BEGIN = "cdr_"
"""What every token begins with, so that whoever finds one knows what it is."""

LONGEST_NAME = 100
"""Characters."""

_TOKEN = api_token.c


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as it is listed; what the program holds is kept nowhere."""

    id: str
    who: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


def make(
    conn: Connection,
    whose: Person,
    name: str,
    expires_at: datetime | None,
    now: datetime,
    note: Note,
) -> str:
    """A new token of a person; what is returned is what the program shows, and told once.

    Args:
        name: what it is for.
        expires_at: None: it lasts until it is revoked.

    Raises:
        BadRequest: the name is empty or taken, or the end lies in the past.
    """
    wanted = plain(name, LONGEST_NAME + 1).strip()
    if not wanted or len(wanted) > LONGEST_NAME:
        raise BadRequest(f"A token's name has 1 to {LONGEST_NAME} characters.")
    if expires_at is not None and expires_at <= now:
        raise BadRequest("A token ends in the future.")
    if any(each.name == wanted for each in tokens_of(conn, whose.id)):
        raise BadRequest(f"There is already a token {wanted!r} of {whose.name}.")
    token = BEGIN + new_token()
    conn.execute(
        insert(api_token).values(
            id=id_of(token),
            person_id=whose.id,
            name=wanted,
            created_at=now,
            expires_at=expires_at,
        )
    )
    until = None if expires_at is None else expires_at.isoformat()
    note("make token", whose.name, detail={"token": wanted, "expires_at": until})
    return token


def revoke(conn: Connection, whose: Person, name: str, note: Note) -> None:
    """Let a program in no more. Raises BadRequest if there is no such token."""
    gone = delete(api_token).where(_TOKEN.person_id == whose.id, _TOKEN.name == name.strip())
    if not conn.execute(gone).rowcount:
        raise BadRequest(f"There is no token {name!r} of {whose.name}.")
    note("revoke token", whose.name, detail={"token": name.strip()})


def revoke_all(conn: Connection, whose: Person, note: Note) -> int:
    """Let no program of a person in any more; say how many tokens that were."""
    gone = delete(api_token).where(_TOKEN.person_id == whose.id).returning(_TOKEN.name)
    names = sorted(conn.execute(gone).scalars())
    if names:
        note("revoke all tokens", whose.name, detail={"tokens": names})
    return len(names)


def still_good(conn: Connection, person_id: int, now: datetime) -> int:
    """How many tokens of a person have not ended."""
    query = select(func.count()).select_from(api_token).where(_TOKEN.person_id == person_id)
    return int(conn.execute(query.where(_LASTS), {"now": now}).scalar_one())


def tokens_of(conn: Connection, person_id: int | None = None) -> list[ApiToken]:
    """The tokens of a person, or of all, by person and name; also those that have ended."""
    columns = [_TOKEN.id, person.c.name.label("who")]
    columns += [_TOKEN[each] for each in ("name", "created_at", "expires_at", "last_used_at")]
    query = select(*columns).join(person).order_by(person.c.name, _TOKEN.name)
    if person_id is not None:
        query = query.where(_TOKEN.person_id == person_id)
    return [ApiToken(**row._asdict()) for row in conn.execute(query)]


def viewer_of(conn: Connection, token_id: str, now: datetime) -> Viewer | None:
    """Whose token it is, as role, groups and customers are at this moment.

    None if there is no such token, it has ended, or the person is disabled.
    """
    row = conn.execute(_VIEWER, {"token_id": token_id, "now": now}).one_or_none()
    return None if row is None else viewer_from(row)


def tell_refused(conn: Connection, token_id: str, address: str, now: datetime) -> None:
    """Tell the audit of a token that let nobody in, and whose it was, where that is known.

    One that was revoked is as unknown as one that never was: nothing is kept of it.
    """
    columns = [person.c.id, person.c.name, person.c.disabled_at, _TOKEN.name.label("token")]
    found = conn.execute(
        select(*columns).join_from(api_token, person).where(_TOKEN.id == token_id)
    ).one_or_none()
    if found is None:
        refusals.tell(conn, refusals.TOKEN, "not known", address, now)
        return
    refusals.tell(
        *(conn, refusals.TOKEN, "disabled" if found.disabled_at else "ended", address, now),
        who=found.name,
        person_id=found.id,
        more={"token": found.token},
    )


def touch(conn: Connection, token_id: str, now: datetime) -> None:
    """Note that the token is used, if that was not noted in the last minute."""
    seldom = or_(_TOKEN.last_used_at.is_(None), _TOKEN.last_used_at <= now - TOUCHED_EVERY)
    used = update(api_token).where(_TOKEN.id == token_id, seldom)
    conn.execute(used.values(last_used_at=now))


_LASTS = or_(_TOKEN.expires_at.is_(None), _TOKEN.expires_at > bindparam("now", type_=Instant))
_VIEWER = (
    person_looking()
    .join_from(api_token, person)
    .where(_TOKEN.id == bindparam("token_id"), _LASTS)
)
