"""Addresses of channels, which are secrets: whoever has one can write there."""

import re
from urllib.parse import urlsplit

from cdrstats.errors import BadRequest
from cdrstats.settings import LOOPBACK

LONGEST = 2000
SHORTEST_SECRET = 4
"""Parts of an address that are shorter say nothing."""


def checked(given: str) -> str:
    """The address, if something can be sent there. Raises BadRequest, which repeats nothing."""
    address = given.strip()
    if not address.isascii() or not address.isprintable() or " " in address:
        raise BadRequest("An address has only plain ASCII characters, and no spaces.")
    if not 0 < len(address) <= LONGEST:
        raise BadRequest(f"An address has 1 to {LONGEST} characters.")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("https", "http"):
        raise BadRequest("An address begins with https:// and the name of a host.")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise BadRequest("An address begins with https://, unless it is on this machine.")
    if parts.username is not None or parts.fragment:
        raise BadRequest("An address has no user, password or # in it.")
    return address


def host_of(address: str) -> str:
    """All of an address that is shown: the host, and a port of its own."""
    return urlsplit(address).netloc


def scrubbed(told: str, address: str) -> str:
    """What a server said, without the parts of the address that it may have repeated."""
    secret = address.partition("://")[2].partition("/")[2]
    parts = {part for part in re.split(r"[^\w-]+", secret) if len(part) >= SHORTEST_SECRET}
    for part in sorted(parts, key=len, reverse=True):
        told = re.sub(re.escape(part), "…", told, flags=re.IGNORECASE)
    return told
