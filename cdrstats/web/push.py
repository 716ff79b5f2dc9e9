"""POST /cdr and /api/v1/cdrs: switches send their records themselves.

FreeSWITCH's mod_json_cdr and mod_xml_cdr, with `encode` as true, base64 or false, and JSON of
the columns of `cdr_import`. The key of the switch is the password of Basic, a bearer's token,
or the end of the path. What is answered with 200 is committed, so a switch that is not answered
sends again; the same record twice is one.
"""

import base64
import binascii
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

from anyio import to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from cdrstats.accounts import refusals
from cdrstats.accounts.tokens import id_of
from cdrstats.errors import BadRequest, CdrStatsError
from cdrstats.intake import Push
from cdrstats.sources import detect
from cdrstats.web.batching import Batches
from cdrstats.web.noting import address_of
from cdrstats.web.refusing import SILENT, refused
from cdrstats.web.slowing import Slowed

log = logging.getLogger("cdrstats.web")

MOST_BYTES = 8 << 20
"""Of a request; FreeSWITCH sends a document of some ten kilobytes."""

MOST_WAITING = 500
"""Requests that are at work or wait. More are told to come again, which FreeSWITCH does."""

PUSHED = ("freeswitch_json", "freeswitch_xml", "cdrstats_json")
WRONG = "show a wrong switch key"


def routes(engine: Callable[[], Engine]) -> list[BaseRoute]:
    """The routes, over the engine of this process; those of /api/v1 stand before its own."""
    receive = endpoint(engine)
    return [
        Route("/cdr", receive, methods=["POST"]),
        Route("/cdr/{key}", receive, methods=["POST"]),
        Route("/api/v1/cdrs", receive, methods=["POST"]),
    ]


def endpoint(engine: Callable[[], Engine]) -> Callable[[Request], Awaitable[Response]]:
    """The route, with what it remembers of wrong keys and of requests under way."""
    slowed = Slowed()
    batches = Batches(engine)
    under_way = 0

    async def receive(request: Request) -> Response:
        nonlocal under_way
        if under_way >= MOST_WAITING:
            return _again("Too many records at once: send it again.", 503, 1)
        under_way += 1
        try:
            return await _received(request, engine, batches, slowed)
        except ClientDisconnect:
            return refused("The connection broke off.", 400)
        except (CdrStatsError, SQLAlchemyError) as exc:
            log.warning("push error=%s", type(exc).__name__)
            return _again(f"{SILENT} Send it again.", 503, 5)
        finally:
            under_way -= 1

    return receive


async def _received(
    request: Request, engine: Callable[[], Engine], batches: Batches, slowed: Slowed
) -> Response:
    now, address = datetime.now(UTC), address_of(request)
    key = key_in(request)
    switch = await batches.switch_of(key, now) if key else None
    if switch is None:
        if wait_s := slowed.wait_s(address, now):
            return _again("Too many wrong keys from here.", 429, wait_s)
        await to_thread.run_sync(_tell_wrong, engine, key, address, now)
        sentence = "Show the key of a switch: as the password of Basic, or as a bearer."
        return JSONResponse({"error": sentence}, 401, {"www-authenticate": "Basic"})
    slowed.forgive(address)
    body = await _body(request)
    if body is None:
        return refused(f"A request holds {MOST_BYTES >> 20} MiB at most.", 413)
    try:
        document = decoded(body, request.headers.get("content-type", ""))
    except BadRequest as exc:
        return refused(str(exc), 400)
    found = detect(document[:65_536], "")
    if found.source not in PUSHED:
        return refused(f"This is no record of a known format: {found.how}.", 400)
    done = await batches.stage(Push(switch, found.source, document))
    return JSONResponse({"staged": done.staged, "bad": done.bad})


def key_in(request: Request) -> str:
    """The key that is shown; empty if there is none."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return shown.strip()
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(shown, validate=True).decode()
        except (binascii.Error, ValueError):
            return ""
        return pair.partition(":")[2]
    return str(request.path_params.get("key", ""))


def decoded(body: bytes, content_type: str) -> bytes:
    """The documents in a body, whatever FreeSWITCH has encoded them as.

    Raises:
        BadRequest: it is not what its type says.
    """
    kind = content_type.partition(";")[0].strip().lower()
    head = body[:20].lstrip()
    if not (kind.startswith("application/x-www-form") or head.startswith(b"cdr=")):
        return body
    value = body.strip().removeprefix(b"cdr=")
    if "base64" not in kind:
        # Whoever does not write %20 writes a plus for it; FreeSWITCH writes %2B for a plus.
        plain = unquote_to_bytes(value.replace(b"+", b" "))
        if plain.lstrip()[:1] in (b"{", b"[", b"<"):
            return plain
    try:
        return base64.b64decode(b"".join(unquote_to_bytes(value).split()), validate=True)
    except binascii.Error as exc:
        raise BadRequest("The form holds neither a document nor base64 of one.") from exc


async def _body(request: Request) -> bytes | None:
    """The body; None if it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _tell_wrong(engine: Callable[[], Engine], key: str, address: str, now: datetime) -> None:
    wrong = f"not known: {id_of(key)[:12]}" if key else "none"
    with engine().begin() as conn:
        refusals.tell(conn, WRONG, wrong, address, now)


def _again(sentence: str, status: int, after_s: int) -> Response:
    body = json.dumps({"error": sentence})
    headers = {"retry-after": str(after_s)}
    return Response(body, status, headers, media_type="application/json")
