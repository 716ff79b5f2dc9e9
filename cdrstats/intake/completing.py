"""Calls whose parts came in different files: put together once a new part is there.

Parts wait in `call_part`. What the parts of a key amount to is decided by the assembler of
their format over all of them, each time that one is fresh:

    new parts        -> a row of cdr_import is staged for each record
    a part more      -> the row is written anew, and mediated anew
    a part was undone -> the row goes, where the others make no record without it

Each key is decided in one transaction with the counts of the files; to do so again changes
nothing.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Row, delete, select, text, update
from sqlalchemy.exc import DBAPIError

from cdrstats.db.engine import is_rows_fault, lock, sql
from cdrstats.db.schema import call_part, cdr_import
from cdrstats.intake.copying import (
    bad_line_line,
    copy_amended,
    copy_bad_lines,
    copy_waiting,
    next_id,
    own_ids,
    record_line,
)
from cdrstats.intake.rules import LocalStamps
from cdrstats.sources import ASSEMBLERS, BadLine, Part, Record

log = logging.getLogger(__name__)

LOCK = "parts"
KEYS = 1_000
"""Keys a transaction."""

_TAKE = sql("cdrstats.intake", "take_parts")
_AMEND = sql("cdrstats.intake", "amend_rows")
_COUNT = sql("cdrstats.intake", "count_parts")

# Parts of other files, of rows that are this file's.
_LET_GO = text(
    "UPDATE call_part AS p SET import_id = NULL, joined = false, fresh = true"
    " FROM cdr_import AS r WHERE r.id = p.import_id AND r.file_id = :file_id"
    " AND p.file_id <> :file_id RETURNING p.file_id"
)
# And those of other files' rows that have parts of this one.
_LOOK_AGAIN = text(
    "UPDATE call_part SET fresh = true WHERE file_id <> :file_id AND import_id IN"
    " (SELECT import_id FROM call_part WHERE file_id = :file_id)"
)

Found = Row[Any]
"""A part as it is kept, with the zone of its stamps."""


def waiting_keys(conn: Connection, source: str) -> frozenset[tuple[int, str]]:
    """The switches and keys of which parts of a format wait."""
    if source not in ASSEMBLERS:
        return frozenset()
    query = (
        select(call_part.c.switch_id, call_part.c.key)
        .where(call_part.c.source == source, call_part.c.import_id.is_(None))
        .distinct()
    )
    return frozenset((row.switch_id, row.key) for row in conn.execute(query))


def complete(engine: Engine) -> int:
    """Decide all keys of which a part is fresh; return how many rows wait for mediation."""
    done, limit = 0, KEYS
    while True:
        try:
            with engine.begin() as conn:
                lock(conn, LOCK)
                found = conn.execute(_TAKE, {"limit": limit}).all()
                if not found:
                    break
                done += _decide(conn, found)
        except DBAPIError as exc:
            if not is_rows_fault(exc):
                raise
            if limit > 1:
                limit = 1
                continue
            _set_aside(engine, str(exc.orig).splitlines()[0])
    if done:
        log.info("parts rows=%d", done)
    return done


def give_back(conn: Connection, file_id: int) -> None:
    """Take the parts of a file out; those that stood with them are decided without them.

    To be called as the file is undone, in its transaction; `complete` decides.
    """
    lock(conn, LOCK)
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for other in conn.execute(_LET_GO, {"file_id": file_id}).scalars():
        counts["joined"][other] -= 1
        counts["parts"][other] += 1
    conn.execute(_LOOK_AGAIN, {"file_id": file_id})
    gone = delete(call_part).where(call_part.c.file_id == file_id)
    for import_id in conn.execute(gone.returning(call_part.c.import_id)).scalars():
        counts["parts"][file_id] -= import_id is None
    _count(conn, counts, (), 0)


def forget_parts(conn: Connection, before: datetime) -> int:
    """Forget the parts that were received before and became calls; return how many."""
    is_done = call_part.c.import_id.is_not(None) & (call_part.c.received_at < before)
    return conn.execute(delete(call_part).where(is_done)).rowcount


@dataclass(slots=True)
class _Outcome:
    """What becomes of the parts of some keys."""

    new: list[tuple[Record, list[Found]]] = field(default_factory=list)
    amended: list[tuple[int, Record, list[Found]]] = field(default_factory=list)
    withdrawn: set[int] = field(default_factory=set)
    waiting: list[Found] = field(default_factory=list)


def _decide(conn: Connection, found: Sequence[Found]) -> int:
    outcome = _Outcome()
    for _, rows in groupby(found, lambda row: (row.source, row.switch_id, row.key)):
        _assemble(list(rows), outcome)
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    _withdraw(conn, outcome, counts)
    first_id = next_id(conn)
    made = _stage(conn, outcome, counts, first_id)
    _amend(conn, outcome, counts)
    is_fresh = call_part.c.id.in_([row.id for row in found])
    conn.execute(update(call_part).where(is_fresh).values(fresh=False))
    _count(conn, counts, made, first_id)
    conn.execute(text("NOTIFY cdrstats, 'import'"))
    return len(made) + len(outcome.amended) + len(outcome.withdrawn)


def _assemble(rows: list[Found], outcome: _Outcome) -> None:
    """Lay the records of one key's parts beside the rows that were made of them before."""
    parts = [Part(row.line, row.key, row.data, switch=row.switch) for row in rows]
    of_part = {id(part): row for part, row in zip(parts, rows, strict=True)}
    left = {row.id: row for row in rows}
    kept: set[int] = set()
    for record in ASSEMBLERS[rows[0].source](parts):
        made_of = [of_part[id(part)] for part in record.made_of]
        for row in made_of:
            del left[row.id]
        before = min(
            (row.import_id for row in made_of if row.import_id is not None), default=None
        )
        if before is None:
            outcome.new.append((record, made_of))
        else:
            kept.add(before)
            outcome.amended.append((before, record, made_of))
    outcome.waiting += left.values()
    outcome.withdrawn |= {row.import_id for row in rows if row.import_id is not None} - kept


