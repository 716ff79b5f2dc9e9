"""The customers as rows of an administrator's list."""

from sqlalchemy import Connection

from cdrstats.accounts import EVERYONE
from cdrstats.customers import owning, store
from cdrstats.customers.rules import NumberRange, checked_codes, number_range
from cdrstats.customers.store import Customer
from cdrstats.errors import BadRequest
from cdrstats.sheets import Row, Sheet
from cdrstats.spreadsheet import joined, parted

FIELDS = ("address", "tax_id", "currency", "timezone", "language")
OWNED = ("account_codes", "numbers", "trunks")


def _row(found: Customer) -> Row:
    fields = {field: getattr(found, field) for field in FIELDS}
    owned = {kind: joined(map(str, getattr(found, kind))) for kind in OWNED}
    return {"name": found.name, **fields, **owned}


def _rows(conn: Connection) -> list[Row]:
    return [_row(each) for each in store.list_customers(conn, EVERYONE)]


def _find(conn: Connection, name: str) -> Row | None:
    try:
        found = store.find(conn, name)
    except BadRequest:
        return None
    return _row(found) if found.id else None


def _fields(cells: Row) -> dict[str, str]:
    return {field: cells[field] for field in FIELDS if field in cells}


def _add(conn: Connection, cells: Row) -> str:
    made = store.add(conn, cells["name"], **_fields(cells))
    _own(conn, made, cells)
    return made.name


def _change(conn: Connection, name: str, cells: Row) -> str:
    changed = store.change(conn, name, new_name=cells.get("name"), **_fields(cells))
    _own(conn, changed, cells)
    return changed.name


def _remove(conn: Connection, name: str) -> None:
    store.remove(conn, name)


def _taken(conn: Connection, name: str | None, cells: Row) -> dict[str, str]:
    """Whose the account codes are that the cells take from others."""
    codes = parted(cells.get("account_codes", ""))
    owners = owning.owners_of(conn, codes) if codes else {}
    return {code: owner for code, owner in owners.items() if owner != name}


def _own(conn: Connection, held: Customer, cells: Row) -> None:
    """Let the customer own what the cells say, and no more of the kinds that they name."""
    if "account_codes" in cells:
        codes = set(checked_codes(parted(cells["account_codes"])))
        owning.assign(conn, "Unassigned", set(held.account_codes) - codes)
        owning.assign(conn, held.name, codes)
    if "numbers" in cells:
        numbers: set[NumberRange] = set(map(number_range, parted(cells["numbers"])))
        owning.remove_numbers(conn, held.name, map(str, set(held.numbers) - numbers))
        owning.add_numbers(conn, held.name, map(str, numbers))
    if "trunks" in cells:
        trunks = set(parted(cells["trunks"]))
        owning.remove_trunks(conn, held.name, set(held.trunks) - trunks)
        owning.add_trunks(conn, held.name, trunks)


CUSTOMERS = Sheet(
    noun="customer",
    columns=("name", *FIELDS, *OWNED),
    needed=("name",),
    rows=_rows,
    find=_find,
    add=_add,
    change=_change,
    remove=_remove,
    taken=_taken,
)
"""An account code that somebody else has is taken from them; numbers and trunks are not."""
