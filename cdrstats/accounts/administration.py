"""What administrators do to people and groups: each with its line of the audit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cdrstats.accounts import api_tokens, groups, links, people, sessions, totp
from cdrstats.accounts.audit import Changes, Note, differences
from cdrstats.accounts.groups import Group
from cdrstats.accounts.links import Link
from cdrstats.accounts.people import Person
from cdrstats.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Facts:
    """What an administrator says of a person."""

    role: str
    full_name: str = ""
    email: str = ""
    customers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def facts_of(found: Person) -> Facts:
    """What is known of a person."""
    return Facts(found.role, found.full_name, found.email, found.customers, found.groups)


def add(
    conn: Connection, name: str, facts: Facts, now: datetime, note: Note
) -> tuple[Person, Link]:
    """A new person, and the link by which they set a password. Raises BadRequest."""
    added = people.add(
        *(conn, name, facts.role),
        full_name=facts.full_name,
        email=facts.email,
        customers=facts.customers,
    )
    detail: dict[str, Any] = {"role": added.role, "customers": list(added.customers)}
    if facts.groups:
        added = people.set_groups(conn, added.name, facts.groups)
        detail["groups"] = list(added.groups)
    note("add person", added.name, detail=detail)
    return added, links.make(conn, added.id, "invite", now)


def change(conn: Connection, name: str, facts: Facts, note: Note) -> Person:
    """Let `facts` be what is known of a person; what stays as it was leaves no line.

    Raises:
        BadRequest: as `people` says, such as that it is the last administrator.
    """
    before = people.find(conn, name)
    people.set_role(conn, name, facts.role)
    people.set_customers(conn, name, facts.customers)
    people.set_groups(conn, name, facts.groups)
    after = people.describe(conn, name, facts.full_name, facts.email)
    fields = Facts.__dataclass_fields__
    if changed := _changed(before, after, fields):
        note("change person", after.name, detail=changed)
    return after


def disable(conn: Connection, name: str, now: datetime, note: Note) -> Person:
    """Let a person in no more. Raises BadRequest."""
    found = people.disable(conn, name, now)
    note("disable person", found.name)
    return found


def enable(conn: Connection, name: str, note: Note) -> Person:
    """Let a person in again. Raises BadRequest."""
    found = people.enable(conn, name)
    note("enable person", found.name)
    return found


def make_reset_link(
    conn: Connection, name: str, now: datetime, note: Note
) -> tuple[Person, Link]:
    """A link by which a person sets a new password. Raises BadRequest."""
    found = people.find(conn, name)
    note("make reset link", found.name)
    return found, links.make(conn, found.id, "reset", now)


def sign_out(conn: Connection, name: str, note: Note, *, revoke: bool = False) -> Person:
    """Sign a person out of all browsers, and `revoke` all tokens besides. Raises BadRequest."""
    found = people.find(conn, name)
    sessions.end_all(conn, found.id)
    note("sign person out", found.name)
    if revoke:
        api_tokens.revoke_all(conn, found, note)
    return found


def remove_codes(conn: Connection, name: str, note: Note) -> Person:
    """Let a person sign in without the codes of a telephone. Raises BadRequest."""
    found = people.find(conn, name)
    if not found.has_totp:
        raise BadRequest(f"{found.name} is asked for no codes.")
    totp.remove(conn, found.id)
    note("remove two-factor", found.name)
    return people.get(conn, found.id)


def know_as(conn: Connection, name: str, issuer: str, subject: str, note: Note) -> Person:
    """Let a person sign in as a provider's subject, "" for none. Raises BadRequest."""
    before = people.find(conn, name)
    after = people.know_as(conn, name, issuer, subject)
    if changed := _changed(before, after, ("oidc_issuer", "oidc_subject")):
        note("link person", after.name, detail=changed)
    return after


def add_group(
    conn: Connection,
    name: str,
    permissions: Iterable[str],
    members: Iterable[str],
    oidc_group: str,
    note: Note,
) -> Group:
    """A new group. Raises BadRequest."""
    added = groups.add(conn, name, permissions, members, oidc_group)
    note("add group", added.name, detail=_of_group(added))
    return added


def change_group(
    conn: Connection,
    group_id: int,
    name: str,
    permissions: Iterable[str],
    members: Iterable[str],
    oidc_group: str,
    note: Note,
) -> Group:
    """Let a group be this; nothing changed leaves no line. Raises BadRequest."""
    before = groups.get(conn, group_id)
    after = groups.change(conn, group_id, name, permissions, members, oidc_group)
    if changed := _changed(before, after, ("name", *_of_group(after))):
        note("change group", after.name, detail=changed)
    return after


def remove_group(conn: Connection, group_id: int, note: Note) -> Group:
    """Delete a group. Raises BadRequest."""
    gone = groups.remove(conn, group_id)
    note("delete group", gone.name, detail=_of_group(gone))
    return gone


def _of_group(group: Group) -> dict[str, Any]:
    return {
        "permissions": list(group.permissions),
        "members": list(group.members),
        "oidc_group": group.oidc_group,
    }


def _changed(before: object, after: object, fields: Iterable[str]) -> Changes:
    was, now = ({each: _plain(getattr(of, each)) for each in fields} for of in (before, after))
    return differences(was, now)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
