"""/api/v1: calls and figures for programs, which see what the person of their token sees."""

from collections.abc import Callable

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from cdrstats.settings import Settings
from cdrstats.web.api.calls import CALLS
from cdrstats.web.api.document import document
from cdrstats.web.api.figures import METRIC, METRIC_LIST
from cdrstats.web.api.lists import CUSTOMERS, SWITCHES
from cdrstats.web.api.operations import endpoint, refused, written
from cdrstats.web.api.reference import reference

OPERATIONS = (CALLS, METRIC_LIST, METRIC, CUSTOMERS, SWITCHES)


def routes(settings: Callable[[], Settings], engine: Callable[[], Engine]) -> list[BaseRoute]:
    """The routes, over the settings and the engine of this process."""

    def default_zone() -> str:
        return settings().timezone

    served: list[BaseRoute] = [
        Route(each.path, endpoint(each, engine, default_zone), methods=["GET"])
        for each in OPERATIONS
    ]
    served.append(Route("/openapi.json", _document, methods=["GET"]))
    served.append(Route("/docs", _docs, methods=["GET"]))
    served.append(Route("/{rest:path}", _nothing, methods=["GET"]))
    return [Mount("/api/v1", routes=served)]


async def _document(_: Request) -> Response:
    return written(document(OPERATIONS))


async def _docs(_: Request) -> Response:
    return reference(OPERATIONS)


async def _nothing(_: Request) -> Response:
    return refused("There is nothing here; /api/v1/docs tells what there is.", 404)
