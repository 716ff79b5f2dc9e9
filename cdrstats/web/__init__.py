"""What is served beside the pages: the gate in front of all, files in and out, health.

Nothing here knows Streamlit; app.py hands in the settings and the engine of its process.
"""

from collections.abc import Callable

from sqlalchemy import Engine
from starlette.datastructures import URL
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from cdrstats.settings import Settings
from cdrstats.web import (
    api,
    downloads,
    health,
    prometheus,
    push,
    signing,
    unsubscribing,
    upload,
)
from cdrstats.web import export as exports
from cdrstats.web.gate import Gate
from cdrstats.web.life import lifespan
from cdrstats.web.looking import Looker

__all__ = ["lifespan", "middleware", "routes"]


def routes(settings: Callable[[], Settings], engine: Callable[[], Engine]) -> list[BaseRoute]:
    """Our own routes; the database is asked for when one is used, not before."""
    return [
        *signing.routes(settings, engine),
        *_single_sign_on(settings, engine),
        *unsubscribing.routes(settings, engine),
        Route("/dashboard", _start_page, methods=["GET"]),
        Route("/healthz", health.endpoint(engine), methods=["GET"]),
        Route("/readyz", health.ready(engine), methods=["GET"]),
        Route("/metrics", prometheus.endpoint(engine), methods=["GET"]),
        Route("/upload", upload.endpoint(settings, engine), methods=["POST"]),
        Route("/export/calls.{kind}", exports.endpoint(settings, engine), methods=["GET"]),
        *push.routes(engine),
        *api.routes(settings, engine),
        Route("/downloads/{id}", downloads.endpoint(settings, engine), methods=["GET"]),
    ]


def _single_sign_on(
    settings: Callable[[], Settings], engine: Callable[[], Engine]
) -> list[BaseRoute]:
    """The way to the provider and back, where there is one."""
    if (told := settings().oidc) is None:
        return []
    from cdrstats.web import oidc  # slow to import, and not needed by everybody

    return oidc.routes(settings, engine, told)


async def _start_page(request: Request) -> Response:
    """The dashboard is the start page, and Streamlit knows it by no other path."""
    return RedirectResponse(str(URL("/").replace(query=request.url.query)), 307)


def middleware(settings: Settings, engine: Callable[[], Engine]) -> list[Middleware]:
    """The gate, before everything."""
    look = Looker(engine)
    return [
        Middleware(
            Gate,
            look=look,
            look_by_token=look.by_token,
            tell_refused=look.tell_refused,
            allowed_hosts=settings.allowed_hosts,
        )
    ]