def _stage(
    conn: Connection, outcome: _Outcome, counts: dict[str, Counter[int]], first_id: int
) -> list[tuple[int, int]]:
    """Stage the new records; return the file and the id of each row.

    A record is of the file whose part came last; those of others are joined to it.
    """
    lines: list[str] = []
    staged: list[list[Found]] = []
    stamps = _Stamps()
    for record, made_of in outcome.new:
        last = max(made_of, key=lambda row: row.id)
        try:
            lines.append(stamps.line(record, last))
        except (ValueError, OverflowError):
            reason = f"the start {record.start_text!r} is not a date"
            _tell_bad(conn, made_of, reason, counts)
        else:
            staged.append(made_of)
    copy_waiting(conn, lines)
    made = []
    for made_of, row_id in zip(staged, own_ids(conn, first_id), strict=True):
        last = max(made_of, key=lambda row: row.id)
        made.append((last.file_id, row_id))
        counts["staged"][last.file_id] += 1
        for row in made_of:
            counts["parts"][row.file_id] -= 1
            counts["joined"][row.file_id] += row is not last
        _point(conn, [row for row in made_of if row is not last], row_id, joined=True)
        _point(conn, [last], row_id, joined=False)
    return made


def _amend(conn: Connection, outcome: _Outcome, counts: dict[str, Counter[int]]) -> None:
    """Write the records that were told more over their rows."""
    if not outcome.amended:
        return
    stamps = _Stamps()
    lines = []
    for row_id, record, made_of in outcome.amended:
        own = min(made_of, key=lambda row: (row.import_id != row_id, row.joined, row.id))
        new = [row for row in made_of if row.import_id is None]
        try:
            lines.append(f"{stamps.line(record, own)[:-1]}\t{row_id}\n")
        except (ValueError, OverflowError):
            _tell_bad(conn, new, f"the start {record.start_text!r} is not a date", counts)
            continue
        for row in new:
            counts["parts"][row.file_id] -= 1
            counts["joined"][row.file_id] += 1
        _point(conn, new, row_id, joined=True)
    copy_amended(conn, lines)
    conn.execute(_AMEND)


