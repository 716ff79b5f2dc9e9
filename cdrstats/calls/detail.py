"""One call in full: every column, what it came from, and what else belongs to it."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, and_, select, union_all

from cdrstats.accounts import Scope
from cdrstats.calls.conditions import allowed, columns_of
from cdrstats.calls.search import COLUMNS, NAMES
from cdrstats.db.schema import cdr_import, import_file, voip_cdr

MOST_RELATED = 100

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Related:
    """Another record of the same call.

    "duplicate": the same record, staged again. "leg": a leg that is not a call of its own.
    "call": a call with the same call id on the same switch, such as a fork or a transfer.
    """

    kind: Literal["duplicate", "leg", "call"]
    row: Row  # of cdr_import; of voip_cdr for "call"


@dataclass(frozen=True, slots=True)
class CallDetail:
    """Everything about a call. What the switch wrote is shown to staff only."""

    call: Row  # every column of voip_cdr
    names: dict[str, str | None]  # of its switch, customer, country and so on
    staged: Row | None  # its row of cdr_import; None if that was purged
    file: str | None  # the file that brought it; None if it was pushed
    related: tuple[Related, ...]


def detail(
    conn: Connection, scope: Scope, starting_date: datetime, dedup_key: uuid.UUID
) -> CallDetail | None:
    """The call at this place; None if there is none, or none that `scope` may read."""
    query = (
        select(*columns_of((*COLUMNS, *NAMES)))
        .where(voip_cdr.c.starting_date == starting_date, voip_cdr.c.dedup_key == dedup_key)
        .where(*allowed(scope))
    )
    found = conn.execute(query).mappings().one_or_none()
    if found is None:
        return None
    call = {name: found[name] for name in COLUMNS}
    names = {name: found[name] for name in NAMES}
    calls = [Related("call", row) for row in _same_call_id(conn, scope, call)]
    if scope.user_ids is not None:
        return CallDetail(call, names, None, None, tuple(calls))
    staged, file = _staged(conn, call)
    others = [
        Related("duplicate" if row["outcome"] == "duplicate" else "leg", row)
        for row in _set_aside(conn, call, staged)
    ]
    return CallDetail(call, names, staged, file, (*others, *calls))


def _staged(conn: Connection, call: Row) -> tuple[Row | None, str | None]:
    """The row of cdr_import that became the call, and the name of its file."""
    query = (
        select(cdr_import, import_file.c.name.label("file"))
        .outerjoin(import_file, import_file.c.id == cdr_import.c.file_id)
        .where(cdr_import.c.id == call["import_id"])
    )
    found = conn.execute(query).mappings().one_or_none()
    if found is None:
        return None, None
    staged = dict(found)
    return staged, staged.pop("file")


def _set_aside(conn: Connection, call: Row, staged: Row | None) -> list[Row]:
    """Staged rows that are duplicates or legs of the call, oldest first; an index for each."""
    row = cdr_import.c
    keys = [call["dedup_key"]]
    if staged and staged["names_leg"]:
        keys.append(staged["names_leg"])
    ways = [
        and_(row.dedup_key.in_(keys), row.outcome.in_(("duplicate", "ignored"))),
        row.matched_key == call["dedup_key"],
    ]
    if call["callid"]:
        ways.append(row.leg_of == call["callid"])
    ids = union_all(*(select(row.id).where(way) for way in ways)).subquery()
    query = (
        select(cdr_import)
        .where(row.id.in_(select(ids.c.id)), row.outcome.in_(("duplicate", "ignored")))
        .order_by(row.id)
        .limit(MOST_RELATED)
    )
    return [dict(found) for found in conn.execute(query).mappings()]


def _same_call_id(conn: Connection, scope: Scope, call: Row) -> list[Row]:
    """Other calls with the call's id on its switch, oldest first."""
    if not call["callid"]:
        return []
    other = voip_cdr.c
    query = (
        select(voip_cdr)
        .where(other.callid == call["callid"], other.switch_id == call["switch_id"])
        .where(other.dedup_key != call["dedup_key"], *allowed(scope))
        .order_by(other.starting_date, other.dedup_key)
        .limit(MOST_RELATED)
    )
    return [dict(found) for found in conn.execute(query).mappings()]
