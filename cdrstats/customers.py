"""The customers, and whose calls carry which account code."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from cdrstats.accounts import EVERYONE, Scope
from cdrstats.db.marking import leave_mark
from cdrstats.db.schema import account_code, customer
from cdrstats.errors import BadRequest

LONGEST = 200
"""Characters of a name or an account code."""

CODES_TOLD = 3
"""Account codes that a mark on a chart names."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who owns calls, by the account codes in them."""

    id: int
    name: str
    account_codes: tuple[str, ...]


def list_customers(conn: Connection, scope: Scope) -> list[Customer]:
    """The customers of the scope by name, without 0, whom nobody's calls belong to."""
    rows = conn.execute(
        select(customer.c.id, customer.c.name, account_code.c.accountcode)
        .outerjoin(account_code, account_code.c.customer_id == customer.c.id)
        .where(scope.covers(customer.c.id), customer.c.id != 0)
        .order_by(customer.c.name, account_code.c.accountcode)
    )
    codes: dict[tuple[int, str], list[str]] = {}
    for id_, name, code in rows:
        codes.setdefault((id_, name), []).extend([] if code is None else [code])
    return [Customer(id_, name, tuple(found)) for (id_, name), found in codes.items()]


def add(conn: Connection, name: str) -> Customer:
    """A new customer without account codes. Raises BadRequest if the name is taken."""
    wanted = _text(name, "A customer's name")
    made = conn.execute(
        insert(customer).values(name=wanted).on_conflict_do_nothing().returning(customer.c.id)
    ).scalar()
    if made is None:
        raise BadRequest(f"There is already a customer {wanted!r}.")
    return Customer(made, wanted, ())


def assign(conn: Connection, name: str, codes: Iterable[str]) -> Customer:
    """Give account codes to a customer, taking them from whoever has them.

    Calls already imported keep their owner. Raises BadRequest if there is no such customer.
    """
    wanted = {_text(code, "An account code") for code in codes}
    id_ = conn.scalar(select(customer.c.id).where(customer.c.name == name.strip()))
    if id_ is None:
        raise BadRequest(f"There is no customer {name!r}: `customer list` names them.")
    has = select(account_code.c.accountcode).where(account_code.c.customer_id == id_)
    new = sorted(wanted - {*conn.execute(has).scalars()})
    rows = [{"accountcode": code, "customer_id": id_} for code in new]
    if rows:
        given = insert(account_code)
        conn.execute(
            given.on_conflict_do_update(
                index_elements=["accountcode"],
                set_={"customer_id": given.excluded.customer_id},
            ),
            rows,
        )
        leave_mark(conn, "owner change", _told(name.strip(), new), user_id=id_)
    found = {each.id: each for each in list_customers(conn, EVERYONE)}
    return found.get(id_, Customer(id_, name.strip(), ()))


def _told(name: str, codes: list[str]) -> str:
    """'Of Acme from now on: account codes A1, A2, A3 and 4 more'."""
    plural = "" if len(codes) == 1 else "s"
    others = f" and {len(codes) - CODES_TOLD:,} more" if len(codes) > CODES_TOLD else ""
    shown = ", ".join(codes[:CODES_TOLD])
    return f"Of {name} from now on: account code{plural} {shown}{others}"


def _text(value: str, what: str) -> str:
    plain = value.replace("\0", "").strip()
    if not plain:
        raise BadRequest(f"{what} cannot be empty.")
    if len(plain) > LONGEST:
        raise BadRequest(f"{what} has at most {LONGEST} characters.")
    return plain
