"""Who can be told: mail addresses and names of channels, and why something is neither.

Pure: nobody is asked.
"""

import re

import email_validator
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from cdrstats.errors import BadRequest

# A mail server of one's own knows names such as `office.local` and `localhost`.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

CHANNEL = re.compile("#[a-z0-9][a-z0-9_-]{0,39}")
"""How a channel is named where it is said who is told."""

SHOWN = 60
"""Characters of what is no address that are repeated to whoever gave it."""


def checked(given: str, *, named: bool = False) -> str:
    """The address as it goes over the wire, in ASCII. Raises BadRequest.

    Args:
        named: it may be written `Ana Ruiz <ana@example.com>` as well.
    """
    return parsed(given, named=named).ascii_email or ""


def parsed(given: str, *, named: bool = False) -> ValidatedEmail:
    """The parts of the address, `display_name` among them; as `checked`."""
    try:
        return validate_email(
            given.strip(),
            allow_smtputf8=False,
            allow_display_name=named,
            check_deliverability=False,
            globally_deliverable=False,
        )
    except EmailNotValidError as exc:
        shown = given.strip()
        shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
        raise BadRequest(f"{shown!r} is no mail address. {exc}") from exc


def recipient(given: str, *, named: bool = False) -> str:
    """One who is told: a mail address as `checked`, or `#` and the name of a channel."""
    if not given.strip().startswith("#"):
        return checked(given, named=named)
    channel = given.strip().lower()
    if not CHANNEL.fullmatch(channel):
        raise BadRequest(f"{given.strip()[:SHOWN]!r} is no channel; one is written #ops.")
    return channel


def parts(text: str) -> list[str]:
    """The parts of a list, which commas, semicolons and line ends set apart."""
    return list(filter(None, map(str.strip, re.split(r"[,;\r\n]", text))))


def listed(text: str) -> tuple[list[str], list[str]]:
    """Who is told by a list, each once, and a sentence for each part that is nobody."""
    good: dict[str, str] = {}
    junk = []
    for part in parts(text):
        try:
            address = recipient(part, named=True)
        except BadRequest as exc:
            junk.append(str(exc))
        else:
            good.setdefault(address.lower(), address)
    return list(good.values()), junk
