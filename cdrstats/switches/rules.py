"""What a switch's settings must be: checks that end in a sentence for the operator."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from cdrstats.errors import BadRequest
from cdrstats.numbers import NumberRules

LONGEST_NUMBER = 15
"""Digits of a telephone number at most (E.164)."""

LONGEST_NAME = 200
"""Characters of a switch's name or address; what a record says beyond is left off."""


def plain_name(name: str) -> str:
    """A name as it is stored: without surrounding blanks, and short enough for an index."""
    return name.replace("\0", "").strip()[:LONGEST_NAME].strip()


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def checked_timezone(name: str) -> str:
    """`name`, if it is an IANA time zone. Raises BadRequest."""
    if name not in _zones():
        raise BadRequest(
            f"There is no time zone {name!r}: give its IANA name, such as Europe/London."
        )
    return name


def checked_rules(fields: Mapping[str, Any]) -> NumberRules:
    """The rules of these fields. Raises BadRequest if they make no sense."""
    values: dict[str, Any] = {
        key: tuple(part.strip() for part in value) if key.endswith("_prefixes") else value
        for key, value in fields.items()
    }
    rules = NumberRules(**values)
    for prefix in (
        *rules.international_prefixes,
        *rules.trunk_prefixes,
        rules.calling_code or "0",
    ):
        if not (prefix.isascii() and prefix.isdigit()):
            raise BadRequest(f"{prefix!r} is not a prefix: prefixes are digits.")
    if rules.extension_digits < 0:
        raise BadRequest("The length of extensions cannot be below 0.")
    if not 1 <= rules.national_min_digits <= rules.national_max_digits <= LONGEST_NUMBER:
        raise BadRequest(
            "National numbers have a shortest and a longest length, from 1 to"
            f" {LONGEST_NUMBER} digits, and the longest is not below the shortest."
        )
    return rules
