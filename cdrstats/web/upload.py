"""POST /upload: a CDR file streams to disk and is loaded; the answer is its report as JSON.

The body is the file itself, its name in `?name=`, or a form with one file. While the file is
being loaded the answer already runs, one JSON object a line, where the client accepts
`application/x-ndjson`: {"read": n} as it goes, the report or {"error": ...} last.
"""

import json
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path, PurePosixPath
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

from anyio import sleep, to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from cdrstats.accounts import Viewer
from cdrstats.errors import BadRequest, CdrStatsError
from cdrstats.folders import RESERVE_BYTES, private_folder
from cdrstats.intake import load_file
from cdrstats.settings import Settings
from cdrstats.sources import READERS
from cdrstats.web.refusing import refused

log = logging.getLogger("cdrstats.web")

LONGEST_NAME = 100
NDJSON = "application/x-ndjson"


def endpoint(
    settings: Callable[[], Settings], engine: Callable[[], Engine]
) -> Callable[[Request], Awaitable[Response]]:
    """The route, over the settings and the engine of this process."""

    async def upload(request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        if not viewer.may("load"):
            return refused("You may not load files.", 403)
        try:
            options = _options(request)
            folder = _folder(settings().var_dir)
        except BadRequest as exc:
            return refused(str(exc), 400)
        try:
            path = await _received(request, folder)
        except BadRequest as exc:
            shutil.rmtree(folder, ignore_errors=True)
            return refused(str(exc), 413)
        except (OSError, ClientDisconnect) as exc:
            shutil.rmtree(folder, ignore_errors=True)
            return refused(
                f"The file could not be received: {exc or 'the connection broke off'}", 507
            )
        more = {"loaded_by": viewer.name, "smtp": settings().smtp}
        work = _Loading(engine, path, {**options, **more})
        if NDJSON in request.headers.get("accept", ""):
            return StreamingResponse(work.lines(), media_type=NDJSON)
        *_, last = [line async for line in work.lines()]
        answer = json.loads(last)
        return JSONResponse(answer, status_code=422 if "error" in answer else 200)

    return upload


def _options(request: Request) -> dict[str, Any]:
    """`load_file`'s arguments from the query string, each looked at."""
    query = request.query_params
    switch, zone, source = (query.get(key) or None for key in ("switch", "timezone", "source"))
    if switch is not None and not fit_for_a_name(switch):
        raise BadRequest("A switch's name has 1 to 100 characters, without slashes.")
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as exc:
            raise BadRequest(f"There is no time zone {zone!r}.") from exc
    if source is not None and source not in READERS:
        raise BadRequest(f"There is no format {source!r}.")
    return {"switch": switch, "timezone": zone, "source": source}


def fit_for_a_name(name: str) -> bool:
    """Whether `name` can name a switch, and its folder of the inbox."""
    plain = name.isprintable() and not set(name) & set("/\\")
    return plain and 0 < len(name) <= LONGEST_NAME and name == name.strip() and name[0] != "."


def _folder(var_dir: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=private_folder(var_dir, "upload")))


async def _received(request: Request, folder: Path) -> Path:
    """Stream the body into `folder`; memory holds one chunk."""
    free = shutil.disk_usage(folder).free - RESERVE_BYTES
    if int(request.headers.get("content-length") or 0) > free:
        raise BadRequest("There is not enough room on the disk for this file.")
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1) as form:
            file = next((part for part in form.values() if isinstance(part, UploadFile)), None)
            if file is None:
                raise BadRequest("The form holds no file.")
            path = folder / _file_name(file.filename)
            with path.open("wb") as target:
                await to_thread.run_sync(shutil.copyfileobj, file.file, target)
        return path
    path = folder / _file_name(request.query_params.get("name"))
    size = 0
    with path.open("wb") as target:
        async for chunk in request.stream():
            size += len(chunk)
            if size > free:
                raise BadRequest("There is not enough room on the disk for this file.")
            await to_thread.run_sync(target.write, chunk)
    return path


def _file_name(given: str | None) -> str:
    """The last part of the name the client gave, without what could lead elsewhere."""
    name = PurePosixPath((given or "").replace("\\", "/")).name
    name = "".join(char for char in name if char.isprintable())[-200:].lstrip(".")
    return name or "upload"


class _Loading:
    """One file being loaded in a thread, and the lines that tell of it."""

    def __init__(
        self, engine: Callable[[], Engine], path: Path, options: dict[str, Any]
    ) -> None:
        self.engine, self.path, self.options = engine, path, options
        self.told: SimpleQueue[dict[str, Any]] = SimpleQueue()

    async def lines(self) -> AsyncIterator[str]:
        """What is known, twice a second at most; the report or an error last."""
        # A thread of its own: a client that goes away does not end the loading.
        thread = Thread(target=self._load, name="upload", daemon=True)
        thread.start()
        while True:
            newest = self._newest()
            if newest is not None:
                yield json.dumps(newest, default=_plain) + "\n"
                if newest.keys() != {"read"}:
                    return
            await sleep(0.2 if thread.is_alive() else 0)

    def _newest(self) -> dict[str, Any] | None:
        newest = None
        while True:
            try:
                newest = self.told.get_nowait()
            except Empty:
                return newest

    def _load(self) -> None:
        answer: dict[str, Any] = {"error": "The file could not be loaded; see the log."}
        try:
            report = load_file(
                self.engine(),
                self.path,
                progress=lambda read, *_: self.told.put({"read": read}),
                **self.options,
            )
            answer = {**asdict(report), "file": self.path.name}
        except CdrStatsError as exc:
            answer = {"error": str(exc)}
        except (SQLAlchemyError, OSError) as exc:
            log.exception("upload=%s", self.path.name)
            answer = {
                "error": f"The file could not be loaded: {type(exc).__name__}; see the log."
            }
        finally:
            shutil.rmtree(self.path.parent, ignore_errors=True)
            self.told.put(answer)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else os.fspath(str(value))
