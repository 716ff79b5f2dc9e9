"""Who may sign in, in which role, for which customers, in which groups."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    delete,
    func,
    select,
    update,
)
from sqlalchemy import insert as insert_into
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert

from cdrstats.accounts import sessions
from cdrstats.accounts.claims import LONGEST as LONGEST_SUBJECT
from cdrstats.accounts.claims import is_subject
from cdrstats.accounts.permissions import ADMINISTRATOR, CUSTOMER, ROLES
from cdrstats.accounts.rules import account_of, checked_name, plain
from cdrstats.addresses import checked
from cdrstats.db.engine import lock
from cdrstats.db.schema import (
    customer,
    permission_group,
    person,
    person_customer,
    person_group,
)
from cdrstats.errors import BadRequest

LONGEST = 200
"""Characters of a full name or a mail address."""

DISABLED = "This account is disabled: ask an administrator."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in, unless disabled; names of customers and groups are sorted.

    Attributes:
        oidc_issuer, oidc_subject: by which a provider of single sign-on knows them; None if
            none does.
    """

    id: int
    name: str
    full_name: str
    email: str
    role: str
    customers: tuple[str, ...]
    groups: tuple[str, ...]
    has_password: bool
    has_totp: bool
    disabled_at: datetime | None
    created_at: datetime
    last_signed_in_at: datetime | None
    oidc_issuer: str | None
    oidc_subject: str | None

    @property
    def state(self) -> str:
        """One of disabled, active, and invited: nobody has signed in by this name yet."""
        if self.disabled_at:
            return "disabled"
        return "active" if self.has_password or self.last_signed_in_at else "invited"


def list_people(conn: Connection) -> list[Person]:
    """Everybody by name, the disabled among them."""
    return _read(conn)


def find(conn: Connection, name: str) -> Person:
    """The person of a login name, in any case. Raises BadRequest if there is none."""
    found = _read(conn, func.lower(person.c.name) == account_of(name))
    if not found:
        raise BadRequest(f"There is no person {name!r}: `user list` names them.")
    return found[0]


def get(conn: Connection, person_id: int) -> Person:
    """The person of an id that is known to be one."""
    (found,) = _read(conn, person.c.id == person_id)
    return found


def is_taken(conn: Connection, name: str) -> bool:
    """Whether somebody has the login name, in any case."""
    return bool(_read(conn, func.lower(person.c.name) == account_of(name)))


def known_by(conn: Connection, issuer: str, subject: str) -> Person | None:
    """Whom a provider knows by the subject; None if that is nobody here."""
    found = _read(conn, person.c.oidc_issuer == issuer, person.c.oidc_subject == subject)
    return found[0] if found else None


def add(
    conn: Connection,
    name: str,
    role: str,
    *,
    full_name: str = "",
    email: str = "",
    customers: Iterable[str] = (),
) -> Person:
    """A new person, who cannot sign in before a link has set a password.

    Raises:
        BadRequest: the name is taken or makes no sense, or the role or a customer does not
            exist.
    """
    values = {
        "name": checked_name(name),
        "full_name": _text(full_name, "A full name"),
        "email": _email(email),
        "role": _role(role),
    }
    statement = insert(person).values(values).on_conflict_do_nothing().returning(person.c.id)
    made = conn.execute(statement).scalar()
    if made is None:
        raise BadRequest(f"There is already a person {values['name']!r}.")
    return set_customers(conn, values["name"], customers)


def disable(conn: Connection, name: str, now: datetime) -> Person:
    """Let a person in no more, and sign them out of all browsers.

    Raises:
        BadRequest: there is no such person, or it is the last administrator.
    """
    found = _held(conn, name)
    _keep_an_administrator(conn, found)
    # Somebody who is signing in at this moment is waited for, and signed out again.
    lock_account(conn, found.name)
    _change(conn, found, disabled_at=found.disabled_at or now)
    sessions.end_all(conn, found.id)
    return get(conn, found.id)


def enable(conn: Connection, name: str) -> Person:
    """Let a person in again. Raises BadRequest if there is none."""
    found = _held(conn, name)
    _change(conn, found, disabled_at=None)
    return get(conn, found.id)


def describe(conn: Connection, name: str, full_name: str, email: str) -> Person:
    """Say anew what others call a person, and where mails go.

    Raises:
        BadRequest: there is no such person, or one of the two makes no sense.
    """
    found = _held(conn, name)
    _change(conn, found, full_name=_text(full_name, "A full name"), email=_email(email))
    return get(conn, found.id)


def know_as(conn: Connection, name: str, issuer: str, subject: str) -> Person:
    """Let a person sign in as the provider's `subject`, and as no other; "": as none.

    Raises:
        BadRequest: there is no such person, or the subject is somebody else's or makes none.
    """
    found, kept = _held(conn, name), subject.strip()
    if kept and not is_subject(kept):
        raise BadRequest(f"A subject has at most {LONGEST_SUBJECT} characters, all visible.")
    other = known_by(conn, issuer, kept) if kept else None
    if other and other.id != found.id:
        raise BadRequest(f"{kept!r} is known as {other.name}: take it from them first.")
    _change(conn, found, oidc_issuer=issuer if kept else None, oidc_subject=kept or None)
    return get(conn, found.id)


