"""The switches as rows of an administrator's list."""

from typing import Any

from sqlalchemy import Connection

from cdrstats.errors import BadRequest
from cdrstats.numbers import iso2_of
from cdrstats.sheets import Row, Sheet
from cdrstats.spreadsheet import joined, parted
from cdrstats.switches import store
from cdrstats.switches.store import Switch

PREFIXES = ("international_prefixes", "trunk_prefixes", "strip_prefixes")
DIGITS = ("extension_digits", "national_min_digits", "national_max_digits")


def row_of(found: Switch) -> Row:
    """The cells of a switch."""
    rules = found.rules
    return {
        "name": found.name,
        "timezone": found.timezone,
        "country": iso2_of(rules.country_id),
        "calling_code": rules.calling_code,
        **{each: joined(getattr(rules, each)) for each in PREFIXES},
        **{each: str(getattr(rules, each)) for each in DIGITS},
        "addresses": joined(found.addresses),
    }


def _rows(conn: Connection) -> list[Row]:
    return [row_of(each) for each in store.list_switches(conn)]


def _find(conn: Connection, name: str) -> Row | None:
    found = store.find(conn, name)
    return row_of(found) if found is not None and found.id and found.name == name else None


def _add(conn: Connection, cells: Row) -> str:
    zone = cells.get("timezone", "") or "UTC"
    added = store.add(conn, cells["name"], zone, cells.get("country", ""))
    return _change(conn, added.name, {**cells, "timezone": zone})


def _change(conn: Connection, name: str, cells: Row) -> str:
    given: dict[str, Any] = {
        key: cells[key] for key in ("timezone", "calling_code") if key in cells
    }
    given |= {key: parted(cells[key]) for key in PREFIXES if key in cells}
    given |= {key: _digits(cells[key]) for key in DIGITS if key in cells}
    held = _find(conn, name) or {}
    if "country" in cells and cells["country"] != held.get("country"):
        given["country"] = cells["country"]
    changed = store.change(conn, name, new_name=cells.get("name"), **given)
    if "addresses" in cells:
        wanted = set(parted(cells["addresses"]))
        # The name before stays an address, since records go on saying it.
        kept = wanted | ({name} if changed.name != name else set())
        store.remove_addresses(conn, changed.name, set(changed.addresses) - kept)
        for address in sorted(wanted):
            store.add_address(conn, changed.name, address)
    return changed.name


def _digits(cell: str) -> int:
    if not (cell.isascii() and cell.isdigit() and len(cell) < 4):
        raise BadRequest(f"{cell!r} is no number of digits.")
    return int(cell)


SWITCHES = Sheet(
    noun="switch",
    columns=("name", "timezone", "country", "calling_code", *PREFIXES, *DIGITS, "addresses"),
    needed=("name",),
    rows=_rows,
    find=_find,
    add=_add,
    change=_change,
    remove=store.remove,
)
