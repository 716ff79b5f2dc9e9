"""GET /export/calls.{kind}."""

from collections.abc import Awaitable, Callable

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from cdrstats.settings import Settings


def endpoint(
    settings: Callable[[], Settings], engine: Callable[[], Engine]
) -> Callable[[Request], Awaitable[Response]]:
    async def export(request: Request) -> Response:
        return PlainTextResponse("x")

    return export
