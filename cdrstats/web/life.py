"""Starting and stopping the web process: its log, its address, its warm start."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import ip_address
from typing import Any

from anyio import to_thread

from cdrstats.errors import BadSetting
from cdrstats.log import configure
from cdrstats.settings import Settings

Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]


def lifespan(
    settings: Settings,
    address: str | None,
    warm: Callable[[], None],
    close: Callable[[], None],
) -> Lifespan:
    """What Starlette does before the first request and after the last.

    Args:
        address: where the server listens; anything but loopback is refused while there is no
            sign-in.
        warm: loads what the first visitor would wait for.
        close: lets go of the database.
    """

    @asynccontextmanager
    async def life(_: Any) -> AsyncIterator[None]:
        refuse_other_addresses(address)
        configure(settings, "web")
        await to_thread.run_sync(warm)
        try:
            yield
        finally:
            await to_thread.run_sync(close)

    return life


def refuse_other_addresses(address: str | None) -> None:
    """Raise BadSetting unless `address` is this machine's own."""
    if address == "localhost":
        return
    try:
        if address and ip_address(address).is_loopback:
            return
    except ValueError:
        pass
    raise BadSetting(
        f"CDR-Stats has no sign-in yet and listens on 127.0.0.1 only, not on {address or 'all'}"
    )
