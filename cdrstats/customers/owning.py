"""What a customer owns: giving and taking account codes, number ranges and trunks."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from cdrstats.customers.rules import NumberRange, checked_codes, checked_text, number_range
from cdrstats.customers.store import Customer, find
from cdrstats.db.engine import lock
from cdrstats.db.marking import leave_mark
from cdrstats.db.schema import (
    account_code,
    carrier,
    customer,
    customer_number,
    customer_trunk,
)
from cdrstats.errors import BadRequest
from cdrstats.reference import carriers

TOLD = 3
"""Account codes, ranges or trunks that a mark on a chart names."""

LOCK = "customer numbers"
"""The advisory lock of whoever gives number ranges, so that no two of them overlap."""


def assign(conn: Connection, name: str, codes: Iterable[str]) -> Customer:
    """Give account codes to a customer, taking them from whoever has them.

    Calls that are in keep their owner; `move_history` has them follow. A code that is given to
    `Unassigned` is nobody's. Raises BadRequest if there is no such customer.
    """
    wanted = checked_codes(codes)
    owner = find(conn, name)
    new = [code for code in wanted if code not in owner.account_codes]
    if owner.id == 0:
        gone = delete(account_code).where(account_code.c.accountcode.in_(new))
        new = sorted(conn.execute(gone.returning(account_code.c.accountcode)).scalars())
    elif new:
        given = insert(account_code)
        conn.execute(
            given.on_conflict_do_update(
                index_elements=["accountcode"],
                set_={"customer_id": given.excluded.customer_id},
            ),
            [{"accountcode": code, "customer_id": owner.id} for code in new],
        )
    return _marked(conn, owner, "account code", new)


def owners_of(conn: Connection, codes: Iterable[str]) -> dict[str, str]:
    """Who has these account codes, by code; one that is nobody's is left out."""
    wanted = checked_codes(codes)
    query = (
        select(account_code.c.accountcode, customer.c.name)
        .join(customer, customer.c.id == account_code.c.customer_id)
        .where(account_code.c.accountcode.in_(wanted))
        .order_by(account_code.c.accountcode)
    )
    return {row.accountcode: row.name for row in conn.execute(query)}


def add_numbers(conn: Connection, name: str, ranges: Iterable[str]) -> Customer:
    """Give number ranges, as `rules.number_range` reads them, to a customer.

    Raises BadRequest if there is no such customer, or a range overlaps one that somebody has.
    """
    owner = _somebody(find(conn, name))
    lock(conn, LOCK)
    new = []
    for wanted in sorted({number_range(text) for text in ranges} - {*owner.numbers}):
        if other := _overlapped(conn, wanted):
            raise BadRequest(f"{wanted} overlaps {other[0]}, which is {other[1]}'s.")
        row = {**wanted._asdict(), "customer_id": owner.id}
        conn.execute(insert(customer_number).values(row))
        new.append(str(wanted))
    return _marked(conn, owner, "number", new)


def remove_numbers(conn: Connection, name: str, ranges: Iterable[str]) -> Customer:
    """Take number ranges from a customer. Raises BadRequest if it does not have them."""
    owner = find(conn, name)
    for wanted in {number_range(text) for text in ranges}:
        if wanted not in owner.numbers:
            raise BadRequest(f"{owner.name} has no number range {wanted}.")
        conn.execute(delete(customer_number).where(customer_number.c.first == wanted.first))
    return find(conn, name)


def add_trunks(conn: Connection, name: str, trunks: Iterable[str]) -> Customer:
    """Give trunks to a customer; one that no call came by yet is made.

    Raises BadRequest if there is no such customer, or a trunk is somebody else's.
    """
    owner = _somebody(find(conn, name))
    new = sorted({checked_text(trunk, "A trunk") for trunk in trunks} - {*owner.trunks})
    for trunk in new:
        if (carrier_id := carriers.id_of(conn, trunk)) is None:
            conn.execute(insert(carrier).values(name=trunk).on_conflict_do_nothing())
            carrier_id = carriers.id_of(conn, trunk)
        if carrier_id == 0:
            raise BadRequest(f"{trunk} stands for calls whose trunk is not known.")
        conn.execute(
            insert(customer_trunk)
            .values(carrier_id=carrier_id, customer_id=owner.id)
            .on_conflict_do_nothing()
        )
        other = conn.execute(
            select(customer.c.id, customer.c.name)
            .join(customer_trunk, customer_trunk.c.customer_id == customer.c.id)
            .where(customer_trunk.c.carrier_id == carrier_id)
        ).one()
        if other.id != owner.id:
            raise BadRequest(f"The trunk {trunk!r} is {other.name}'s.")
    return _marked(conn, owner, "trunk", new)


def remove_trunks(conn: Connection, name: str, trunks: Iterable[str]) -> Customer:
    """Take trunks from a customer. Raises BadRequest if it does not have them."""
    owner = find(conn, name)
    for trunk in {checked_text(trunk, "A trunk") for trunk in trunks}:
        if trunk not in owner.trunks:
            raise BadRequest(f"{owner.name} has no trunk {trunk!r}.")
        known = select(carrier.c.id).where(carrier.c.name == trunk).scalar_subquery()
        conn.execute(delete(customer_trunk).where(customer_trunk.c.carrier_id == known))
    return find(conn, name)


def _somebody(found: Customer) -> Customer:
    if found.id == 0:
        raise BadRequest(f"{found.name} stands for nobody, who owns nothing.")
    return found


def _overlapped(conn: Connection, wanted: NumberRange) -> tuple[NumberRange, str] | None:
    """A range that has numbers of `wanted`, and the name of its customer.

    Ranges do not overlap, so the last one that begins before the end of `wanted` tells.
    """
    first, last = customer_number.c.first, customer_number.c.last
    row = conn.execute(
        select(first, last, customer.c.name)
        .join(customer, customer.c.id == customer_number.c.customer_id)
        .where(first < wanted.end)
        .order_by(first.desc())
        .limit(1)
    ).one_or_none()
    if row is None or (held := NumberRange(row.first, row.last)).end <= wanted.first:
        return None
    return held, row.name


def _marked(conn: Connection, owner: Customer, what: str, new: list[str]) -> Customer:
    """The customer as it is now; charts tell what is new."""
    if new:
        leave_mark(conn, "owner change", _told(owner.name, what, new), user_id=owner.id)
    return find(conn, owner.name)


def _told(name: str, what: str, new: list[str]) -> str:
    """'Of Acme from now on: account codes A1, A2, A3 and 4 more'"""
    plural = "" if len(new) == 1 else "s"
    others = f" and {len(new) - TOLD:,} more" if len(new) > TOLD else ""
    return f"Of {name} from now on: {what}{plural} {', '.join(new[:TOLD])}{others}"
