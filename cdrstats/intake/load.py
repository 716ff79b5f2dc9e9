"""Load one file: detect, enter in the ledger, stage and mediate side by side, report."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine, func, select

from cdrstats.errors import BadRequest
from cdrstats.intake import completing, ledger
from cdrstats.intake.stage import Progress, Staging, SwitchBook
from cdrstats.mediation import NewSwitches, learn, mediate
from cdrstats.settings import Smtp
from cdrstats.sources import READERS, BadLine, Item, Options, detect, open_bytes, read
from cdrstats.sources.record import bad_line

HEAD = 65_536
"""Bytes of a file that its format is told by."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of a file. read = imported + duplicates + rejected + bad + ignored +
    joined + parts + waiting; `note` is a sentence for the operator, empty when there is
    nothing to say.
    """

    file: str
    file_id: int
    source: str
    how: str
    read: int
    staged: int
    imported: int
    duplicates: int
    rejected: int
    bad: int
    ignored: int
    joined: int
    parts: int
    waiting: int
    first_call: datetime | None
    last_call: datetime | None
    note: str = ""

    @property
    def clean(self) -> bool:
        return not (self.bad or self.rejected)


def load_file(
    engine: Engine,
    path: Path,
    source: str | None = None,
    switch: str | None = None,
    timezone: str | None = None,
    *,
    name: str | None = None,
    loaded_by: str = "",
    is_demo: bool = False,
    stage_only: bool = False,
    new: NewSwitches | None = None,
    smtp: Smtp | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> FileReport:
    """Take the CDR file at `path` in; the same bytes a second time add nothing.

    Args:
        source: a reader's name; None: detected.
        switch: of every record; None: what the records say, else a name made of the source.
        timezone: IANA zone of the local stamps. It becomes a new switch's own; where it
            differs from a known switch's it goes with the file.
        name: to enter in the ledger; None: the path's.
        stage_only: leave mediation to others.
        new: what unknown switches are taken to be.
        smtp: by which people are mailed about calls that lists refuse; None: by none.
        options: for readers that need more, such as a column map.

    Raises:
        BadRequest: there is no such file, or it is being loaded at this moment.
    """
    if not path.is_file():
        raise BadRequest(f"{path} is not a file")
    sha256 = ledger.sha256_of(path)
    with _only_one(engine, sha256):
        with engine.connect() as conn:
            known = ledger.find(conn, sha256)
        if known and known.state == "staged":
            if not stage_only:
                # Whoever staged it may have been stopped before.
                mediate(engine, new=new, smtp=smtp)
            return _known_already(known, str(path))
        with open_bytes(path) as stream:
            head = stream.read(HEAD)
        found = detect(head, path.name)
        source = known.source if known else source or found.source
        how = found.how if source == found.source else ""
        timezone = known.timezone if known else timezone
        with open_bytes(path) as stream:
            items = _read(source, stream, options or Options(), how, head)
            first = next(items, None)
            items = chain([first] if first else [], items)
            whole = None if isinstance(first, BadLine) else first
            fallback = source.partition("_")[0]
            book = SwitchBook(engine, switch, fallback, timezone, new or NewSwitches())
            main = book.main(whole)
            if known:
                file_id = known.id
            else:
                with engine.begin() as conn:
                    file_id = ledger.open_file(
                        conn,
                        name=name or path.name,
                        sha256=sha256,
                        size_bytes=path.stat().st_size,
                        source=source,
                        switch_id=main.id,
                        timezone=timezone if timezone != main.timezone else None,
                        loaded_by=loaded_by,
                        is_demo=is_demo,
                    )
            with engine.connect() as conn:
                waiting = completing.waiting_keys(conn, source)
            staging = Staging(engine, file_id, source, book, waiting)
            skip = known.read if known else 0
            if stage_only:
                staging.leave_waiting(items, skip, progress)
            else:
                mediate(engine, new=new, smtp=smtp)  # what came first goes first
                with _alone(engine):
                    staging.take_in(items, skip, progress, learn(engine, new, smtp))
    completing.complete(engine)
    if not stage_only:
        mediate(engine, new=new, smtp=smtp)
    with engine.connect() as conn:
        done = ledger.get(conn, file_id)
    if done is None:
        raise BadRequest(f"{path} was removed from the ledger while it was being loaded")
    return _report(done, str(path), how, "" if done.read else _nothing_in(path))


def _nothing_in(path: Path) -> str:
    return "the file holds no records" if path.stat().st_size else "the file is empty"


def _read(
    source: str, stream: BinaryIO, options: Options, how: str, head: bytes
) -> Iterator[Item]:
    """The file's records; a file of no known format is one bad line, so that it is told of."""
    if source in READERS:
        return read(source, stream, options)
    if not head:
        return iter(())
    text = head.decode("utf-8", "replace").replace("\0", "\N{SYMBOL FOR NULL}")
    return iter([bad_line(1, how or f"there is no reader named {source!r}", text)])


@contextmanager
def _only_one(engine: Engine, sha256: str) -> Iterator[None]:
    """Keep others from loading the same bytes meanwhile; the lock ends with its connection."""
    key = func.hashtextextended(f"file {sha256}", 0)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        if not conn.execute(select(func.pg_try_advisory_lock(key))).scalar_one():
            raise BadRequest("this file is being loaded by somebody else at this moment")
        try:
            yield
        finally:
            conn.execute(select(func.pg_advisory_unlock(key)))


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Take in one file at a time: batches of one file are made to be at work together, those of
    two files are not."""
    key = func.hashtextextended("take in", 0)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(select(func.pg_advisory_lock(key)))
        try:
            yield
        finally:
            conn.execute(select(func.pg_advisory_unlock(key)))


def _known_already(known: ledger.LedgerFile, path: str) -> FileReport:
    """Every record of the file is a duplicate of itself; its bad lines are bad as before."""
    again = replace(
        known,
        imported=0,
        rejected=0,
        ignored=0,
        joined=0,
        parts=0,
        duplicates=known.read - known.bad,
    )
    return replace(_report(again, path, "", f"loaded before, as file {known.id}"), staged=0)


def _report(file: ledger.LedgerFile, path: str, how: str, note: str) -> FileReport:
    return FileReport(
        file=path,
        file_id=file.id,
        source=file.source,
        how=how,
        read=file.read,
        staged=file.staged,
        imported=file.imported,
        duplicates=file.duplicates,
        rejected=file.rejected,
        bad=file.bad,
        ignored=file.ignored,
        joined=file.joined,
        parts=file.parts,
        waiting=file.waiting,
        first_call=file.first_call,
        last_call=file.last_call,
        note=note,
    )
