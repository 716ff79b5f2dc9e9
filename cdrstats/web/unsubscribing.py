"""The link in a digest by which whoever got it gets no more of them.

Nobody signs in for it: the word in the link is sealed, and stands for one address of one
digest. Looking changes nothing, since scanners of mails open every link. A mail program writes
by itself (RFC 8058), and the form on the page writes the same; no cookie counts here that
another site could have a browser send, so that it can do nothing without the word. The page is
in the language that the link tells, which is the mail's.
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
from cdrstats.digests import Language
from cdrstats.errors import BadRequest, CdrStatsError
from cdrstats.settings import Settings
from cdrstats.web import forms
from cdrstats.web.noting import address_of


def language_of(request: Request) -> Language:
    """What the page is written in; English if the link tells none."""
    return digests.LANGUAGES[digests.nearest(request.query_params.get(digests.LANGUAGE, ""))]


def sentence(language: Language, said: str, status: int, **given: object) -> Response:
    """A page that says one thing of those about leaving."""
    title, words, sign_in = (
        language.say(f"leaving.{key}", **given) for key in ("title", said, "sign_in")
    )
    return forms.sentence(title, words, status, language.tag, sign_in)


def routes(settings: Callable[[], Settings], engine: Callable[[], Engine]) -> list[BaseRoute]:
    """The routes, over the settings and the engine of this process."""

    def box() -> SecretBox:
        return SecretBox(settings().secret_key_file)

    async def ask(request: Request) -> Response:
        """GET: whom the link is for, and a button."""
        language = language_of(request)
        try:
            _, address = digests.meant(box(), request.path_params["word"])
        except BadRequest:
            return sentence(language, "not_known", 410)
        asked = escape(language.say("leaving.ask", address=address))
        button = f"<button>{escape(language.say('leaving.button'))}</button>"
        body = f'<p>{asked}</p><form method="post">{button}</form>'  # to this very address
        return forms.page(language.say("leaving.title"), body, lang=language.tag)

    def leave(word: str, address: str) -> str:
        with engine().begin() as conn:
            name, who = digests.leave(conn, box(), word)
            if name is not None:
                audit.note(conn, who, "unsubscribe", name, address=address)
        return who

    async def do(request: Request) -> Response:
        """POST: it is done, however often it is asked for."""
        word, language = request.path_params["word"], language_of(request)
        try:
            who = await to_thread.run_sync(leave, word, address_of(request))
        except BadRequest:
            return sentence(language, "not_known", 410)
        except (CdrStatsError, DBAPIError):
            return sentence(language, "away", 503)
        return sentence(language, "told", 200, address=who)

    return [
        Route("/unsubscribe/{word}", ask, methods=["GET"]),
        Route("/unsubscribe/{word}", do, methods=["POST"]),
    ]
