"""People for tests, who can sign in by PASSWORD."""

from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Connection, insert, update

from cdrstats.accounts import EVERYONE, Viewer, passwords, people, sessions
from cdrstats.accounts.people import Person
from cdrstats.accounts.permissions import ADMINISTRATOR, PERMISSIONS
from cdrstats.db.schema import customer, permission_group, person, person_customer

LOCAL_VIEWER = Viewer("local", frozenset(PERMISSIONS), EVERYONE, role=ADMINISTRATOR)
"""Somebody who may do everything, and has no session."""

PASSWORD = "correct horse battery"


@cache
def kept() -> str:
    """PASSWORD as the database keeps it; hashing is slow on purpose."""
    return passwords.hashed(PASSWORD)


def add_person(
    conn: Connection, name: str, role: str = "analyst", customers: tuple[str, ...] = ()
) -> Person:
    """Somebody who has set a password."""
    made = people.add(conn, name, role, customers=customers)
    conn.execute(update(person).where(person.c.id == made.id).values(password_hash=kept()))
    return people.get(conn, made.id)


def add_customer(conn: Connection, name: str) -> int:
    made = insert(customer).values(name=name).returning(customer.c.id)
    return int(conn.execute(made).scalar_one())


def add_group(conn: Connection, name: str, *permissions: str) -> None:
    conn.execute(insert(permission_group).values(name=name, permissions=list(permissions)))


def signed_in_as(conn: Connection, name: str, role: str, *customer_ids: int) -> str:
    """The token in the browser of somebody new, who has just signed in."""
    made = insert(person).values(name=name, role=role).returning(person.c.id)
    id_ = int(conn.execute(made).scalar_one())
    for customer_id in customer_ids:
        given = {"person_id": id_, "customer_id": customer_id}
        conn.execute(insert(person_customer).values(given))
    return sessions.open_session(conn, id_, "password", "", "", datetime.now(UTC))
