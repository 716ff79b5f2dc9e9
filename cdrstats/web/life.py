"""Starting and stopping the web process: its log, its address, its warm start."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import ip_address
from typing import Any

from anyio import to_thread

from cdrstats.errors import BadSetting
from cdrstats.log import configure, web_log
from cdrstats.settings import Settings

Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]


def lifespan(
    settings: Settings,
    address: str | None,
    port: int,
    warm: Callable[[], None],
    close: Callable[[], None],
) -> Lifespan:
    """What Starlette does before the first request and after the last.

    Args:
        address, port: where the server listens, as Streamlit was told.
        warm: loads what the first visitor would wait for.
        close: lets go of the database.
    """

    @asynccontextmanager
    async def life(_: Any) -> AsyncIterator[None]:
        refuse_other_addresses(address, settings.plain_http)
        configure(settings, web_log(settings, port))
        await to_thread.run_sync(warm)
        try:
            yield
        finally:
            await to_thread.run_sync(close)

    return life


def refuse_other_addresses(address: str | None, plain_http: bool) -> None:
    """Raise BadSetting if passwords would go over the network as they are typed."""
    if address == "localhost" or plain_http:
        return
    try:
        if address and ip_address(address).is_loopback:
            return
    except ValueError:
        pass
    raise BadSetting(
        f"CDR-Stats would listen on {address or 'all addresses'} without TLS. Let it listen on"
        " 127.0.0.1 behind a proxy, or say CDRSTATS_PLAIN_HTTP=on."
    )
