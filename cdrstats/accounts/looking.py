"""A person as who is looking: role, groups and customers as they are at this moment."""

from typing import Any

from sqlalchemy import ARRAY, Integer, Row, Select, func, select
from sqlalchemy.dialects.postgresql import JSONB

from cdrstats.accounts import Scope, Viewer
from cdrstats.accounts.permissions import CUSTOMER, granted, hidden
from cdrstats.db.schema import permission_group, person, person_customer, person_group


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
    columns = (person.c.id, person.c.name, person.c.role, customers, groups)
    return select(*columns).where(person.c.disabled_at.is_(None))


def viewer_from(row: Row[Any], session_id: str = "") -> Viewer:
    """The viewer of a row of `person_looking`."""
    id_, name, role, customer_ids, given = tuple(row)
    permissions = granted(role, given or {})
    user_ids = frozenset(customer_ids or ()) if role == CUSTOMER else None
    scope = Scope(user_ids, hidden(permissions))
    return Viewer(name, permissions, scope, id_, session_id, role)
