"""GET /export/calls.{csv,xlsx,json,jsonl,parquet}: the calls of a search, streamed.

The query string is that of the Calls page. A thread writes the file into a short queue that
the response empties; when the client goes away, the next write fails, and the statement ends.
"""

import io
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import BinaryIO, cast, get_args

from anyio import to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import Buffer

from cdrstats.accounts import Viewer
from cdrstats.accounts.isolation import confine
from cdrstats.calls import COLUMNS, MEDIA_TYPES, Format, export
from cdrstats.choices import Params, names, search_of, zone_of
from cdrstats.errors import BadRequest, CdrStatsError
from cdrstats.settings import Settings
from cdrstats.web.noting import address_of, note_taken
from cdrstats.web.refusing import SILENT, refused

log = logging.getLogger("cdrstats.web")

CHUNK_BYTES = 1 << 18
CHUNKS_AHEAD = 4
PATIENCE_S = 0.25


def endpoint(
    settings: Callable[[], Settings], engine: Callable[[], Engine]
) -> Callable[[Request], Awaitable[Response]]:
    """The route, over the settings and the engine of this process."""

    async def exported(request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        if not viewer.may("export"):
            return refused("You may not export calls.", 403)
        kind = request.path_params["kind"]
        if kind not in get_args(Format):
            return refused(f"There is no export as {kind!r}.", 404)
        query = request.query_params
        params = {key: query.getlist(key) for key in query}
        zone = settings().timezone

        def note() -> None:
            address, detail = address_of(request), {"query": str(request.url.query)}
            masked = viewer.scope.masked
            note_taken(engine, viewer, address, "export calls", f"calls.{kind}", detail, masked)

        written = _Written(engine, viewer, params, kind, zone, note)
        chunks = written.chunks()
        try:
            first = await anext(chunks, b"")
        except CdrStatsError as exc:
            return refused(str(exc), 400)
        except DBAPIError:
            return refused(SILENT, 503)
        return _Download(written, first, chunks, kind)

    return exported


class _Download(StreamingResponse):
    """A file whose writing ends with the response, however that ends."""

    def __init__(
        self, written: "_Written", first: bytes, rest: AsyncIterator[bytes], kind: Format
    ) -> None:
        self.written = written
        headers = {
            "content-disposition": f'attachment; filename="calls.{kind}"',
            "cache-control": "no-store",
        }
        super().__init__(_chained(first, rest), media_type=MEDIA_TYPES[kind], headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.written.over.set()


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


class _Queued(io.RawIOBase):
    """What the exporter writes to: bytes into the queue, or an error once nobody listens."""

    def __init__(self, queue: Queue[bytes], over: Event) -> None:
        self.queue, self.over = queue, over
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        self.held += data
        if len(self.held) >= CHUNK_BYTES:
            self.hand_on()
        return len(memoryview(data).cast("B"))

    def hand_on(self) -> None:
        """Put what is held into the queue; wait while that is full."""
        chunk = bytes(self.held)
        self.held.clear()
        while not self.over.is_set():
            try:
                self.queue.put(chunk, timeout=PATIENCE_S)
            except Full:
                continue
            return
        raise BrokenPipeError("nobody reads this export any more")


class _Written:
    """One export being written in a thread of its own."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        viewer: Viewer,
        params: Params,
        kind: Format,
        default_zone: str,
        note: Callable[[], None],
    ) -> None:
        self.engine, self.viewer, self.params, self.note = engine, viewer, params, note
        self.kind, self.default_zone = kind, default_zone
        self.queue: Queue[bytes] = Queue(CHUNKS_AHEAD)
        self.over = Event()
        self.error: CdrStatsError | DBAPIError | None = None
        self.whole = False

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the file as they come; raises what ended the writing early."""
        thread = Thread(target=self._write, name="export", daemon=True)
        thread.start()
        while True:
            chunk = await to_thread.run_sync(self._next, thread)
            if chunk is None:
                break
            if chunk:
                yield chunk
        if self.error is not None:
            raise self.error
        if not self.whole:
            raise RuntimeError("an export ended early; see the log")

    def _next(self, thread: Thread) -> bytes | None:
        """The next bytes, b"" for none yet, None for the end."""
        try:
            return self.queue.get(timeout=PATIENCE_S)
        except Empty:
            return b"" if thread.is_alive() or not self.queue.empty() else None

    def _write(self) -> None:
        out = _Queued(self.queue, self.over)
        try:
            self._export(out)
            out.hand_on()
            self.whole = True
        except BrokenPipeError:
            log.info("export=%s aborted=yes", self.kind)
        except (CdrStatsError, DBAPIError) as exc:
            if not isinstance(exc, BadRequest):
                log.exception("export=%s", self.kind)
            self.error = exc

    def _export(self, out: _Queued) -> None:
        reading = self.engine().connect().execution_options(postgresql_readonly=True)
        with reading as conn, conn.begin():
            confine(conn, self.viewer.scope)
            scope = self.viewer.scope
            named = names(conn, scope)
            search = search_of(scope, self.params, named, datetime.now(UTC), self.default_zone)
            self.note()  # once it makes sense, and before anything goes out
            done = export(
                conn,
                scope,
                search,
                self.kind,
                cast(BinaryIO, out),
                zone_of(self.params, self.default_zone),
                search.columns if self.params.get("columns") else COLUMNS,
            )
        log.info("export=%s calls=%d", self.kind, done)
