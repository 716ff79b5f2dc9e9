"""The table `digest`: who is mailed what; add, change, list, remove, pause."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from cdrstats import channels
from cdrstats.accounts import EVERYONE, Scope, Viewer, owning
from cdrstats.addresses import listed
from cdrstats.alarms import zone_named
from cdrstats.choices import names
from cdrstats.db.schema import customer, person
from cdrstats.db.schema import digest as kept
from cdrstats.digests.contents import calls_of
from cdrstats.digests.language import ENGLISH, nearest
from cdrstats.digests.rules import Digest, check
from cdrstats.errors import BadRequest, NotFound
from cdrstats.saved import normalised
from cdrstats.saved.queries import checked_page

MOST_DIGESTS = 200
"""Of one owner."""

MOST_TOLD = 50
"""Addresses."""

OPERATOR = None
"""Owns what the command line adds for nobody, and sees everyone's calls; administrators have
that on their page."""

PERMISSION = "digests"
TIMES = frozenset({"period", "from", "to", "zone", "asof"})
"""Of a view's address a digest keeps all else: when, is its own affair."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of `digest` as it is, also where it makes no sense (any more)."""

    id: int
    person_id: int | None
    user_ids: list[int] | None
    mail_to: list[str]
    name: str
    page: str
    query: str
    timezone: str
    every: Any
    at: time
    cron: str
    parts: list[str]
    files: list[str]
    only_if_changed: bool
    quiet_from: time | None
    quiet_until: time | None
    language: str
    active: bool
    created_at: datetime
    since: datetime
    sent_until: datetime | None
    trouble: str | None

    @property
    def digest(self) -> Digest:
        """What it says. Raises BadRequest where there is no such zone."""
        said = {name: getattr(self, name) for name in _AS_IT_IS}
        lists = {"parts": tuple(self.parts), "files": tuple(self.files)}
        return Digest(zone=zone_named(self.timezone), **(said | lists))


COLUMNS = [kept.c[name] for name in Stored.__dataclass_fields__]
_AS_IT_IS = tuple(name for name in Digest.__dataclass_fields__ if name != "zone")


def add(
    conn: Connection, owner: Viewer | None, digest: Digest, mail_to: str, now: datetime
) -> Stored:
    """Keep a digest, which is sent from `now` on: what was due before is not made up.

    Args:
        owner: whose it is, and whose eyes it has; OPERATOR: it sees everything.
        mail_to: addresses, by commas; a customer's digest goes to the customer alone.

    Raises:
        BadRequest: it makes no sense, or its owner has one of that name, or too many; or an
            address is none, or may not get it.
    """
    scope = EVERYONE if owner is None else owner.scope
    said = _said(conn, owner, scope, digest, mail_to)
    person_id = None if owner is None else owner.person_id
    mine = select(func.count()).where(kept.c.person_id.is_not_distinct_from(person_id))
    if conn.execute(mine).scalar_one() >= MOST_DIGESTS:
        raise BadRequest(f"There are {MOST_DIGESTS} digests of this owner: remove some first.")
    values = {
        "person_id": person_id,
        "user_ids": None if scope.user_ids is None else sorted(scope.user_ids),
        "since": now,
    }
    return _put(conn, insert(kept).values(said | values), digest.name)


def change(
    conn: Connection, digest_id: int, owner: Viewer | None, digest: Digest, mail_to: str
) -> Stored:
    """Let a digest of `owner` say something else; no period is told of again.

    Raises:
        NotFound, BadRequest: as with `add`.
    """
    before = find(conn, digest_id, owner)
    eyes = OPERATOR if before.person_id is None else owner
    scope = EVERYONE if eyes is None else scope_of(eyes, before)
    said = _said(conn, eyes, scope, digest, mail_to) | {"trouble": None}
    mine = update(kept).where(_own(owner), kept.c.id == digest_id)
    return _put(conn, mine.values(said), digest.name, digest_id)


def list_digests(conn: Connection, viewer: Viewer | None = OPERATOR) -> list[Stored]:
    """All digests, or those of a viewer, of an administrator the operator's too; by id."""
    query = select(*COLUMNS).where(_own(viewer)).order_by(kept.c.id)
    return [Stored(**row._asdict()) for row in conn.execute(query)]


def find(conn: Connection, digest_id: int, viewer: Viewer | None = OPERATOR) -> Stored:
    """The digest of an id. Raises NotFound."""
    query = select(*COLUMNS).where(_own(viewer), kept.c.id == digest_id)
    return _stored(conn.execute(query), digest_id)


def remove(conn: Connection, digest_id: int, viewer: Viewer | None = OPERATOR) -> Stored:
    """Forget a digest. Raises NotFound."""
    gone = delete(kept).where(_own(viewer), kept.c.id == digest_id)
    return _stored(conn.execute(gone.returning(*COLUMNS)), digest_id)


