"""Groups of people, and the permissions that they give beside the role."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Connection, Text, delete, func, insert, select
from sqlalchemy import update as update_of
from sqlalchemy.dialects.postgresql import aggregate_order_by

from cdrstats.accounts import people
from cdrstats.accounts.permissions import PERMISSIONS
from cdrstats.accounts.rules import plain
from cdrstats.db.engine import lock
from cdrstats.db.schema import permission_group, person, person_group
from cdrstats.errors import BadRequest

LONGEST = 100
"""Characters of a name."""


@dataclass(frozen=True, slots=True)
class Group:
    """Permissions under a name, and who has them by it; both sorted.

    Attributes:
        oidc_group: what the provider of sign-ins calls those who belong to it; "" if nobody
            does by that.
    """

    id: int
    name: str
    permissions: tuple[str, ...]
    oidc_group: str
    members: tuple[str, ...]


def list_groups(conn: Connection) -> list[Group]:
    """All groups by name."""
    return _read(conn)


def get(conn: Connection, group_id: int) -> Group:
    """The group of an id. Raises BadRequest if there is none any more."""
    found = _read(conn, permission_group.c.id == group_id)
    if not found:
        raise BadRequest("This group was deleted meanwhile.")
    return found[0]


def add(
    conn: Connection,
    name: str,
    permissions: Iterable[str],
    members: Iterable[str] = (),
    oidc_group: str = "",
) -> Group:
    """A new group.

    Raises:
        BadRequest: the name is taken or makes no sense, or there is no such permission or
            person.
    """
    lock(conn, "people")
    values = _values(conn, None, name, permissions, oidc_group)
    ids = _ids(conn, members)
    made = insert(permission_group).values(values).returning(permission_group.c.id)
    return _put(conn, int(conn.execute(made).scalar_one()), ids)


def change(
    conn: Connection,
    group_id: int,
    name: str,
    permissions: Iterable[str],
    members: Iterable[str],
    oidc_group: str,
) -> Group:
    """Let a group be this; its members have what it gives from now on, and no more.

    Raises:
        BadRequest: like `add`, or the group was deleted.
    """
    lock(conn, "people")
    held = get(conn, group_id)
    values = _values(conn, held, name, permissions, oidc_group)
    ids = _ids(conn, members)
    group = permission_group.c
    conn.execute(update_of(permission_group).where(group.id == group_id).values(values))
    return _put(conn, group_id, ids)


def remove(conn: Connection, group_id: int) -> Group:
    """Delete a group, and say what it was. Its members lose at once what it gave them.

    Raises:
        BadRequest: it was deleted already.
    """
    lock(conn, "people")
    held = get(conn, group_id)
    conn.execute(delete(permission_group).where(permission_group.c.id == group_id))
    return held


def _values(
    conn: Connection,
    held: Group | None,
    name: str,
    permissions: Iterable[str],
    oidc_group: str,
) -> dict[str, Any]:
    """The columns of a group, once they make sense beside all other groups."""
    wanted = _text(name, "A group's name")
    if not wanted:
        raise BadRequest("A group needs a name.")
    other = [each for each in _read(conn) if held is None or each.id != held.id]
    if wanted.lower() in [each.name.lower() for each in other]:
        raise BadRequest(f"There is already a group {wanted!r}.")
    given = sorted(set(permissions))
    if unknown := [each for each in given if each not in PERMISSIONS]:
        raise BadRequest(f"There is no permission {unknown[0]!r}.")
    mapped = _text(oidc_group, "A provider's group")
    return {"name": wanted, "permissions": given, "oidc_group": mapped or None}


def _ids(conn: Connection, members: Iterable[str]) -> list[int]:
    return [people.find(conn, each).id for each in sorted(set(members))]


def _put(conn: Connection, group_id: int, person_ids: Iterable[int]) -> Group:
    """Let just these belong to the group."""
    conn.execute(delete(person_group).where(person_group.c.group_id == group_id))
    rows = [{"group_id": group_id, "person_id": id_} for id_ in person_ids]
    if rows:
        conn.execute(insert(person_group), rows)
    return get(conn, group_id)


def _read(conn: Connection, *where: ColumnElement[bool]) -> list[Group]:
    group, name = permission_group.c, person.c.name
    members = (
        select(func.array_agg(aggregate_order_by(name, func.lower(name)), type_=ARRAY(Text)))
        .join_from(person_group, person)
        .where(person_group.c.group_id == group.id)
        .scalar_subquery()
    )
    rows = conn.execute(
        select(group.id, group.name, group.permissions, group.oidc_group, members)
        .where(*where)
        .order_by(func.lower(group.name))
    )
    return [
        Group(id_, name, tuple(sorted(given)), mapped or "", tuple(found or ()))
        for id_, name, given, mapped, found in rows
    ]


def _text(text: str, what: str) -> str:
    kept = " ".join(text.split())
    if len(kept) > LONGEST:
        raise BadRequest(f"{what} has at most {LONGEST} characters.")
    if not kept.isprintable() or kept != plain(kept, LONGEST):
        raise BadRequest(f"{what} has characters that cannot be shown.")
    return kept
