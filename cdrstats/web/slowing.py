"""Slowing an address down that asks for the same again and again, by the rules of sign-in.

Kept in the memory of this process: what is slowed costs little, and a row for each request
would cost more than the request.
"""

from datetime import datetime
from math import ceil

from cdrstats.accounts.rules import COUNTED_FOR, FREE_OF_ADDRESS, wait_until

MOST = 10_000
"""Addresses. Whoever has more to ask from has the oldest forgotten."""


class Slowed:
    """When each address asked."""

    def __init__(self) -> None:
        self._asked: dict[str, list[datetime]] = {}

    def wait_s(self, address: str, now: datetime) -> int:
        """Seconds that the address has to wait; 0: it may go on, and that is counted."""
        lately = [at for at in self._asked.pop(address, ()) if at > now - COUNTED_FOR]
        wait_s = ceil((wait_until(lately, FREE_OF_ADDRESS, now) - now).total_seconds())
        self._asked[address] = lately if wait_s else [*lately, now]
        while len(self._asked) > MOST:
            del self._asked[next(iter(self._asked))]
        return wait_s

    def forgive(self, address: str) -> None:
        """Somebody has shown who they are: what was asked from there counts no more."""
        self._asked.pop(address, None)