def set_role(conn: Connection, name: str, role: str) -> Person:
    """Give a person another role. Whoever is no customer's any more belongs to none.

    Raises:
        BadRequest: there is no such person or role, or it is the last administrator.
    """
    found = _held(conn, name)
    if _role(role) != ADMINISTRATOR:
        _keep_an_administrator(conn, found)
    _change(conn, found, role=role)
    if role != CUSTOMER:
        _put(conn, found, person_customer.c.customer_id, [])
    return get(conn, found.id)


def set_customers(conn: Connection, name: str, customers: Iterable[str]) -> Person:
    """Let a person of role customer see the calls of these customers, and no others.

    Raises:
        BadRequest: there is no such person or customer, or the role sees all calls anyway.
    """
    found, wanted = _held(conn, name), {plain(each.strip(), LONGEST) for each in customers}
    if wanted and found.role != CUSTOMER:
        raise BadRequest(f"Only a person of role {CUSTOMER} belongs to customers.")
    known = _ids(conn, customer, wanted)
    if missing := sorted(wanted - known.keys()):
        raise BadRequest(f"There is no customer {missing[0]!r}: `customer list` names them.")
    _put(conn, found, person_customer.c.customer_id, known.values())
    return get(conn, found.id)


def set_groups(conn: Connection, name: str, groups: Iterable[str]) -> Person:
    """Let a person belong to these groups, and no others.

    Raises:
        BadRequest: there is no such person or group.
    """
    found, wanted = _held(conn, name), {plain(each.strip(), LONGEST) for each in groups}
    known = _ids(conn, permission_group, wanted)
    if missing := sorted(wanted - known.keys()):
        raise BadRequest(f"There is no group {missing[0]!r}.")
    _put(conn, found, person_group.c.group_id, known.values())
    return get(conn, found.id)


def lock_account(conn: Connection, name: str) -> None:
    """Wait for whoever signs in by this name, and keep others waiting until this ends."""
    lock(conn, f"account {account_of(name)}")


def _held(conn: Connection, name: str) -> Person:
    """The person, who is not changed by anybody else until this transaction ends."""
    lock(conn, "people")
    return find(conn, name)


def _keep_an_administrator(conn: Connection, found: Person) -> None:
    """Raise BadRequest if nobody could administer without this person."""
    enabled = select(person.c.id).where(
        person.c.role == ADMINISTRATOR, person.c.disabled_at.is_(None)
    )
    if conn.execute(enabled).scalars().all() == [found.id]:
        raise BadRequest(
            f"{found.name} is the last administrator who may sign in: make another one first."
        )


def _change(conn: Connection, found: Person, **values: Any) -> None:
    conn.execute(update(person).where(person.c.id == found.id).values(values))


def _ids(conn: Connection, named: Table, names: Iterable[str]) -> dict[str, int]:
    """The ids of those names that there are; 0, whom nobody's calls belong to, is none."""
    query = select(named.c.name, named.c.id).where(named.c.name.in_(names), named.c.id != 0)
    return {row.name: row.id for row in conn.execute(query)}


def _put(conn: Connection, found: Person, column: Column[int], ids: Iterable[int]) -> None:
    """Let the person's rows in the table of `column` be those of `ids`."""
    table = column.table
    conn.execute(delete(table).where(table.c.person_id == found.id))
    rows = [{"person_id": found.id, column.name: id_} for id_ in sorted(ids)]
    if rows:
        conn.execute(insert_into(table), rows)


def _read(conn: Connection, *where: ColumnElement[bool]) -> list[Person]:
    p = person.c
    customers = (
        select(_names(customer))
        .join_from(person_customer, customer)
        .where(person_customer.c.person_id == p.id)
        .scalar_subquery()
    )
    groups = (
        select(_names(permission_group))
        .join_from(person_group, permission_group)
        .where(person_group.c.person_id == p.id)
        .scalar_subquery()
    )
    query = select(
        *(p.id, p.name, p.full_name, p.email, p.role),
        customers.label("customers"),
        groups.label("groups"),
        p.password_hash.is_not(None).label("has_password"),
        p.totp_secret.is_not(None).label("has_totp"),
        *(p.disabled_at, p.created_at, p.last_signed_in_at, p.oidc_issuer, p.oidc_subject),
    )
    rows = conn.execute(query.where(*where).order_by(func.lower(p.name))).mappings()
    return [
        Person(
            **{
                **row,
                "customers": tuple(row["customers"] or ()),
                "groups": tuple(row["groups"] or ()),
            }
        )
        for row in rows
    ]


def _names(table: Table) -> ColumnElement[Any]:
    return func.array_agg(aggregate_order_by(table.c.name, table.c.name), type_=ARRAY(Text))


def _role(role: str) -> str:
    if role not in ROLES:
        raise BadRequest(f"There is no role {role!r}; there are {', '.join(ROLES)}.")
    return role


def _email(email: str) -> str:
    kept = _text(email, "A mail address")
    if kept:
        checked(kept)
    return kept


def _text(text: str, what: str) -> str:
    kept = " ".join(text.split())
    if len(kept) > LONGEST:
        raise BadRequest(f"{what} has at most {LONGEST} characters.")
    if not kept.isprintable() or kept != plain(kept, LONGEST):
        raise BadRequest(f"{what} has characters that cannot be shown.")
    return kept
