"""The front door: pure ASGI, so that it guards the websocket as well as each request.

Any page on the web can make a browser send requests to an address in an office, or to this
machine. So a request must name a host that is ours, and, where it writes or opens the
websocket, come from a page that we served. Beyond the sign-in itself, whoever sends it must be
signed in.
"""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

from anyio import to_thread
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cdrstats.accounts import Viewer
from cdrstats.accounts.gate import HEADER, vouched
from cdrstats.accounts.tokens import id_of
from cdrstats.errors import CdrStatsError
from cdrstats.web.cookies import is_forged, session_of
from cdrstats.web.noting import address_of

log = logging.getLogger("cdrstats.web")

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
READING = {"GET", "HEAD", "OPTIONS"}

PUBLIC = frozenset(
    {"/healthz", "/readyz", "/login", "/logout", "/oidc/start", "/oidc/callback"}
    | {"/cdr", "/api/v1/cdrs"}
)
PUBLIC_BELOW = ("/link/", "/unsubscribe/", "/static/", "/app/static/", "/cdr/")
"""Signing in; what is the same for everybody: scripts, fonts, the logo; and where switches push
their records, which show keys of their own."""

OF_PROGRAMS = ("/api/", "/upload", "/export/", "/downloads/", "/metrics")
"""Where a token lets somebody in. Pages are for sessions, which people end by signing out."""

LOOK_AGAIN_S = 15
"""How long a websocket goes on without a look whether its session is still open."""

ENDED = "signed out"

