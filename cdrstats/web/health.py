"""For whoever watches us: GET /healthz, are we alive; GET /readyz, can people be sent here."""

import logging
from collections.abc import Awaitable, Callable

from anyio import to_thread
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cdrstats.db.migrate import is_current
from cdrstats.errors import CdrStatsError
from cdrstats.web.refusing import SILENT

log = logging.getLogger("cdrstats.web")


def endpoint(engine: Callable[[], Engine]) -> Callable[[Request], Awaitable[Response]]:
    """200 with `database: ok`, or 503; strangers may ask, and the log says what is wrong."""

    def trouble() -> str | None:
        try:
            with engine().connect() as conn:
                conn.execute(text("SELECT 1"))
        except CdrStatsError as exc:
            log.warning("not healthy: %s", exc)
            return SILENT
        except DBAPIError:
            return SILENT
        return None

    async def healthz(_: Request) -> Response:
        wrong = await to_thread.run_sync(trouble)
        if wrong:
            return JSONResponse({"status": "error", "database": wrong}, status_code=503)
        return JSONResponse({"status": "ok", "database": "ok"})

    return healthz


def ready(engine: Callable[[], Engine]) -> Callable[[Request], Awaitable[Response]]:
    """200 once the database answers and has this version's tables, or 503 with the reason.

    Strangers may ask, so that a reason names no server; the log does.
    """

    def trouble() -> str | None:
        try:
            current = is_current(engine())
        except CdrStatsError as exc:
            log.warning("not ready: %s", exc)
            return "The database cannot be used; the log of the web process says why."
        except DBAPIError:
            return SILENT
        return None if current else "The database's tables are not those of this version."

    async def readyz(_: Request) -> Response:
        wrong = await to_thread.run_sync(trouble)
        if wrong:
            return JSONResponse({"status": "error", "reason": wrong}, status_code=503)
        return JSONResponse({"status": "ok"})

    return readyz
