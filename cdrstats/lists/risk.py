"""Prefixes that are known for fraud: shipped with their sources, edited by the operator.

No list is right for long, and none is complete: it tells what deserves a look, and blocks
nothing. Rules that look for fraud read it by `high_risk`.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, true, update

from cdrstats.db.schema import high_risk_prefix
from cdrstats.db.seed import shipped
from cdrstats.errors import BadRequest
from cdrstats.lists.rules import LONGEST_PREFIX, checked_prefix
from cdrstats.reference.rules import checked_flag, checked_name, flag_told
from cdrstats.sheets import Row, Sheet

KINDS = {
    "premium": "Premium rate",
    "satellite": "Satellite",
    "network": "International networks",
    "caribbean": "Caribbean numbers of +1",
    "country": "Countries named for fraud",
}
"""What a prefix is on the list for."""

_RISK = high_risk_prefix.c


@dataclass(frozen=True, slots=True)
class HighRisk:
    """A prefix that numbers known for fraud begin with."""

    prefix: str
    kind: str
    name: str
    source: str
    seen_on: date


def high_risk(conn: Connection) -> list[HighRisk]:
    """The prefixes that count, by their digits."""
    return [HighRisk(*row) for row in conn.execute(_query().order_by(_RISK.prefix))]


def risk_of(conn: Connection, e164: str) -> HighRisk | None:
    """The longest prefix that counts and that an international number begins with."""
    prefixes = [e164[:length] for length in range(1, len(e164) + 1)]
    query = _query().where(_RISK.prefix.in_(prefixes))
    row = conn.execute(query.order_by(func.length(_RISK.prefix).desc()).limit(1)).one_or_none()
    return None if row is None else HighRisk(*row)


def _query() -> Select[Any]:
    columns = [_RISK[name] for name in HighRisk.__dataclass_fields__]
    return select(*columns).where(_RISK.active == true())


@cache
def _shipped() -> frozenset[str]:
    return frozenset(row["prefix"] for row in shipped("high_risk_prefixes"))


def _row(found: Any) -> Row:
    return {
        "prefix": found.prefix,
        "kind": found.kind,
        "name": found.name,
        "source": found.source,
        "seen_on": found.seen_on.isoformat(),
        "active": flag_told(found.active),
    }


def _rows(conn: Connection) -> list[Row]:
    rows = conn.execute(select(high_risk_prefix).order_by(_RISK.kind, _RISK.prefix))
    return [_row(each) for each in rows]


def _find(conn: Connection, key: str) -> Row | None:
    row = conn.execute(select(high_risk_prefix).where(_RISK.prefix == key)).one_or_none()
    return None if row is None else _row(row)


def _add(conn: Connection, cells: Row) -> str:
    prefix = checked_prefix(cells["prefix"])
    if prefix is None:
        raise BadRequest(f"A prefix has 1 to {LONGEST_PREFIX} digits: {cells['prefix']!r}.")
    if _find(conn, prefix):
        raise BadRequest(f"{prefix} is on the list already.")
    given = {"kind": "", "name": "", "seen_on": "", "active": "yes"} | dict(cells)
    conn.execute(insert(high_risk_prefix).values(prefix=prefix, **_values(given)))
    return prefix


def _change(conn: Connection, key: str, cells: Row) -> str:
    if cells.get("prefix", key) != key:
        raise BadRequest("A prefix stays what it is: add the other one.")
    changed = update(high_risk_prefix).where(_RISK.prefix == key)
    conn.execute(changed.values(prefix=key, **_values(cells)))
    return key


def _remove(conn: Connection, key: str) -> None:
    if key in _shipped():
        raise BadRequest(
            f"{key} comes with CDR-Stats, and would with the next upgrade: let it"
            " not be active instead."
        )
    conn.execute(delete(high_risk_prefix).where(_RISK.prefix == key))


def _values(cells: Row) -> dict[str, Any]:
    """The columns that the cells give. Raises BadRequest."""
    given: dict[str, Any] = {}
    if "kind" in cells:
        given["kind"] = cells["kind"].strip().lower()
        if given["kind"] not in KINDS:
            raise BadRequest(f"The kind is one of {', '.join(KINDS)}, not {cells['kind']!r}.")
    if "name" in cells:
        given["name"] = checked_name(cells["name"], "A name")
    if "source" in cells:
        given["source"] = cells["source"].replace("\0", "").strip()[:200]
    if "seen_on" in cells:
        try:
            given["seen_on"] = date.fromisoformat(cells["seen_on"].strip())
        except ValueError:
            raise BadRequest(
                f"{cells['seen_on']!r} is no day such as 2026-03-10 on which it was looked up."
            ) from None
    if "active" in cells:
        given["active"] = checked_flag(cells["active"], "Active")
    return given


HIGH_RISK = Sheet(
    noun="high-risk prefix",
    columns=("prefix", "kind", "name", "source", "seen_on", "active"),
    needed=("prefix",),
    rows=_rows,
    find=_find,
    add=_add,
    change=_change,
    remove=_remove,
)
"""What the installation changes, an upgrade keeps."""
