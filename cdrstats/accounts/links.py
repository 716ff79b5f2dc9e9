"""Links that let a person set a password, once: invitations, resets, and the very first one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from cdrstats.accounts import audit, passwords, people, refusals, sessions
from cdrstats.accounts.permissions import ADMINISTRATOR
from cdrstats.accounts.rules import LINK_LASTS, account_of, checked_password
from cdrstats.accounts.tokens import id_of, new_token
from cdrstats.db.engine import lock
from cdrstats.db.schema import one_time_link, person, sign_in_failure
from cdrstats.errors import BadRequest

FIRST_NAME = "admin"
"""The login name of the first administrator, where nobody was added by hand."""

UNKNOWN = "This link is not known, or a newer one has taken its place: ask for a new one."
USED = "This link has been used: sign in, or ask for a new one."


class LinkRefused(BadRequest):
    """A link that sets no password: a sentence, and for the audit a word, and whose it is."""

    def __init__(self, sentence: str, wrong: str, of: Row[Any] | None = None) -> None:
        super().__init__(sentence)
        self.wrong = wrong
        self.name = of.name if of else refusals.NOBODY
        self.person_id = of.person_id if of else None


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was made: the secret part of its address, and until when it is good."""

    token: str
    expires_at: datetime
    kind: str  # invite or reset


def make(conn: Connection, person_id: int, kind: str, now: datetime) -> Link:
    """A link for the person, in the place of those not used yet.

    Args:
        kind: invite or reset, which decides how long it is good.
    """
    conn.execute(
        delete(one_time_link).where(
            one_time_link.c.person_id == person_id, one_time_link.c.used_at.is_(None)
        )
    )
    link = Link(new_token(), now + LINK_LASTS[kind], kind)
    conn.execute(
        insert(one_time_link).values(
            id=id_of(link.token),
            person_id=person_id,
            kind=kind,
            created_at=now,
            expires_at=link.expires_at,
        )
    )
    return link


def first_administrator(conn: Connection, now: datetime) -> Link | None:
    """A link for the first administrator, who is made if there is none.

    Each one takes the place of the last. None as soon as another administrator was added, or
    the first one has let themselves in; or where somebody else has the name.
    """
    lock(conn, "people")
    everybody = people.list_people(conn)
    administrators = [each for each in everybody if each.role == ADMINISTRATOR]
    taken = any(account_of(each.name) == FIRST_NAME for each in everybody)
    if not administrators and not taken:
        administrators = [people.add(conn, FIRST_NAME, ADMINISTRATOR)]
    if [each.name for each in administrators] != [FIRST_NAME]:
        return None
    (first,) = administrators
    if first.has_password or first.last_signed_in_at:
        return None
    return make(conn, first.id, "invite", now)


def name_of(conn: Connection, token: str, now: datetime) -> str:
    """Whose password the link would set; looking does not use it.

    Raises:
        LinkRefused: it would set nobody's; the sentence says why.
    """
    return str(_good(conn, token, now).name)


def use(conn: Connection, token: str, password: str, address: str, now: datetime) -> str:
    """Set the password of whom the link is for, sign them out everywhere, and name them.

    What others tried at the account does not keep them waiting any more. Nobody is signed in.

    Raises:
        LinkRefused: the link is no good.
        BadRequest: the password is not; then the link stays good.
    """
    name = name_of(conn, token, now)
    hash_ = passwords.hashed(checked_password(password, name))
    people.lock_account(conn, name)
    row = _good(conn, token, now)  # anew: it may have been used while this waited
    conn.execute(update(one_time_link).where(one_time_link.c.id == row.id).values(used_at=now))
    conn.execute(update(person).where(person.c.id == row.person_id).values(password_hash=hash_))
    sessions.end_all(conn, row.person_id)
    conn.execute(delete(sign_in_failure).where(sign_in_failure.c.account == account_of(name)))
    audit.note(
        *(conn, name, "set password", name),
        person_id=row.person_id,
        address=address,
        detail={"link": row.kind},
    )
    return name


def _good(conn: Connection, token: str, now: datetime) -> Row[Any]:
    """The link and its person; LinkRefused if it is not good any more."""
    link = one_time_link.c
    row = conn.execute(
        select(link.id, link.person_id, link.kind, link.expires_at, link.used_at)
        .add_columns(person.c.name, person.c.disabled_at)
        .join_from(one_time_link, person)
        .where(link.id == id_of(token))
    ).one_or_none()
    if row is None:
        raise LinkRefused(UNKNOWN, "not known")
    if row.used_at is not None:
        raise LinkRefused(USED, "used", row)
    if row.expires_at <= now:
        until = f"{row.expires_at:%Y-%m-%d %H:%M} UTC"
        raise LinkRefused(f"This link was good until {until}: ask for a new one.", "ended", row)
    if row.disabled_at is not None:
        raise LinkRefused(people.DISABLED, "disabled", row)
    return row


def tell_refused(conn: Connection, refused: LinkRefused, address: str, now: datetime) -> None:
    """Tell the audit of a link that was no good; whoever opened it need not be its person."""
    refusals.tell(
        *(conn, refusals.LINK, refused.wrong, address, now),
        who=refused.name,
        person_id=refused.person_id,
    )
