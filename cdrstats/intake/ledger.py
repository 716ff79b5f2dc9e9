"""The ledger of files: `import_file`."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Row, func, insert, select, text, update

from cdrstats.db.schema import import_file


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """A file in the ledger. Counts are records or bad lines, as they stand now."""

    id: int
    name: str
    source: str
    switch_id: int
    timezone: str | None
    state: str  # loading, staged, undone
    read: int
    staged: int
    imported: int
    duplicates: int
    rejected: int
    bad: int
    ignored: int
    joined: int
    parts: int  # of calls that wait for the others
    first_call: datetime | None
    last_call: datetime | None
    first_import_id: int | None
    last_import_id: int | None

    @property
    def waiting(self) -> int:
        """Staged records that mediation has not decided yet."""
        decided = self.imported + self.duplicates + self.rejected + self.ignored + self.joined
        return self.read - self.bad - self.parts - decided


_COLUMNS = [import_file.c[name] for name in LedgerFile.__dataclass_fields__]


def sha256_of(path: Path) -> str:
    """The hash of the file's bytes as they lie there."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def find(conn: Connection, sha256: str) -> LedgerFile | None:
    """The file with these bytes, unless it was undone."""
    query = select(*_COLUMNS).where(
        import_file.c.sha256 == sha256, import_file.c.state != "undone"
    )
    return _file(conn.execute(query).one_or_none())


def get(conn: Connection, file_id: int) -> LedgerFile | None:
    return _file(
        conn.execute(select(*_COLUMNS).where(import_file.c.id == file_id)).one_or_none()
    )


def _file(row: Row[tuple[object, ...]] | None) -> LedgerFile | None:
    return LedgerFile(**row._mapping) if row else None


def open_file(conn: Connection, **columns: object) -> int:
    """Enter a file whose records are about to be staged; return its id."""
    statement = insert(import_file).values(**columns).returning(import_file.c.id)
    return int(conn.execute(statement).scalar_one())


def note_batch(
    conn: Connection, file_id: int, staged: int, bad: int, parts: int, first_id: int
) -> None:
    """Count a batch, in the transaction that staged it.

    Args:
        staged, bad, parts: records, bad lines and parts that wait, of the batch.
        first_id: no id of the batch in `cdr_import` is lower.
    """
    last_id = text("currval('cdr_import_id_seq')")
    conn.execute(
        update(import_file)
        .where(import_file.c.id == file_id)
        .values(
            read=import_file.c.read + staged + bad + parts,
            staged=import_file.c.staged + staged,
            bad=import_file.c.bad + bad,
            parts=import_file.c.parts + parts,
            first_import_id=func.least(import_file.c.first_import_id, first_id),
            last_import_id=func.greatest(import_file.c.last_import_id, last_id),
        )
    )


def close_file(conn: Connection, file_id: int) -> None:
    """All of the file is staged."""
    conn.execute(
        update(import_file)
        .where(import_file.c.id == file_id)
        .values(state="staged", finished_at=func.now())
    )
