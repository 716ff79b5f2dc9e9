"""GET /healthz: whether the application and its database answer, for whoever watches them."""

from collections.abc import Awaitable, Callable

from anyio import to_thread
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cdrstats.errors import CdrStatsError


def endpoint(engine: Callable[[], Engine]) -> Callable[[Request], Awaitable[Response]]:
    """200 with `database: ok`, or 503 with what is wrong."""

    def trouble() -> str | None:
        try:
            with engine().connect() as conn:
                conn.execute(text("SELECT 1"))
        except CdrStatsError as exc:
            return str(exc)
        except DBAPIError:
            return "The database does not answer."
        return None

    async def healthz(_: Request) -> Response:
        wrong = await to_thread.run_sync(trouble)
        if wrong:
            return JSONResponse({"status": "error", "database": wrong}, status_code=503)
        return JSONResponse({"status": "ok", "database": "ok"})

    return healthz
