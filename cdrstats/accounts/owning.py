"""What is read for its owner, who is away: whose calls it may see, and whom it may mail."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, or_, select, true

from cdrstats.accounts import EVERYONE, Scope, Viewer
from cdrstats.accounts.permissions import ADMINISTRATOR
from cdrstats.db.schema import person
from cdrstats.errors import BadRequest


def owns(viewer: Viewer, person_id: int | None) -> bool:
    """Whether it is the viewer's; the operator's, of person None, is administrators'."""
    if person_id is None:
        return viewer.role == ADMINISTRATOR
    return person_id == viewer.person_id


def own(person_id: ColumnElement[int | None], viewer: Viewer | None) -> ColumnElement[bool]:
    """The rows that `owns` holds of; all of them for the operator, who is no viewer.

    Args:
        person_id: the column that tells whose a row is.
    """
    if viewer is None:
        return true()
    theirs = person_id == viewer.person_id
    return or_(theirs, person_id.is_(None)) if viewer.role == ADMINISTRATOR else theirs


def scope_of(
    owner: Viewer | None, person_id: int | None, user_ids: Sequence[int] | None
) -> Scope:
    """Whose calls it sees, and what of them: those that it was made for, no others.

    Args:
        owner: who that is today; None: whoever may not sign in.
        person_id: whose it is; None: the operator's, who sees everything.
        user_ids: the customers that it was made for; None: all.

    Raises:
        BadRequest: its owner may not sign in any more, or does not see all of these any more.
    """
    if person_id is None:
        return EVERYONE
    if owner is None:
        raise BadRequest("Its owner's account is disabled.")
    theirs = owner.scope.user_ids
    if user_ids is None:
        if theirs is not None:
            raise BadRequest("Its owner does not see everyone's calls any more.")
        return owner.scope
    made_for = frozenset(user_ids)
    if theirs is not None and not made_for <= theirs:
        raise BadRequest("Its owner does not see the calls of all its customers any more.")
    return replace(owner.scope, user_ids=made_for)


def stranger(
    conn: Connection,
    person_id: int | None,
    user_ids: Collection[int] | None,
    addresses: Iterable[str],
) -> str | None:
    """The first address that it may not mail, since it sees customers' calls alone.

    Mails would carry what they see to anybody: it mails the owner's own address, no other.

    Args:
        person_id: whose it is.
        user_ids: whose calls it sees; None: all.
    """
    if user_ids is None:
        return None
    own = _address_of(conn, person_id).lower()
    return next((each for each in addresses if each.lower() != own), None)


def addressees(
    conn: Connection,
    person_id: int | None,
    user_ids: Collection[int] | None,
    addresses: Sequence[str],
) -> list[str]:
    """Who is mailed: as it says; the owner alone, as their address is today, if it sees
    customers' calls alone.
    """
    if user_ids is None or not addresses:
        return list(addresses)
    own = _address_of(conn, person_id)
    return [own] if own else []


def _address_of(conn: Connection, person_id: int | None) -> str:
    """The address of a person as it is today; '' if there is none."""
    mine = select(person.c.email).where(person.c.id == person_id)
    return str(conn.execute(mine).scalar() or "")
