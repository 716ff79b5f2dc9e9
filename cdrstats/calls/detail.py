"""One call in full: every column, what it came from, and what else belongs to it."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, and_, select, union_all

from cdrstats import lists
from cdrstats.accounts import Scope
from cdrstats.calls.conditions import Condition, allowed, columns_of
from cdrstats.calls.search import COLUMNS, NAMES
from cdrstats.calls.starts import start_of
from cdrstats.db.schema import cdr_import, import_file, switch, voip_cdr
from cdrstats.filters import seen
from cdrstats.sources.proof import proven_start

MOST_RELATED = 100

LINK_KEYS = ("linkedid", "bridge_uuid", "last_bridge_to")
"""Where a call's data name another call: Asterisk's first channel, FreeSWITCH's other leg."""

LONGEST_LINK = timedelta(hours=1)
"""How far back the records of one Asterisk call are looked for."""

MARGIN = timedelta(minutes=1)
"""Between the records of a call that is passed on."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file that a call came in."""

    name: str
    source: str  # the reader's name
    timezone: str | None  # of its stamps, IANA; None: the switch's


@dataclass(frozen=True, slots=True)
class Related:
    """Another record of the same call.

    "duplicate": the same record, staged again. "leg": a leg that is not a call of its own.
    "call": a call of the same id on the same switch, or linked with it by the switch, such as
    a fork or a transfer.
    """

    kind: Literal["duplicate", "leg", "call"]
    row: Row  # of cdr_import; of voip_cdr for "call"
    start: datetime | None  # None: its record tells none


@dataclass(frozen=True, slots=True)
class CallDetail:
    """Everything about a call. What the switch wrote is for those who may see `data`."""

    call: Row  # every column of voip_cdr; None for what may not be seen
    names: dict[str, str | None]  # of its switch, customer, country, list entry and so on
    staged: Row | None  # its row of cdr_import; None if that was purged
    file: SourceFile | None  # that brought it; None if it was pushed
    related: tuple[Related, ...]

    @property
    def data(self) -> Row:
        """The further fields of the record; empty where a program pushed anything else."""
        return data_of(self.call)


def data_of(call: Row) -> Row:
    return call["data"] if isinstance(call["data"], dict) else {}


def detail(
    conn: Connection, scope: Scope, starting_date: datetime, dedup_key: uuid.UUID
) -> CallDetail | None:
    """The call at this place; None if there is none, or none that `scope` may read."""
    query = (
        select(*columns_of(tuple(filter(scope.shows, (*COLUMNS, *NAMES)))))
        .where(voip_cdr.c.starting_date == starting_date, voip_cdr.c.dedup_key == dedup_key)
        .where(*allowed(scope))
    )
    found = conn.execute(query).mappings().one_or_none()
    if found is None:
        return None
    call = {name: found.get(name) for name in COLUMNS}
    names = {name: found.get(name) for name in NAMES}
    names["list_entry"] = lists.decided_by(conn, int(found["list_entry_id"])) or None
    calls = [Related("call", row, row["starting_date"]) for row in _linked(conn, scope, call)]
    if not scope.shows("data"):
        return CallDetail(call, names, None, None, tuple(calls))
    staged, file = _staged(conn, call)
    return CallDetail(call, names, staged, file, (*_set_aside(conn, call, staged), *calls))


def _staged(conn: Connection, call: Row) -> tuple[Row | None, SourceFile | None]:
    """The row of cdr_import that became the call, and its file."""
    query = (
        select(cdr_import, import_file.c.name, import_file.c.source, import_file.c.timezone)
        .outerjoin(import_file, import_file.c.id == cdr_import.c.file_id)
        .where(cdr_import.c.id == call["import_id"])
    )
    found = conn.execute(query).mappings().one_or_none()
    if found is None:
        return None, None
    staged = dict(found)
    name, source, timezone = (staged.pop(key) for key in ("name", "source", "timezone"))
    return staged, SourceFile(name, source, timezone) if name is not None else None


def _set_aside(conn: Connection, call: Row, staged: Row | None) -> list[Related]:
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
    zone = select(switch.c.timezone).where(switch.c.id == call["switch_id"])
    query = (
        select(cdr_import, import_file.c.timezone, zone.scalar_subquery().label("zone"))
        .outerjoin(import_file, import_file.c.id == cdr_import.c.file_id)
        .where(row.id.in_(select(ids.c.id)), row.outcome.in_(("duplicate", "ignored")))
        .order_by(row.id)
        .limit(MOST_RELATED)
    )
    return [_aside(dict(found)) for found in conn.execute(query).mappings()]


def _aside(row: Row) -> Related:
    file_zone, switch_zone = row.pop("timezone"), row.pop("zone")
    start = start_of(row, file_zone or switch_zone or "UTC")
    return Related(
        "duplicate" if row["outcome"] == "duplicate" else "leg",
        row,
        None if start is None else start.instant,
    )


def _linked(conn: Connection, scope: Scope, call: Row) -> list[Row]:
    """Other calls on the call's switch with its id, or that the switch links it with, oldest
    first."""
    data = data_of(call)
    ids = {call["callid"], *(str(data[key]) for key in LINK_KEYS if data.get(key))} - {""}
    found = []
    if ids:
        found += _others(conn, scope, call, [voip_cdr.c.callid.in_(sorted(ids))])
    if data.get("linkedid"):
        found += _others(conn, scope, call, _of_one_channel(call, str(data["linkedid"])))
    distinct = {(row["starting_date"], row["dedup_key"]): row for row in found}
    return [distinct[place] for place in sorted(distinct)][:MOST_RELATED]


def _others(conn: Connection, scope: Scope, call: Row, ways: list[Condition]) -> list[Row]:
    other = voip_cdr.c
    query = (
        select(*seen(scope))
        .where(*ways, other.switch_id == call["switch_id"])
        .where(other.dedup_key != call["dedup_key"], *allowed(scope))
        .order_by(other.starting_date, other.dedup_key)
        .limit(MOST_RELATED)
    )
    return [dict(found) for found in conn.execute(query).mappings()]


def _of_one_channel(call: Row, linkedid: str) -> list[Condition]:
    """Calls that Asterisk made of the channel `linkedid`: they begin between that channel's
    creation and the end of this call, or follow upon it. Few enough to need no index."""
    first = proven_start(call["cdr_source_type"], linkedid)
    own = proven_start(call["cdr_source_type"], call["callid"])
    # The difference of the two holds even where the zone of the switch is set wrong.
    before = max(own - first, timedelta()) if own and first else timedelta()
    moment, start = voip_cdr.c.starting_date, call["starting_date"]
    return [
        voip_cdr.c.data["linkedid"].as_string() == linkedid,
        moment >= start - min(before, LONGEST_LINK) - MARGIN,
        moment <= start + timedelta(seconds=call["duration"]) + MARGIN,
    ]