def _withdraw(conn: Connection, outcome: _Outcome, counts: dict[str, Counter[int]]) -> None:
    """Rows that the parts left make no record of are no calls any more; the parts wait."""
    if outcome.withdrawn:
        rows = (
            update(cdr_import)
            .where(cdr_import.c.id.in_(outcome.withdrawn))
            .values(withdrawn=True, imported=False)
            .returning(cdr_import.c.file_id)
        )
        for file_id in conn.execute(rows).scalars():
            counts["staged"][file_id] -= 1
    waits = [row for row in outcome.waiting if row.import_id is not None]
    for row in waits:
        counts["parts"][row.file_id] += 1
        counts["joined"][row.file_id] -= row.joined
    _point(conn, waits, None, joined=False)


def _point(
    conn: Connection, rows: Sequence[Found], import_id: int | None, *, joined: bool
) -> None:
    if rows:
        conn.execute(
            update(call_part)
            .where(call_part.c.id.in_([row.id for row in rows]))
            .values(import_id=import_id, joined=joined)
        )


def _count(
    conn: Connection,
    counts: dict[str, Counter[int]],
    made: Iterable[tuple[int, int]],
    first_id: int,
) -> None:
    files = sorted({file_id for of_files in counts.values() for file_id in of_files})
    if not files:
        return
    ids: dict[int, list[int]] = defaultdict(list)
    for file_id, row_id in made:
        ids[file_id].append(row_id)
    conn.execute(
        _COUNT,
        {
            "file_ids": files,
            **{
                name: [counts[name][file_id] for file_id in files]
                for name in ("staged", "joined", "bad", "parts")
            },
            "first_ids": [min(ids[file_id], default=None) for file_id in files],
            "last_ids": [max(ids[file_id], default=None) for file_id in files],
        },
    )


class _Stamps:
    """Makes lines of records, by the zones of their files."""

    def __init__(self) -> None:
        self._zones: dict[str, LocalStamps] = {}

    def line(self, record: Record, of: Found) -> str:
        """A line for COPY; its file, switch and zone are those of a part. Raises ValueError."""
        zone = of.timezone
        if zone not in self._zones:
            self._zones[zone] = LocalStamps(ZoneInfo(zone))
        return record_line(record, of.switch, of.switch_id, self._zones[zone], of.file_id)


def _tell_bad(
    conn: Connection, rows: Sequence[Found], reason: str, counts: dict[str, Counter[int]]
) -> None:
    """Parts that cannot become a call are bad lines, each of its file."""
    told = [
        bad_line_line(BadLine(row.line, reason, str(row.data)[:2000]), row.file_id)
        for row in rows
    ]
    copy_bad_lines(conn, told)
    for row in rows:
        counts["parts"][row.file_id] -= 1
        counts["bad"][row.file_id] += 1
    conn.execute(delete(call_part).where(call_part.c.id.in_([row.id for row in rows])))


def _set_aside(engine: Engine, reason: str) -> None:
    """PostgreSQL cannot take what the oldest fresh key makes: the parts are bad lines."""
    with engine.begin() as conn:
        lock(conn, LOCK)
        found = conn.execute(_TAKE, {"limit": 1}).all()
        counts: dict[str, Counter[int]] = defaultdict(Counter)
        _tell_bad(conn, [row for row in found if row.import_id is None], reason, counts)
        _count(conn, counts, (), 0)
        is_fresh = call_part.c.id.in_([row.id for row in found])
        conn.execute(update(call_part).where(is_fresh).values(fresh=False))
