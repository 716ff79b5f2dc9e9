"""Signing in and out, and the links that set a password.

Forms come from our own pages only: the gate looks at where a request comes from, and what other
sites send carries no cookie of ours (SameSite).
"""

import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from anyio import to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from cdrstats.accounts import api_tokens, audit, links, people, sessions
from cdrstats.accounts.links import LinkRefused
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.accounts.signing_in import Refused, SignedIn, sign_in
from cdrstats.errors import BadRequest, CdrStatsError
from cdrstats.settings import Settings
from cdrstats.web import cookies, forms
from cdrstats.web.noting import address_of

log = logging.getLogger("cdrstats.web")

AWAY = "The database does not answer. It may be starting; try again soon."
SET = "Your password is set. Sign in with it."
FIELDS = ("name", "password", "code", "next")
DIFFER = "The two passwords are not the same."

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(settings: Callable[[], Settings], engine: Callable[[], Engine]) -> list[BaseRoute]:
    """The routes, over the settings and the engine of this process."""
    signing = _Signing(settings, engine)
    return [
        Route("/login", signing.show, methods=["GET"]),
        Route("/login", signing.sign_in, methods=["POST"]),
        Route("/logout", signing.sign_out, methods=["POST"]),
        Route("/link/{token}", signing.show_link, methods=["GET"]),
        Route("/link/{token}", signing.use_link, methods=["POST"]),
    ]


def safe_next(given: str | None) -> str:
    """The path of ours in `given`, where a person is led after signing in; else "/".

    What browsers would take for another site is none: `//evil`, a backslash, a line break.
    """
    if not given or not given.isprintable() or "\\" in given or not given.startswith("/"):
        return "/"
    try:
        parts = urlsplit(given)
    except ValueError:
        return "/"
    return given if not (parts.scheme or parts.netloc or given.startswith("//")) else "/"


class _Signing:
    def __init__(self, settings: Callable[[], Settings], engine: Callable[[], Engine]) -> None:
        self._settings, self._engine = settings, engine

    async def show(self, request: Request) -> Response:
        """GET /login?next=: the form."""
        notice = _set(request.query_params["set"]) if "set" in request.query_params else ""
        return self._form(safe_next(request.query_params.get("next")), notice=notice)

    def _form(
        self,
        there: str,
        trouble: str = "",
        notice: str = "",
        status: int = 200,
        name: str = "",
    ) -> Response:
        oidc = self._settings().oidc
        return forms.sign_in(there, trouble, notice, status, oidc.name if oidc else "", name)

    async def sign_in(self, request: Request) -> Response:
        """POST /login: a session, or the form again with what is wrong."""
        async with request.form(max_files=0, max_fields=10) as form:
            given = {key: str(form.get(key, "")) for key in FIELDS}
        there = safe_next(given.pop("next"))
        try:
            found = await to_thread.run_sync(self._sign_in, request, given)
        except (CdrStatsError, DBAPIError):
            return self._form(there, AWAY, status=503, name=given["name"])
        if isinstance(found, Refused):
            answer = self._form(there, found.sentence, status=401, name=given["name"])
            if found.wait_s:
                answer.status_code = 429
                answer.headers["retry-after"] = str(found.wait_s)
            return answer
        answer = RedirectResponse(there, 303)
        cookies.give(answer, request, found.token)
        return answer

    def _sign_in(self, request: Request, given: dict[str, str]) -> SignedIn | Refused:
        box = SecretBox(self._settings().secret_key_file)
        with self._engine().begin() as conn:
            found = sign_in(
                conn,
                box,
                given["name"],
                given["password"],
                given["code"],
                address_of(request),
                request.headers.get("user-agent", ""),
                datetime.now(UTC),
            )
            if isinstance(found, SignedIn) and (old := cookies.session_of(request)):
                sessions.end(conn, old)
        return found

    async def sign_out(self, request: Request) -> Response:
        """POST /logout: the session ends, whoever it was."""
        if session_id := cookies.session_of(request):
            try:
                await to_thread.run_sync(self._sign_out, session_id, address_of(request))
            except (CdrStatsError, DBAPIError):
                return forms.sentence("You are still signed in", AWAY, 503)
        answer = RedirectResponse("/login", 303)
        cookies.take(answer, request)
        return answer

    def _sign_out(self, session_id: str, address: str) -> None:
        with self._engine().begin() as conn:
            viewer = sessions.viewer_of(conn, session_id, datetime.now(UTC))
            sessions.end(conn, session_id)
            if viewer is not None:
                audit.note(
                    *(conn, viewer.name, "sign out"),
                    person_id=viewer.person_id,
                    address=address,
                )

    async def show_link(self, request: Request) -> Response:
        """GET /link/{token}: the form that sets a password; looking does not use the link."""
        try:
            name = await to_thread.run_sync(self._name_of, request.path_params["token"])
        except LinkRefused as exc:
            return await self._refused(request, exc)
        except (CdrStatsError, DBAPIError):
            return forms.sentence("Not now", AWAY, 503)
        return forms.choose_password(request.url.path, name)

    async def use_link(self, request: Request) -> Response:
        """POST /link/{token}: the password is set, and the person signs in with it."""
        async with request.form(max_files=0, max_fields=10) as form:
            password, again = str(form.get("password", "")), str(form.get("again", ""))
        token = request.path_params["token"]
        try:
            name = await to_thread.run_sync(self._name_of, token)
        except LinkRefused as exc:
            return await self._refused(request, exc)
        except (CdrStatsError, DBAPIError):
            return forms.sentence("Not now", AWAY, 503)
        if password != again:
            return forms.choose_password(request.url.path, name, DIFFER, 422)
        try:
            left = await to_thread.run_sync(self._use, token, password, address_of(request))
        except LinkRefused as exc:  # somebody else was faster
            return await self._refused(request, exc)
        except BadRequest as exc:
            return forms.choose_password(request.url.path, name, str(exc), 422)
        except (CdrStatsError, DBAPIError):
            return forms.choose_password(request.url.path, name, AWAY, 503)
        return RedirectResponse(f"/login?set={left}", 303)

    async def _refused(self, request: Request, exc: LinkRefused) -> Response:
        """The sentence, and a line of the audit; without a database the sentence alone."""

        def note() -> None:
            with self._engine().begin() as conn:
                links.tell_refused(conn, exc, address_of(request), datetime.now(UTC))

        try:
            await to_thread.run_sync(note)
        except (CdrStatsError, DBAPIError) as trouble:
            log.warning("refusal=untold error=%s", type(trouble).__name__)
        return forms.sentence("This link cannot be used", str(exc), 410)

    def _name_of(self, token: str) -> str:
        with self._engine().connect() as conn:
            return links.name_of(conn, token, datetime.now(UTC))

    def _use(self, token: str, password: str, address: str) -> int:
        """Use the link; say how many tokens of the person's programs are good still."""
        now = datetime.now(UTC)
        with self._engine().begin() as conn:
            name = links.use(conn, token, password, address, now)
            return api_tokens.still_good(conn, people.find(conn, name).id, now)


def _set(left: str) -> str:
    """What is said once a password is set; `left` tokens are good still, as the URL says."""
    if not re.fullmatch("[1-9][0-9]{0,3}", left):
        return SET
    which = "1 API token of yours is" if left == "1" else f"{left} API tokens of yours are"
    return f"{SET} {which} still good: Your account lists what to revoke."
