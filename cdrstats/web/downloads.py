"""GET /downloads/{id}: a finished download, as a file, to whoever asked for it."""

import uuid
from collections.abc import Awaitable, Callable

from anyio import to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from cdrstats.accounts import Viewer
from cdrstats.accounts.isolation import confine
from cdrstats.calls import MEDIA_TYPES
from cdrstats.downloads import Download, find, path_of
from cdrstats.errors import CdrStatsError
from cdrstats.settings import Settings
from cdrstats.web.noting import address_of, note_taken
from cdrstats.web.refusing import SILENT, refused

NOT_READY = {
    "waiting": "This file is not written yet.",
    "running": "This file is being written.",
    "failed": "This file could not be written.",
    "cancelled": "This download was cancelled.",
}


def endpoint(
    settings: Callable[[], Settings], engine: Callable[[], Engine]
) -> Callable[[Request], Awaitable[Response]]:
    """The route, over the settings and the engine of this process."""

    def found(viewer: Viewer, id: uuid.UUID) -> Download | None:
        with engine().connect() as conn, conn.begin():
            confine(conn, viewer.scope)
            return find(conn, viewer, id)

    def noted(viewer: Viewer, address: str, one: Download) -> None:
        detail = {"query": one.query, "calls": str(one.rows_done)}
        taken = ("take download", one.file_name, detail, one.masked)
        note_taken(engine, viewer, address, *taken)

    async def downloaded(request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        if not viewer.may("export"):
            return refused("You may not export calls.", 403)
        try:
            # The id is only ever looked up; where the file is, our own row says.
            id = uuid.UUID(request.path_params["id"])
            one = await to_thread.run_sync(found, viewer, id)
        except ValueError:
            one = None
        except CdrStatsError as exc:
            return refused(str(exc), 503)
        except DBAPIError:
            return refused(SILENT, 503)
        if one is None:
            return refused("There is no such download of yours any more.", 404)
        if one.state != "done":
            return refused(NOT_READY[one.state], 409)
        path = path_of(settings().var_dir, one.id, one.format)
        if not path.is_file():
            return refused("This file is not there any more: ask for it again.", 410)
        try:
            await to_thread.run_sync(noted, viewer, address_of(request), one)
        except (CdrStatsError, DBAPIError):
            return refused(SILENT, 503)
        return FileResponse(
            path,
            media_type=MEDIA_TYPES[one.format],
            filename=one.file_name,
            headers={"cache-control": "no-store"},
        )

    return downloaded
