"""The front door: pure ASGI, so that it guards the websocket as well as each request.

Any page on the web can make a browser send requests to a loopback port. So a request must
come from this machine, name a host that is ours, and, where it writes or opens the websocket,
come from a page that we served.
"""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cdrstats.accounts.gate import HEADER, PASS

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
READING = {"GET", "HEAD", "OPTIONS"}

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
    """Refuse what does not come from here; vouch for the rest, and add the security headers.

    Args:
        app: what stands behind the gate.
        allowed_hosts: names beside those of loopback, each with a port or for any port.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Iterable[str] = ()) -> None:
        self.app = app
        self.hosts = {host.lower() for host in (*LOCAL_NAMES, *allowed_hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self.app(_vouched(scope), receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refusal})
        else:
            answer = PlainTextResponse(refusal + "\n", status_code=403)
            await answer(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> str | None:
        """Why this request is not let in; None if it is."""
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if not _from_this_machine(scope):
            return "CDR-Stats answers this machine only."
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


def _from_this_machine(scope: Scope) -> bool:
    client = scope.get("client")
    if client is None:  # a socket file
        return True
    try:
        return ip_address(client[0]).is_loopback
    except ValueError:
        return False


def _from_our_page(headers: Headers, host: str) -> bool:
    """Browsers send Origin with these; programs, which no site steers, need not."""
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() == host
    return headers.get("sec-fetch-site", "none") in ("none", "same-origin")


def _vouched(scope: Scope) -> Scope:
    """The scope with our own word in place of whatever the client sent in its header."""
    name = HEADER.lower().encode()
    headers = [pair for pair in scope["headers"] if pair[0].lower() != name]
    return {**scope, "headers": [*headers, (name, PASS.encode())]}


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