# Vega compiles its expressions, and Streamlit loads components from blobs.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "frame-src 'self' blob:",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'self'",
        "object-src 'none'",
    ]
)
SECURITY_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Gate:
    """Refuse what comes from another site, send strangers to sign in, vouch for the rest.

    Args:
        app: what stands behind the gate.
        look: who is signed in by a session, None if nobody is; it asks the database.
        look_by_token: likewise, whose token a program shows.
        tell_refused: tells the audit of a token that is nobody's, or, None, of a forged
            session, and from which address it came.
        allowed_hosts: names beside those of loopback, each with a port or for any port.
    """

    def __init__(
        self,
        app: ASGIApp,
        look: Callable[[str], Viewer | None],
        look_by_token: Callable[[str], Viewer | None],
        tell_refused: Callable[[str | None, str], None],
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        self.app = app
        self.look, self.look_by_token = look, look_by_token
        self.tell_refused = tell_refused
        self.hosts = {host.lower() for host in (*LOCAL_NAMES, *allowed_hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if scope["type"] == "http":
            send = _with_headers(send)
        scope = _without_word(scope)
        if refusal := self._refusal(scope):
            await _refuse(scope, receive, send, PlainTextResponse(refusal + "\n", 403))
        elif scope["type"] == "http" and _is_public(scope["path"]):
            await self.app(scope, receive, send)
        else:
            await self._let_in(scope, receive, send)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let those pass who are signed in."""
        connection = HTTPConnection(scope)
        token = _token_in(connection)
        try:
            viewer = await to_thread.run_sync(self._viewer, connection, token)
        except (CdrStatsError, DBAPIError) as exc:
            log.warning("error=%s", type(exc).__name__)
            silent = PlainTextResponse("The database does not answer; try again soon.\n", 503)
            await _refuse(scope, receive, send, silent)
            return
        if viewer is None:
            await self._told(connection, token)
            away = _turned_away(connection) if token is None else _wrong_token()
            await _refuse(scope, receive, send, away)
            return
        if token is not None and not viewer.may("api"):
            sentence = f"{viewer.name} may not use the programming interface."
            await _refuse(scope, receive, send, JSONResponse({"error": sentence}, 403))
            return
        if scope["type"] == "websocket":
            receive = self._watched(receive, send, viewer.session_id)
        await self.app(_vouched(scope, viewer), receive, send)

    def _viewer(self, connection: HTTPConnection, token: str | None) -> Viewer | None:
        """Who sends this: by the token if there is one, whatever cookie comes with it."""
        if token is not None:
            return self.look_by_token(id_of(token))
        session_id = session_of(connection)
        return self.look(session_id) if session_id else None

    async def _told(self, connection: HTTPConnection, token: str | None) -> None:
        """Tell the audit of what somebody made up; who is not signed in is not told of."""
        if token is None and not is_forged(connection):
            return
        shown = None if token is None else id_of(token)
        try:
            await to_thread.run_sync(self.tell_refused, shown, address_of(connection))
        except (CdrStatsError, DBAPIError) as exc:  # it is refused all the same
            log.warning("refusal=untold error=%s", type(exc).__name__)

    def _watched(self, receive: Receive, send: Send, session_id: str) -> Receive:
        """What the browser sends over a websocket, for as long as the session lasts.

        The first message after its end is let through: the page then says so, and leads to the
        sign-in. One that does not ask who is looking is cut off at the second.
        """
        looked, over = time.monotonic(), False

        async def receiving() -> Message:
            nonlocal looked, over
            message = await receive()
            if message["type"] != "websocket.receive" or (
                not over and time.monotonic() - looked < LOOK_AGAIN_S
            ):
                return message
            if over:
                await send({"type": "websocket.close", "code": 1008, "reason": ENDED})
                return {"type": "websocket.disconnect", "code": 1008}
            with suppress(CdrStatsError, DBAPIError):  # the page tells; and this asks again
                over = await to_thread.run_sync(self.look, session_id) is None
            looked = time.monotonic()
            return message

        return receiving

    def _refusal(self, scope: Scope) -> str | None:
        """Why this request is not let in; None if it is."""
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if len(headers.getlist("host")) > 1 or not self._is_ours(host):
            return "This host name is not served here; see CDRSTATS_ALLOWED_HOSTS."
        writes = scope["type"] == "websocket" or scope["method"] not in READING
        if writes and not _from_our_page(headers, host):
            return "This request comes from another site."
        return None

    def _is_ours(self, host: str) -> bool:
        return host in self.hosts or _without_port(host) in self.hosts


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def _from_our_page(headers: Headers, host: str) -> bool:
    """Browsers send Origin with these; programs, which no site steers, need not."""
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() == host
    return headers.get("sec-fetch-site", "none") in ("none", "same-origin")


def _is_public(path: str) -> bool:
    return path in PUBLIC or path.startswith(PUBLIC_BELOW)


def _without_word(scope: Scope) -> Scope:
    """The scope without what the client sent in the header that is ours."""
    name = HEADER.lower().encode()
    headers = [pair for pair in scope["headers"] if pair[0].lower() != name]
    return {**scope, "headers": headers}


def _vouched(scope: Scope, viewer: Viewer) -> Scope:
    """The scope with our own word for the session, and the viewer for our routes."""
    word = (HEADER.lower().encode(), vouched(viewer.session_id).encode())
    state = {**scope.get("state", {}), "viewer": viewer}
    return {**scope, "headers": [*scope["headers"], word], "state": state}


def _token_in(asking: HTTPConnection) -> str | None:
    """The token that a program shows; None if it shows none, or asks for a page."""
    scheme, _, token = asking.headers.get("authorization", "").partition(" ")
    is_shown = scheme.lower() == "bearer" and asking.scope["type"] == "http"
    return token.strip() if is_shown and asking.url.path.startswith(OF_PROGRAMS) else None


def _wrong_token() -> Response:
    sentence = "This token is not known, or has ended, or was revoked."
    headers = {"www-authenticate": 'Bearer error="invalid_token"'}
    return JSONResponse({"error": sentence}, 401, headers)


def _turned_away(asking: HTTPConnection) -> Response:
    """To the sign-in, and from there back, for whoever looks; a sentence for programs."""
    looks = "text/html" in asking.headers.get("accept", "")
    if looks and asking.scope.get("method") == "GET":
        there = asking.url.path + (f"?{asking.url.query}" if asking.url.query else "")
        return RedirectResponse(f"/login?{urlencode({'next': there})}", 303)
    if asking.url.path.startswith(OF_PROGRAMS):
        sentence = "Sign in first, or show a token: `Authorization: Bearer TOKEN`."
        return JSONResponse({"error": sentence}, 401, {"www-authenticate": "Bearer"})
    return JSONResponse({"error": "Sign in first."}, 401)


async def _refuse(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
    else:
        await answer(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: list[Any] = list(message.get("headers", []))
            given = {key.lower() for key, _ in headers}
            for name, value in SECURITY_HEADERS.items():
                if name.encode() not in given:
                    headers.append((name.encode(), value.encode()))
            message = {**message, "headers": headers}
        await send(message)

    return sending
