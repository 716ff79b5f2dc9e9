"""Whose a call would be today. Mediation decides so set-based, in `sql/insert_calls.sql`."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, select

from cdrstats.customers.rules import NumberRange
from cdrstats.db.schema import account_code, customer, customer_number, customer_trunk
from cdrstats.reference import carriers


class Owner(NamedTuple):
    """A customer, and by what of the call."""

    id: int
    name: str
    by: Literal["account code", "number", "trunk", ""]
    what: str
    """The account code, the number or the trunk."""


NOBODY = Owner(0, "", "", "")


def find_owner(conn: Connection, accountcode: str, numbers: Sequence[str], trunk: str) -> Owner:
    """Whose a call is that has all this; 0 if nobody owns any of it.

    Args:
        numbers: those that count, in international form; see `rules.counting_numbers`.
        trunk: the name of the carrier.
    """
    if found := _owner(conn, account_code, account_code.c.accountcode == accountcode):
        return Owner(*found, "account code", accountcode)
    for number in numbers:
        ranges = customer_number.c
        before = select(ranges.first, ranges.last).where(ranges.first <= number)
        row = conn.execute(before.order_by(ranges.first.desc()).limit(1)).one_or_none()
        if row and NumberRange(*row).holds(number):
            found = _owner(conn, customer_number, ranges.first == row.first)
            if found:
                return Owner(*found, "number", number)
    known = carriers.id_of(conn, trunk)
    if found := _owner(conn, customer_trunk, customer_trunk.c.carrier_id == known):
        return Owner(*found, "trunk", trunk)
    return NOBODY


def _owner(
    conn: Connection, owned: Table, which: ColumnElement[bool]
) -> tuple[int, str] | None:
    query = select(customer.c.id, customer.c.name).join(
        owned, owned.c.customer_id == customer.c.id
    )
    row = conn.execute(query.where(which)).one_or_none()
    return None if row is None else (row.id, row.name)