def pause(conn: Connection, digest_id: int, viewer: Viewer | None = OPERATOR) -> Stored:
    """Send nothing until it is resumed."""
    return _changed(conn, digest_id, viewer, active=False)


def resume(
    conn: Connection, digest_id: int, now: datetime, viewer: Viewer | None = OPERATOR
) -> Stored:
    """Send it again from `now` on; what was due during the pause is left out."""
    return _changed(conn, digest_id, viewer, active=True, since=now)


def leave(conn: Connection, digest_id: int, address: str) -> str | None:
    """Take an address out of a digest; its name, or None if that was done, or it is gone.

    One that nobody gets any more is paused.
    """
    query = select(*COLUMNS).where(kept.c.id == digest_id).with_for_update()
    row = conn.execute(query).one_or_none()
    if row is None or not row.mail_to:
        return None
    # A customer's goes to the customer, whatever the address is by now.
    left = [each for each in row.mail_to if each != address and row.user_ids is None]
    if left == row.mail_to:
        return None
    _changed(conn, digest_id, OPERATOR, mail_to=left, active=row.active and bool(left))
    return str(row.name)


def usual_language(conn: Connection, scope: Scope) -> str:
    """What a new digest is written in: the language of the customers that it tells of.

    English for who sees everyone, or customers of several languages.
    """
    if scope.user_ids is None:
        return ENGLISH
    tags = select(customer.c.language).where(customer.c.id.in_(scope.user_ids))
    found = {nearest(tag) for tag in conn.execute(tags).scalars()}
    return found.pop() if len(found) == 1 else ENGLISH


def without_times(query: str) -> str:
    """What a digest keeps of a view's address, of what stands behind the ?."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode([pair for pair in pairs if pair[0] not in TIMES])


def name_of_owner(conn: Connection, stored: Stored) -> str:
    """Whose a digest is, as those who get it are told; "": the operator's."""
    query = select(person.c.name).where(person.c.id == stored.person_id)
    return conn.execute(query).scalar() or ""


def scope_of(owner: Viewer | None, stored: Stored) -> Scope:
    """Whose calls a digest tells of, and what of them: those that it was made for, no others.

    Raises:
        BadRequest: its owner may not sign in any more, may have no digests any more, or does
            not see all of these calls any more.
    """
    if owner is not None and not owner.may(PERMISSION):
        raise BadRequest("Its owner may not have digests any more.")
    return owning.scope_of(owner, stored.person_id, stored.user_ids)


def _said(
    conn: Connection, owner: Viewer | None, scope: Scope, digest: Digest, mail_to: str
) -> dict[str, Any]:
    """The columns that say what is mailed to whom. Raises BadRequest."""
    query = without_times(normalised(digest.query))
    said = replace(digest, page=checked_page(digest.page), query=query)
    check(said)
    calls_of(conn, scope, said, names(conn, scope))
    if said.files and owner is not None and not owner.may("export"):
        raise BadRequest("You may not take calls out as files, and so not by mail either.")
    lists = {"parts": list(said.parts), "files": list(said.files)}
    columns = {name: getattr(said, name) for name in _AS_IT_IS} | lists
    told = {"timezone": said.zone.key, "mail_to": _told(conn, owner, mail_to)}
    return columns | told


def _told(conn: Connection, owner: Viewer | None, mail_to: str) -> list[str]:
    """The addresses that a digest goes to, each once.

    Raises:
        BadRequest: one is none, or is not the customer's own: mails would carry what they see
            to anybody.
    """
    found, junk = listed(mail_to)
    if junk:
        raise BadRequest("\n".join(junk[:MOST_TOLD]))
    if not found:
        raise BadRequest("Say who gets it: an address, or several by commas.")
    if len(found) > MOST_TOLD:
        raise BadRequest(f"A digest goes to {MOST_TOLD} addresses at most.")
    if owner and (other := owning.stranger(conn, owner.person_id, owner.scope.user_ids, found)):
        raise BadRequest(f"Your digests go to you alone, and not to {other!r}.")
    channels.known(conn, found)
    return found


def _put(conn: Connection, statement: Any, name: str, digest_id: int = 0) -> Stored:
    try:
        with conn.begin_nested():
            return _stored(conn.execute(statement.returning(*COLUMNS)), digest_id)
    except IntegrityError:
        raise BadRequest(f"There is a digest called {name!r} already.") from None


def _own(viewer: Viewer | None) -> ColumnElement[bool]:
    return owning.own(kept.c.person_id, viewer)


def _changed(
    conn: Connection, digest_id: int, viewer: Viewer | None, **values: object
) -> Stored:
    changing = update(kept).where(_own(viewer), kept.c.id == digest_id)
    return _stored(conn.execute(changing.values(**values).returning(*COLUMNS)), digest_id)


def _stored(found: Any, digest_id: int = 0) -> Stored:
    rows: Sequence[Any] = found.all()
    if not rows:
        raise NotFound(f"There is no digest {digest_id}: `digest list` shows them.")
    return Stored(**rows[0]._asdict())
