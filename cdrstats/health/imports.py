"""What came in: the ledger of files, lines that could not be read, rows that were rejected."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select

from cdrstats.db.schema import bad_line, call_part, cdr_import, import_file, switch


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of the ledger; read = the eight counts from `imported` to `waiting`."""

    id: int
    name: str
    sha256: str
    size_bytes: int
    source: str
    switch: str
    timezone: str | None
    state: str  # loading, staged, undone
    read: int
    imported: int
    duplicates: int
    rejected: int
    bad: int
    ignored: int
    joined: int
    parts: int
    first_call: datetime | None
    last_call: datetime | None
    loaded_at: datetime
    finished_at: datetime | None
    loaded_by: str
    is_demo: bool

    @property
    def waiting(self) -> int:
        decided = self.imported + self.duplicates + self.rejected + self.bad
        return max(0, self.read - decided - self.ignored - self.joined - self.parts)


@dataclass(frozen=True, slots=True)
class BadLineRow:
    file_id: int
    file: str
    line: int
    reason: str
    text: str


INCOMPLETE_AFTER = timedelta(days=1)
"""Who has waited longer than this is not expected any more, though taken when it comes."""


@dataclass(frozen=True, slots=True)
class IncompleteRow:
    """A line that tells of a part of a call whose other parts have not come."""

    file_id: int
    file: str
    line: int
    switch: str
    key: str  # the call id by which the parts are found together
    received_at: datetime
    data: dict[str, str] | None  # None: numbers are masked

    @property
    def told(self) -> str:
        """What the line tells, by the names of its fields."""
        return ", ".join(f"{name} {text}" for name, text in (self.data or {}).items())


@dataclass(frozen=True, slots=True)
class Rejection:
    """A staged row that could not become a call."""

    import_id: int
    file: str | None  # None: inserted by another program
    switch: str | None
    callid: str | None
    caller_id_number: str | None
    destination_number: str | None
    starting_date: datetime | None
    start_text: str | None
    duration: int | None
    reason: str | None


_ledger = import_file.c
_FILE_COLUMNS = [
    _ledger.id,
    _ledger.name,
    _ledger.sha256,
    _ledger.size_bytes,
    _ledger.source,
    func.coalesce(switch.c.name, "").label("switch"),
    _ledger.timezone,
    _ledger.state,
    _ledger.read,
    _ledger.imported,
    _ledger.duplicates,
    _ledger.rejected,
    _ledger.bad,
    _ledger.ignored,
    _ledger.joined,
    _ledger.parts,
    _ledger.first_call,
    _ledger.last_call,
    _ledger.loaded_at,
    _ledger.finished_at,
    _ledger.loaded_by,
    _ledger.is_demo,
]


def _files() -> Select[Any]:
    joined = import_file.outerjoin(switch, switch.c.id == _ledger.switch_id)
    return select(*_FILE_COLUMNS).select_from(joined)


def files(conn: Connection, before: int | None = None, limit: int = 50) -> list[FileRow]:
    """Files of the ledger, newest first; `before`: only those with a lower id."""
    query = _files().order_by(_ledger.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_ledger.id < before)
    return [FileRow(**row._asdict()) for row in conn.execute(query)]


def file_row(conn: Connection, file_id: int) -> FileRow | None:
    """One file of the ledger; None if there is none of that id."""
    row = conn.execute(_files().where(_ledger.id == file_id)).one_or_none()
    return None if row is None else FileRow(**row._asdict())


def demo_files(conn: Connection) -> int:
    """How many files of demo data are in."""
    query = select(func.count()).where(_ledger.is_demo, _ledger.state != "undone")
    return int(conn.execute(query).scalar_one())


def bad_lines(
    conn: Connection, file_id: int | None = None, before: int | None = None, limit: int = 100
) -> list[BadLineRow]:
    """Unreadable lines, newest file first; `before`: of files with a lower id."""
    query = (
        select(
            bad_line.c.file_id,
            import_file.c.name.label("file"),
            bad_line.c.line,
            bad_line.c.reason,
            func.left(bad_line.c.text, 500).label("text"),
        )
        .join(import_file, import_file.c.id == bad_line.c.file_id)
        .where(import_file.c.state != "undone")
        .order_by(bad_line.c.file_id.desc(), bad_line.c.line)
        .limit(limit)
    )
    if file_id is not None:
        query = query.where(bad_line.c.file_id == file_id)
    if before is not None:
        query = query.where(bad_line.c.file_id < before)
    return [BadLineRow(**row._asdict()) for row in conn.execute(query)]


def incomplete(
    conn: Connection, file_id: int | None = None, limit: int = 100
) -> list[IncompleteRow]:
    """Parts of calls that wait for the others, longest first."""
    part = call_part.c
    query = (
        select(
            part.file_id,
            import_file.c.name.label("file"),
            part.line,
            part.switch,
            part.key,
            part.received_at,
            part.data,
        )
        .join_from(call_part, import_file, import_file.c.id == part.file_id)
        .where(part.import_id.is_(None))
        .order_by(part.id)
        .limit(limit)
    )
    if file_id is not None:
        query = query.where(part.file_id == file_id)
    return [IncompleteRow(**row._asdict()) for row in conn.execute(query)]


def rejections(
    conn: Connection, file_id: int | None = None, before: int | None = None, limit: int = 100
) -> list[Rejection]:
    """Rejected rows, newest first; `before`: only those with a lower id."""
    row = cdr_import.c
    query = (
        select(
            row.id.label("import_id"),
            import_file.c.name.label("file"),
            row.switch,
            row.callid,
            row.caller_id_number,
            row.destination_number,
            row.starting_date,
            row.start_text,
            row.duration,
            row.reason,
        )
        .join_from(cdr_import, import_file, import_file.c.id == row.file_id, isouter=True)
        .where(row.outcome == "rejected")
        .order_by(row.id.desc())
        .limit(limit)
    )
    if file_id is not None:
        query = query.where(row.file_id == file_id)
    if before is not None:
        query = query.where(row.id < before)
    return [Rejection(**found._asdict()) for found in conn.execute(query)]
