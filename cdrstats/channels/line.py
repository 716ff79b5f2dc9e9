"""The way to a channel: one request, of which each step that is taken is told."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from socket import gaierror
from typing import Any

import httpx2

from cdrstats import __version__
from cdrstats.channels.address import host_of, scrubbed
from cdrstats.channels.rules import answer_of, is_final, signed, wait_asked
from cdrstats.channels.store import Destination
from cdrstats.errors import CdrStatsError

PATIENCE_S = 20.0
"""From the first look for the name to the end of the answer."""

MOST_READ = 2000
"""Bytes of an answer."""

ADVICE = {
    "connection": "Look at the address of the channel, at the name server of this machine, and"
    " at firewalls.",
    "TLS": "The certificate must be for the host in the address, and of an authority that this"
    " machine trusts; docs/mail.md tells how it comes to trust one.",
    "delivery": "Look at the address of the channel: where it leads, it was taken back, or does"
    " not take messages of this kind.",
}
"""What to look at where a step fails."""

Told = Callable[[str, str], None]
"""Hears each step that is done, and what was found."""

_STEPS = {
    "connection.connect_tcp.complete": "connection",
    "connection.start_tls.complete": "TLS",
}


class Trouble(CdrStatsError):
    """A step did not work.

    Attributes:
        final: trying again will not help.
        away: nothing else would get through now either.
        broken: it did not answer in the end; what else waits is for another time.
        after: the server asks to be left alone for so long.
    """

    def __init__(
        self,
        step: str,
        why: str,
        *,
        final: bool = False,
        away: bool = False,
        broken: bool = False,
        after: timedelta = timedelta(),
    ) -> None:
        super().__init__(why)
        self.step = step
        self.advice = ADVICE[step]
        self.final = final
        self.away = away
        self.broken = broken
        self.after = after


def unheard(step: str, detail: str) -> None:
    """Hears the steps where nobody wants to know."""


def deliver(to: Destination, id: str, body: bytes, told: Told = unheard) -> str:
    """Hand a message over; what the server confirms it with. Raises Trouble.

    Args:
        id: the same with each try, so that whoever gets it twice can tell.
    """
    done: list[str] = []

    async def trace(event: str, info: dict[str, Any]) -> None:
        if step := _STEPS.get(event):
            done.append(step)
            told(step, _seen(step, host, info))

    host = host_of(to.address)
    try:
        status, words, after = asyncio.run(_post(to, id, body, trace))
    except (
        httpx2.HTTPError,
        httpx2.InvalidURL,
        TimeoutError,
        ssl.SSLError,
        OSError,
        ValueError,
    ) as exc:
        step, why = _why(exc, host, done, to.address)
        # Once a message is with the server, only that one is known to be in trouble.
        raise Trouble(step, why, away=step != "delivery", broken=True) from None
    answer = answer_of(status, scrubbed(words, to.address))
    if 200 <= status < 300:
        told("delivery", answer)
        return answer
    what = "redirects us, which is not followed" if 300 <= status < 400 else "says"
    raise Trouble(
        "delivery",
        f"{host} {what}: {answer}",
        final=is_final(status),
        away=status == 429,
        after=wait_asked(after),
    )


async def _post(to: Destination, id: str, body: bytes, trace: Any) -> tuple[int, str, str]:
    """The status, the beginning of the answer, and how long to wait, as they came."""
    headers = {
        "content-type": "application/json",
        "accept-encoding": "identity",  # nothing small that becomes large
        "user-agent": f"CDR-Stats/{__version__}",
    }
    if to.secret:
        headers |= signed(to.secret, id, body, datetime.now(UTC))
    context = ssl.create_default_context()
    async with (
        asyncio.timeout(PATIENCE_S),
        httpx2.AsyncClient(verify=context, follow_redirects=False, timeout=None) as client,
        client.stream(
            "POST", to.address, content=body, headers=headers, extensions={"trace": trace}
        ) as answer,
    ):
        came = b""
        async for part in answer.aiter_raw():
            came += part
            if len(came) >= MOST_READ:
                break
        words = came.decode("utf-8", "replace")
        if len(came) >= MOST_READ:  # half a word may be half a secret
            words = words[:MOST_READ].rpartition(" ")[0]
        return answer.status_code, words, answer.headers.get("retry-after", "")


def _seen(step: str, host: str, info: dict[str, Any]) -> str:
    if step == "TLS":
        secured = info["return_value"].get_extra_info("ssl_object")
        return f"{secured.version()}; the certificate is one that this machine trusts."
    return f"{host} answers."


def _why(exc: Exception, host: str, done: list[str], address: str) -> tuple[str, str]:
    """Which step failed, and why, in a sentence without the address."""
    secure = address.startswith("https:")
    chain = _causes(exc)
    for each in chain:
        if isinstance(each, ssl.SSLCertVerificationError):
            return "TLS", f"The certificate of {host} is refused: {each.verify_message}."
        if isinstance(each, gaierror):
            return "connection", f"Nobody knows the name {host}: {each.strerror}."
        if isinstance(each, ssl.SSLError) and "TLS" not in done:
            return "TLS", f"{host} speaks no TLS that we understand."
    step = "delivery"
    if "connection" not in done:
        step = "connection"
    elif secure and "TLS" not in done:
        step = "TLS"
    if any(isinstance(each, TimeoutError | httpx2.TimeoutException) for each in chain):
        return step, f"{host} does not answer within {PATIENCE_S:.0f} s."
    if step == "connection":
        refused = any(isinstance(each, ConnectionRefusedError) for each in chain)
        return step, f"{host} cannot be reached" + (": connection refused." if refused else ".")
    return step, f"{host} hung up."


def _causes(exc: BaseException) -> list[BaseException]:
    """The error and what it came of, the last first."""
    chain: list[BaseException] = []
    nexts: list[BaseException | None] = [exc]
    while nexts:
        each = nexts.pop()
        if each is None or each in chain:
            continue
        chain.append(each)
        nexts += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            nexts += each.exceptions
    return chain
