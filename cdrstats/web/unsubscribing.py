"""The link in a digest by which whoever got it gets no more of them.

Nobody signs in for it: the word in the link is sealed, and stands for one address of one
digest. Looking changes nothing, since scanners of mails open every link. A mail program writes
by itself (RFC 8058), and the form on the page writes the same; no cookie counts here that
another site could have a browser send, so that it can do nothing without the word.
"""

from collections.abc import Callable
from html import escape

from anyio import to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cdrstats import digests
from cdrstats.accounts import audit
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.errors import BadRequest, CdrStatsError
from cdrstats.settings import Settings
from cdrstats.web import forms
from cdrstats.web.noting import address_of

TITLE = "Get no more of these mails"
AWAY = "The database does not answer. It may be starting; try again soon."


def routes(settings: Callable[[], Settings], engine: Callable[[], Engine]) -> list[BaseRoute]:
    """The routes, over the settings and the engine of this process."""

    def box() -> SecretBox:
        return SecretBox(settings().secret_key_file)

    async def ask(request: Request) -> Response:
        """GET: whom the link is for, and a button."""
        try:
            _, address = digests.meant(box(), request.path_params["word"])
        except BadRequest as exc:
            return forms.sentence(TITLE, str(exc), 410)
        action = escape(request.url.path)
        body = f"<p>{escape(address)} gets no more mails of this digest.</p>"
        return forms.page(
            TITLE, f'{body}<form method="post" action="{action}"><button>Do so</button></form>'
        )

    def leave(word: str, address: str) -> str:
        with engine().begin() as conn:
            name, who = digests.leave(conn, box(), word)
            if name is not None:
                audit.note(conn, who, "unsubscribe", name, address=address)
        return who

    async def do(request: Request) -> Response:
        """POST: it is done, however often it is asked for."""
        word = request.path_params["word"]
        try:
            who = await to_thread.run_sync(leave, word, address_of(request))
        except BadRequest as exc:
            return forms.sentence(TITLE, str(exc), 410)
        except (CdrStatsError, DBAPIError):
            return forms.sentence(TITLE, AWAY, 503)
        return forms.sentence(TITLE, f"{who} gets no more mails of this digest.", 200)

    return [
        Route("/unsubscribe/{word}", ask, methods=["GET"]),
        Route("/unsubscribe/{word}", do, methods=["POST"]),
    ]
