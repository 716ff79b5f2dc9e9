"""Reads and writes of `customer`."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    delete,
    exists,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from cdrstats.accounts import Scope
from cdrstats.customers.rules import (
    LONGEST_ADDRESS,
    NumberRange,
    checked_currency,
    checked_language,
    checked_length,
    checked_text,
)
from cdrstats.db.engine import lock
from cdrstats.db.schema import (
    account_code,
    carrier,
    customer,
    customer_number,
    customer_trunk,
    note,
    voip_cdr,
)
from cdrstats.errors import BadRequest
from cdrstats.switches.rules import checked_timezone

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Customer:
    """Who owns calls, by the account codes, numbers and trunks in them."""

    id: int
    name: str
    account_codes: tuple[str, ...] = ()
    numbers: tuple[NumberRange, ...] = ()
    trunks: tuple[str, ...] = ()
    """The names of carriers."""
    address: str = ""
    tax_id: str = ""
    currency: str = ""
    """ISO 4217; '': the installation's."""
    timezone: str = ""
    """IANA name; '': the installation's."""
    language: str = ""
    """BCP 47; '': the default."""


def list_customers(conn: Connection, scope: Scope) -> list[Customer]:
    """The customers of the scope by name, without 0, whom nobody's calls belong to."""
    return _read(conn, scope.covers(customer.c.id) & (customer.c.id != 0))


def find(conn: Connection, name: str) -> Customer:
    """The customer of that name; `Unassigned` is 0. Raises BadRequest if there is none."""
    found = _read(conn, customer.c.name == name.strip())
    if not found:
        raise BadRequest(f"There is no customer {name!r}: `customer list` names them.")
    return found[0]


def add(
    conn: Connection,
    name: str,
    *,
    address: str = "",
    tax_id: str = "",
    currency: str = "",
    timezone: str = "",
    language: str = "",
) -> Customer:
    """A new customer who owns nothing; the fields are those of Customer.

    Raises BadRequest if the name is taken, or a value is wrong.
    """
    wanted = checked_text(name, "A customer's name")
    given = {
        "address": address,
        "tax_id": tax_id,
        "currency": currency,
        "timezone": timezone,
        "language": language,
    }
    made = conn.execute(
        insert(customer)
        .values(name=wanted, **_checked(given))
        .on_conflict_do_nothing()
        .returning(customer.c.id)
    ).scalar()
    if made is None:
        raise BadRequest(f"There is already a customer {wanted!r}.")
    return find(conn, wanted)


def change(
    conn: Connection,
    name: str,
    *,
    new_name: str | None = None,
    address: str | None = None,
    tax_id: str | None = None,
    currency: str | None = None,
    timezone: str | None = None,
    language: str | None = None,
) -> Customer:
    """Set what is given, keep what is None.

    Raises BadRequest if there is no such customer, the new name is taken, or a value is wrong.
    """
    old = _real(find(conn, name))
    given = {
        "address": address,
        "tax_id": tax_id,
        "currency": currency,
        "timezone": timezone,
        "language": language,
    }
    wanted = old.name if new_name is None else checked_text(new_name, "A customer's name")
    if wanted != old.name and _read(conn, customer.c.name == wanted):
        raise BadRequest(f"There is already a customer {wanted!r}.")
    changed = update(customer).where(customer.c.id == old.id)
    conn.execute(changed.values(name=wanted, **_checked(given)))
    return find(conn, wanted)


def remove(conn: Connection, name: str) -> None:
    """Delete a customer who has no calls, with all it owns and what was noted of it.

    Raises BadRequest if there is no such customer, or it has calls: they keep their owner.
    """
    gone = _real(find(conn, name))
    lock(conn, "mediation")  # else a batch could bring a call of its before it is gone
    if conn.scalar(select(exists().where(voip_cdr.c.user_id == gone.id))):
        raise BadRequest(
            f"{gone.name} has calls, and they keep their owner. To remove it, give its account"
            " codes to somebody else by `accountcode assign ... --move-history`, take its"
            " numbers and trunks from it, and `start-over`."
        )
    for table in (account_code, customer_number, customer_trunk):
        conn.execute(delete(table).where(table.c.customer_id == gone.id))
    conn.execute(delete(note).where(note.c.user_id == gone.id))
    conn.execute(delete(customer).where(customer.c.id == gone.id))


def _real(found: Customer) -> Customer:
    if found.id == 0:
        raise BadRequest(f"{found.name} stands for nobody: it cannot be changed or removed.")
    return found


_CHECKS: dict[str, Callable[[str], str]] = {
    "address": lambda text: checked_length(text, "An address", LONGEST_ADDRESS),
    "tax_id": lambda text: checked_length(text, "A tax id"),
    "currency": checked_currency,
    "timezone": lambda zone: checked_timezone(zone.strip()) if zone.strip() else "",
    "language": checked_language,
}
"""What each field must be; every one of them may be ''."""


def _checked(given: Mapping[str, str | None]) -> dict[str, str]:
    """Those fields that are not None. Raises BadRequest if one is wrong."""
    return {field: _CHECKS[field](value) for field, value in given.items() if value is not None}


def _read(conn: Connection, which: ColumnElement[bool]) -> list[Customer]:
    fields = [customer.c[field] for field in ("id", "name", *_CHECKS)]
    rows = conn.execute(select(*fields).where(which).order_by(customer.c.name)).mappings().all()
    ranges = customer_number.c
    trunks = select(customer_trunk.c.customer_id, carrier.c.name).join(
        carrier, carrier.c.id == customer_trunk.c.carrier_id
    )
    codes = select(account_code.c.customer_id, account_code.c.accountcode)
    numbers = select(ranges.customer_id, ranges.first, ranges.last)
    codes_of = _owned(conn, codes, which, str)
    numbers_of = _owned(conn, numbers, which, NumberRange)
    trunks_of = _owned(conn, trunks, which, str)
    return [
        Customer(
            **row,
            account_codes=tuple(sorted(codes_of[row["id"]])),
            numbers=tuple(sorted(numbers_of[row["id"]])),
            trunks=tuple(sorted(trunks_of[row["id"]])),
        )
        for row in rows
    ]


def _owned(
    conn: Connection,
    query: Select[Any],
    which: ColumnElement[bool],
    made: Callable[..., Made],
) -> defaultdict[int, list[Made]]:
    """What `which` customers own, by customer: `made` of the columns after the customer id."""
    owner = query.selected_columns[0]
    owned: defaultdict[int, list[Made]] = defaultdict(list)
    for id_, *values in conn.execute(query.join(customer, customer.c.id == owner).where(which)):
        owned[id_].append(made(*values))
    return owned
