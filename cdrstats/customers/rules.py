"""Whose a call is, and what a customer's fields must be: pure.

Of one call, what comes first decides:

1. the account code, if somebody owns it;
2. a number that somebody owns, in international form. An outbound call is its caller's, an
   inbound call belongs to whom it was for: the other number is a stranger's, and a caller's
   number from outside can be forged. Where the switch does not tell which way the call went,
   the caller counts before the called;
3. the trunk, if somebody owns it.

Else it is nobody's: 0.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from cdrstats.errors import BadRequest
from cdrstats.money import CURRENCIES

INBOUND, OUTBOUND = 1, 2
"""The values of `voip_cdr.direction`; 0: not told."""

LONGEST = 200
"""Characters of a name, an account code, a trunk or a tax id."""

LONGEST_ADDRESS = 1_000
"""Characters."""

LONGEST_NUMBER = 15
"""Digits of a telephone number at most (E.164)."""

AFTER_DIGITS = ":"
"""The character after 9: behind a number, it comes after all numbers that begin with it."""

_SEPARATORS = str.maketrans("", "", "+()./ \t\u00a0")
_RANGE = re.compile(f"[1-9][0-9]{{0,{LONGEST_NUMBER - 1}}}")
_LANGUAGE = re.compile("[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2}|-[0-9]{3})?")


def counting_numbers(direction: int, caller: str, called: str) -> tuple[str, ...]:
    """Of the two numbers of a call those whose owner counts, the first one first."""
    if direction == OUTBOUND:
        return (caller,)
    if direction == INBOUND:
        return (called,)
    return (caller, called)


class NumberRange(NamedTuple):
    """The international numbers that begin with `first` to `last`, digits only.

    Both have as many digits: 34911234000 to 34911234999 are a thousand numbers, however many
    digits are dialled behind them, and 3491123 to 3491123 is a prefix.
    """

    first: str
    last: str

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first}-{self.last}"

    def holds(self, number: str) -> bool:
        """Whether the number is one of them."""
        digits = len(self.first)
        return len(number) >= digits and self.first <= number[:digits] <= self.last

    @property
    def end(self) -> str:
        """What comes, as a text, after all of its numbers, and before any other."""
        return self.last + AFTER_DIGITS


def number_range(text: str) -> NumberRange:
    """`FIRST-LAST`, or one number or prefix, in international form. Raises BadRequest."""
    parts = [part.translate(_SEPARATORS) for part in text.split("-")]
    if len(parts) > 2 or not all(_RANGE.fullmatch(part) for part in parts):
        raise BadRequest(
            f"{text!r} is no range of numbers: give FIRST-LAST, or what they begin with, in"
            f" international form without 00, at most {LONGEST_NUMBER} digits."
        )
    first, last = parts[0], parts[-1]
    if len(first) != len(last):
        raise BadRequest(f"{text!r}: the first and the last number have as many digits.")
    if first > last:
        raise BadRequest(f"{text!r}: the first number is not above the last.")
    return NumberRange(first, last)


def checked_text(value: str, what: str) -> str:
    """`value` without surrounding blanks, if it is not empty or too long. Raises BadRequest."""
    plain = checked_length(value, what)
    if not plain:
        raise BadRequest(f"{what} cannot be empty.")
    return plain


def checked_codes(codes: Iterable[str]) -> list[str]:
    """Account codes as they are stored, each once. Raises BadRequest if one cannot be."""
    return sorted({checked_text(code, "An account code") for code in codes})


def checked_length(value: str, what: str, longest: int = LONGEST) -> str:
    """`value` without surrounding blanks, if it is not too long. Raises BadRequest."""
    plain = value.replace("\0", "").strip()
    if len(plain) > longest:
        raise BadRequest(f"{what} has at most {longest:,} characters.")
    return plain


def checked_currency(code: str) -> str:
    """`code`, if it is a currency's, or ''. Raises BadRequest."""
    wanted = code.strip().upper()
    if wanted and wanted not in CURRENCIES:
        raise BadRequest(f"There is no currency {code!r}: give its ISO 4217 code, such as EUR.")
    return wanted


def checked_language(tag: str) -> str:
    """`tag`, if it looks like a language's, or ''. Raises BadRequest."""
    wanted = tag.strip()
    if wanted and not _LANGUAGE.fullmatch(wanted):
        raise BadRequest(f"{tag!r} is no language: give its tag, such as en or pt-BR.")
    return wanted
