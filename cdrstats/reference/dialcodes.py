"""The dial codes as rows of an administrator's list; an upgrade keeps what is changed."""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, insert, select, update

from cdrstats.db.schema import country, dialcode, voip_cdr
from cdrstats.db.seed import shipped
from cdrstats.errors import BadRequest
from cdrstats.reference.rules import checked_code, checked_name
from cdrstats.sheets import Row, Sheet

DIGITS = 15
"""Of a telephone number at most (E.164)."""

_CODE = dialcode.c


@cache
def _shipped() -> dict[str, tuple[str, str, str]]:
    """Country id, name and kind of the dial codes that come with CDR-Stats."""
    return {
        row["id"]: (row["country_id"], row["name"], row["kind"]) for row in shipped("dialcodes")
    }


def is_own(code: str, country_id: int, name: str, kind: str) -> bool:
    """Whether a dial code is other than as it comes with CDR-Stats, or does not."""
    return _shipped().get(code) != (str(country_id), name, kind)


def _query() -> Select[Any]:
    told = country.c.iso2, country.c.name.label("country")
    joined = dialcode.outerjoin(country, country.c.id == _CODE.country_id)
    return select(dialcode, *told).select_from(joined).where(_CODE.id != 0).order_by(_CODE.id)


def _row(found: Any) -> Row:
    """A country without two letters, such as a satellite network, goes by its name."""
    return {
        "dialcode": str(found.id),
        "country": (found.iso2 or found.country) if found.country_id else "",
        "name": found.name,
        "kind": found.kind,
    }


def _rows(conn: Connection) -> list[Row]:
    return [_row(each) for each in conn.execute(_query())]


def own_codes(conn: Connection) -> set[str]:
    """The dial codes that are the installation's own, or that it has changed."""
    return {
        str(each.id)
        for each in conn.execute(select(dialcode).where(_CODE.id != 0))
        if is_own(str(each.id), each.country_id, each.name, each.kind)
    }


def _find(conn: Connection, key: str) -> Row | None:
    if not (key.isascii() and key.isdigit() and len(key) <= DIGITS):
        return None
    found = conn.execute(_query().where(_CODE.id == int(key))).one_or_none()
    return None if found is None else _row(found)


def _add(conn: Connection, cells: Row) -> str:
    code = checked_code(cells["dialcode"], "A dial code", DIGITS)
    if _find(conn, str(code)):
        raise BadRequest(f"There is already a dial code {code}.")
    given = {"name": "", "country": ""} | dict(cells)
    conn.execute(insert(dialcode).values(id=code, **_values(conn, given)))
    return str(code)


def _change(conn: Connection, key: str, cells: Row) -> str:
    if cells.get("dialcode", key) != key:
        raise BadRequest("A dial code stays what it is: add the other one.")
    given = _values(conn, cells)
    conn.execute(update(dialcode).where(_CODE.id == int(key)).values(id=int(key), **given))
    return key


def _remove(conn: Connection, key: str) -> None:
    if key in _shipped():
        raise BadRequest(
            f"{key} comes with CDR-Stats and stays. Without a country it is passed over, and"
            " a shorter dial code decides."
        )
    if conn.scalar(select(exists().where(voip_cdr.c.dialcode_id == int(key)))):
        raise BadRequest(
            f"Calls went to {key}, so it stays. Without a country it is passed over, and a"
            " shorter dial code decides."
        )
    conn.execute(delete(dialcode).where(_CODE.id == int(key)))


def _values(conn: Connection, cells: Row) -> dict[str, Any]:
    """The columns that the cells give. Raises BadRequest."""
    given: dict[str, Any] = {}
    if "name" in cells:
        given["name"] = checked_name(cells["name"], "A dial code's name")
    if "kind" in cells:
        given["kind"] = cells["kind"].strip().lower()[:50]
    if "country" in cells:
        given["country_id"] = _country_id(conn, cells["country"].strip())
    return given


def _country_id(conn: Connection, told: str) -> int:
    """The country of these two letters or this name; 0 for none. Raises BadRequest."""
    if not told:
        return 0
    named = (country.c.iso2 == told.upper()) | (country.c.name == told)
    found = conn.scalar(select(country.c.id).where(named, country.c.id != 0))
    if found is None:
        raise BadRequest(f"There is no country {told!r}: give its two letters, such as GB.")
    return int(found)


DIALCODES = Sheet(
    noun="dial code",
    columns=("dialcode", "country", "name", "kind"),
    needed=("dialcode",),
    rows=_rows,
    find=_find,
    add=_add,
    change=_change,
    remove=_remove,
)
"""They hold for calls that come from then on; those that are in keep theirs until they are
mediated anew."""
