"""Who is to be told: people who may sign in, by their ids."""

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from cdrstats.accounts import Viewer
from cdrstats.accounts.looking import person_looking, viewer_from
from cdrstats.accounts.permissions import ADMINISTRATOR
from cdrstats.accounts.rules import account_of
from cdrstats.db.schema import person


def administrators(conn: Connection) -> list[int]:
    """All administrators."""
    query = select(person.c.id).where(person.c.role == ADMINISTRATOR)
    return list(conn.execute(query.where(person.c.disabled_at.is_(None))).scalars())


def owner(conn: Connection, person_id: int | None) -> list[int]:
    """Whose something is; of the operator's, who is nobody that signs in, administrators."""
    return administrators(conn) if person_id is None else [person_id]


def named(conn: Connection, name: str) -> list[int]:
    """The person of a login name, in any case; nobody if there is none."""
    query = select(person.c.id).where(func.lower(person.c.name) == account_of(name))
    return list(conn.execute(query).scalars())


def who_may(conn: Connection, permission: str, customer_id: int) -> list[int]:
    """Those who have a permission, and see the calls of a customer; 0: nobody's calls."""
    people = map(viewer_from, conn.execute(person_looking()))
    return [
        each.person_id for each in people if each.may(permission) and _sees(each, customer_id)
    ]


def addressed(conn: Connection, addresses: Collection[str], customer_id: int) -> list[int]:
    """Those whose mail address is among these, and who see the calls of a customer."""
    theirs = func.lower(person.c.email).in_([each.lower() for each in addresses])
    people = map(viewer_from, conn.execute(person_looking().where(theirs)))
    return [each.person_id for each in people if _sees(each, customer_id)]


def _sees(viewer: Viewer, customer_id: int) -> bool:
    user_ids = viewer.scope.user_ids
    return user_ids is None or customer_id in user_ids
