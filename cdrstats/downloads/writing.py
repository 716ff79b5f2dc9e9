"""The job that writes downloads: a few side by side, each of which may be ended or killed.

A file has its name only once it is whole, and its row says `done` only after that. What a
killed process leaves behind is begun again, or swept away, at the next run.
"""

import io
import logging
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock
from typing import Any, BinaryIO, cast

from sqlalchemy import Connection, Engine, delete, func, select, update
from sqlalchemy.exc import DBAPIError
from typing_extensions import Buffer

from cdrstats import notices
from cdrstats.accounts.isolation import confine
from cdrstats.calls import COLUMNS, count, export
from cdrstats.choices import names, search_of, zone_of
from cdrstats.db.engine import sql
from cdrstats.db.schema import download
from cdrstats.downloads import files
from cdrstats.downloads.store import KEPT, OPEN, Download
from cdrstats.errors import CdrStatsError
from cdrstats.notices import Notice

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Downloads written at once: a short one need not wait for a long one."""

LOOK_S = 0.5
"""Between two looks how far they are, and whether they are still wanted."""

MOST_EXPECTED = 20_000_000
"""Calls that are counted beforehand."""

LOOK_BYTES = 1 << 24
"""Between two looks at the room on the disk."""

_BEGIN = sql(__package__, "begin_download")


def write_waiting(engine: Engine, var_dir: Path, stop: Callable[[], bool]) -> int:
    """Write the downloads that wait, and those that come meanwhile; return how many were.

    By one process at a time, as all jobs: a download that runs when this begins was left behind
    by a process that ended, and is begun again.

    Args:
        stop: asked now and then; true: leave what is not whole for another time.
    """
    folder = files.folder_of(var_dir)
    with engine.begin() as conn:
        left_behind = update(download).where(download.c.state == "running")
        conn.execute(left_behind.values(state="waiting"))
        _sweep(conn, folder)
    done = 0
    under_way: dict[Future[bool], _Writing] = {}
    with ThreadPoolExecutor(AT_ONCE, "download") as pool:
        try:
            while True:
                while len(under_way) < AT_ONCE and not stop() and (one := _begun(engine)):
                    writing = _Writing(engine, one, var_dir)
                    under_way[pool.submit(writing.run)] = writing
                if not under_way:
                    return done
                for future in wait(under_way, LOOK_S, FIRST_COMPLETED).done:
                    del under_way[future]
                    done += future.result()
                for writing in under_way.values():
                    if stop() or not writing.tell():
                        writing.end()
        finally:
            for writing in under_way.values():
                writing.end()


def forget_expired(engine: Engine, var_dir: Path, now: datetime) -> int:
    """Forget the downloads that expired before `now`, with their files; return how many."""
    with engine.begin() as conn:
        old = delete(download).where(download.c.expires_at < now, download.c.state.not_in(OPEN))
        forgotten = conn.execute(old).rowcount
    with engine.connect() as conn:
        _sweep(conn, files.folder_of(var_dir))
    return forgotten


def _sweep(conn: Connection, folder: Path) -> None:
    """Delete the files that belong to no download."""
    found = list(folder.iterdir())  # before the question: a file made later is let alone
    wanted = select(download.c.id).where(download.c.state.in_(["running", "done"]))
    ids = {str(id) for id in conn.execute(wanted).scalars()}
    for path in found:
        if path.name.partition(".")[0] not in ids:
            path.unlink(missing_ok=True)


def _begun(engine: Engine) -> Download | None:
    """The next download, which runs from now on; None if none waits."""
    with engine.begin() as conn:
        id = conn.execute(_BEGIN).scalar()
        columns = [download.c[name] for name in Download.__dataclass_fields__]
        query = select(*columns).where(download.c.id == id)
        return None if id is None else Download(**conn.execute(query).one()._asdict())


class _Ended(Exception):
    """Nobody wants this file any more, or not now."""


class _Writing:
    """One download being written; `run` in a thread of its own, all else from outside."""

    def __init__(self, engine: Engine, download: Download, var_dir: Path) -> None:
        self._engine = engine
        self._download = download
        self._path = files.path_of(var_dir, download.id, download.format)
        self._over = Event()
        self._guard = Lock()
        self._driver: Any = None  # the connection that is read from, while it is ours
        self._expected: int | None = None
        self._rows = 0
        self._bytes = 0

    def tell(self) -> bool:
        """Commit how far it is; whether it is still wanted."""
        return self._commit(
            rows_done=self._rows, rows_expected=self._expected, bytes=self._bytes
        )

    def end(self) -> None:
        """Have it end soon, also while the database is still sorting."""
        self._over.set()
        with self._guard:
            if self._driver is not None:
                self._driver.cancel()

    def run(self) -> bool:
        """Write the file; whether it is whole."""
        part = self._path.with_name(f"{self._path.name}.part")
        try:
            with part.open("wb") as file:
                rows = self._export(_Out(file, part.parent, self._note))
            size = part.stat().st_size
            part.replace(self._path)
            if self._close("done", rows_done=rows, rows_expected=rows, bytes=size):
                log.info("download=%s rows=%d bytes=%d", self._download.id, rows, size)
                return True
            self._path.unlink(missing_ok=True)  # cancelled at the last moment
        except Exception as exc:
            if self._over.is_set():
                self._commit(state="waiting")  # unless it was cancelled
            elif isinstance(exc, CdrStatsError):
                self._close("failed", error=str(exc))
            else:
                log.exception("download=%s", self._download.id)
                self._close("failed", error=_sentence(exc))
        finally:
            part.unlink(missing_ok=True)
        return False

    def _export(self, out: "_Out") -> int:
        one = self._download
        zone = zone_of(one.params, one.timezone)
        reading = self._engine.connect().execution_options(postgresql_readonly=True)
        with reading as conn, conn.begin():
            confine(conn, one.scope)
            with self._guard:
                self._driver = conn.connection.driver_connection
            try:
                named = names(conn, one.scope)
                search = search_of(one.scope, one.params, named, one.asked_at, one.timezone)
                expected = count(conn, one.scope, search, MOST_EXPECTED)
                self._expected = expected.calls if expected and not expected.more else None
                self._go_on()
                return export(
                    conn,
                    one.scope,
                    search,
                    one.format,
                    cast(BinaryIO, out),
                    zone,
                    search.columns if one.params.get("columns") else COLUMNS,
                    self._note_rows,
                )
            finally:
                with self._guard:
                    self._driver = None

    def _note(self, size: int) -> None:
        self._bytes = size
        self._go_on()

    def _note_rows(self, rows: int) -> None:
        self._rows = rows
        self._go_on()

    def _go_on(self) -> None:
        if self._over.is_set():
            raise _Ended

    def _close(self, state: str, **values: object) -> bool:
        ended = {"finished_at": func.now(), "expires_at": func.now() + KEPT}
        return self._commit(state=state, **ended, **values)

    def _commit(self, **values: object) -> bool:
        """Change the row, if it still says that it runs; whether it does."""
        still = update(download).where(
            download.c.id == self._download.id, download.c.state == "running"
        )
        with self._engine.begin() as conn:
            changed = bool(conn.execute(still.values(**values)).rowcount)
            if changed and values.get("state") == "done":
                self._notify(conn)
            return changed

    def _notify(self, conn: Connection) -> None:
        one = self._download
        notice = Notice("download", f"{one.file_name} is ready", link="/downloads")
        who = notices.named(conn, one.asked_by)
        notices.tell(conn, who, f"download {one.id}", notice, datetime.now(UTC), one.user_ids)


class _Out(io.RawIOBase):
    """What the exporter writes to: the file, as long as there is room on the disk."""

    def __init__(self, file: BinaryIO, folder: Path, note: Callable[[int], None]) -> None:
        self._file, self._folder, self._note = file, folder, note
        self._size = 0
        self._looked_at = -LOOK_BYTES

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        if self._size - self._looked_at >= LOOK_BYTES:
            files.check_room(self._folder)
            self._looked_at = self._size
        written = self._file.write(data)
        self._size += written
        self._note(self._size)
        return written


def _sentence(exc: Exception) -> str:
    """What went wrong, for whoever asked."""
    if isinstance(exc, OSError):
        return f"The file could not be written: {exc.strerror or exc}."
    if isinstance(exc, DBAPIError):
        return "The database broke off; ask again. The log of the job process says more."
    return "The file could not be written; the log of the job process says more."
