"""A person as who is looking: role, groups and customers as they are at this moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Connection, Integer, Select, func, select
from sqlalchemy.dialects.postgresql import JSONB

from cdrstats.accounts import Scope, Viewer
from cdrstats.accounts.permissions import CUSTOMER, granted, hidden
from cdrstats.db.schema import permission_group, person, person_customer, person_group
from cdrstats.options import value_now


def person_looking() -> Select[Any]:
    """What `viewer_from` takes, of people who are not disabled; to be narrowed to one."""
    customers = (
        select(func.array_agg(person_customer.c.customer_id, type_=ARRAY(Integer)))
        .where(person_customer.c.person_id == person.c.id)
        .scalar_subquery()
    )
    group = permission_group.c
    groups = (
        select(func.jsonb_object_agg(group.name, group.permissions, type_=JSONB))
        .join_from(person_group, permission_group)
        .where(person_group.c.person_id == person.c.id)
        .scalar_subquery()
    )
    digits = value_now("digits_masked")
    columns = (person.c.id, person.c.name, person.c.role, customers, groups, digits)
    return select(*columns).where(person.c.disabled_at.is_(None))


def viewer_from(
    row: Sequence[Any], session_id: str = "", unmasked_until: datetime | None = None
) -> Viewer:
    """The viewer of a row of `person_looking`.

    Args:
        unmasked_until: until when the session sees numbers in full; for who may have that.
    """
    id_, name, role, customer_ids, given, digits = row
    permissions = granted(role, given or {})
    user_ids = frozenset(customer_ids or ()) if role == CUSTOMER else None
    until = None
    if "numbers" not in permissions and "unmask" in permissions:
        until = unmasked_until
    seeing = permissions if until is None else permissions | {"numbers"}
    scope = Scope(user_ids, hidden(seeing), 0 if "numbers" in seeing else digits)
    return Viewer(name, permissions, scope, id_, session_id, role, until)


def viewer_of_person(conn: Connection, person_id: int) -> Viewer | None:
    """A person who is not here: what is done on their behalf sees what they would.

    None if they are disabled.
    """
    row = conn.execute(person_looking().where(person.c.id == person_id)).one_or_none()
    return None if row is None else viewer_from(row)
