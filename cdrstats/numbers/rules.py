"""What a switch's number means: pure rules, in the order of `analyse`."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from cdrstats.numbers.dialcodes import DialCodes

INTERNATIONAL, NATIONAL, INTERNAL = 0, 1, 2
"""The values of `voip_cdr.call_type`."""

SHORTEST_INTERNATIONAL = 5
"""Digits that must follow `+` or an international prefix; fewer are no telephone number."""

_LEADING_DIGITS = re.compile("[0-9]*")
_SEPARATORS = str.maketrans("", "", "()-./ \t\u00a0")


@dataclass(frozen=True, slots=True)
class NumberRules:
    """How one switch writes numbers. Prefixes are kept longest first."""

    country_id: int = 0
    """Home, ISO 3166-1 numeric; 0: not set."""
    calling_code: str = ""
    """Digits put before a national number; '' if home is not set."""
    international_prefixes: tuple[str, ...] = ("00", "011")
    trunk_prefixes: tuple[str, ...] = ()
    """Taken off a national number, one of them, once."""
    strip_prefixes: tuple[str, ...] = ()
    """Taken off first, each once: an outside line's 9, a carrier's code."""
    extension_digits: int = 5
    """A number up to this long is internal."""
    national_min_digits: int = 6
    national_max_digits: int = 9

    def __post_init__(self) -> None:
        for name in ("international_prefixes", "trunk_prefixes", "strip_prefixes"):
            prefixes = {prefix for prefix in getattr(self, name) if prefix}
            in_order = tuple(sorted(prefixes, key=lambda prefix: (-len(prefix), prefix)))
            object.__setattr__(self, name, in_order)


class NumberFacts(NamedTuple):
    """What a number is. 0 and '' say "not known"."""

    e164: str
    """The international number, digits only."""
    call_type: int
    """0 international, 1 national, 2 internal."""
    dialcode_id: int
    """The dial code itself."""
    country_id: int
    """ISO 3166-1 numeric; above 1000 satellite and global networks."""


_INTERNAL = NumberFacts("", INTERNAL, 0, 0)


def analyse(raw: str, rules: NumberRules, codes: DialCodes) -> NumberFacts:
    """Read a destination as its switch wrote it. Never raises.

    1. A leading `+` makes it international, whatever the rules say.
    2. Up to `extension_digits` long, or beginning with neither a digit nor a prefix to
       strip (a name, `*67`, nothing): internal.
    3. Prefixes to strip go, the longest first, each once; but none bites into a longer
       international prefix.
    4. `+` or an international prefix: international.
    5. The trunk prefix goes. By what is left: too short is an extension, of national length
       is a national number, and longer is an international number written plainly.

    Separators inside the number do not count, nor does anything from the first other
    character that is not a digit (`34650123456*234`, `1001;ext=2`).
    """
    text = raw if _is_digits(raw) else _without_separators(raw)
    if text[:1] == "+":
        if abroad := _abroad(text, rules):
            return _international(abroad, rules, codes)
        text = text[1:]
    if len(text) <= rules.extension_digits or not _is_dialled(text, rules):
        return _INTERNAL
    text = _stripped(text, rules)
    if abroad := _abroad(text, rules):
        return _international(abroad, rules, codes)
    digits = _without_trunk(_leading_digits(text), rules)
    if len(digits) < rules.national_min_digits:
        return _INTERNAL
    if len(digits) > rules.national_max_digits:
        return _international(digits, rules, codes)
    return _national(digits, rules, codes)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _leading_digits(text: str) -> str:
    if _is_digits(text):
        return text
    match = _LEADING_DIGITS.match(text)
    return match[0] if match else ""


def _without_separators(raw: str) -> str:
    """The number closed up. In `+44 (0)20 7946 0000` the `(0)` is not part of it."""
    text = raw.strip()
    if text.startswith("+"):
        text = text.replace("(0)", "")
    return text.translate(_SEPARATORS)


def _is_dialled(text: str, rules: NumberRules) -> bool:
    return "0" <= text[:1] <= "9" or text.startswith(rules.strip_prefixes)


def _stripped(text: str, rules: NumberRules) -> str:
    for prefix in rules.strip_prefixes:
        if text.startswith(prefix) and not any(
            len(longer) > len(prefix) and text.startswith(longer)
            for longer in rules.international_prefixes
        ):
            text = text[len(prefix) :]
    return text


def _abroad(text: str, rules: NumberRules) -> str:
    """The digits after `+` or an international prefix; '' if neither leads to a number."""
    for prefix in ("+", *rules.international_prefixes):
        if text.startswith(prefix):
            digits = _leading_digits(text[len(prefix) :])
            if len(digits) >= SHORTEST_INTERNATIONAL:
                return digits
    return ""


def _without_trunk(digits: str, rules: NumberRules) -> str:
    """A trunk prefix that begins with 0 always goes, since no area or country does.

    Any other (1 in America, 8 in Russia) only where that makes a national number of one
    that is too long: 8001234567 is not 8 and 001234567.
    """
    for prefix in rules.trunk_prefixes:
        if digits.startswith(prefix):
            rest = digits[len(prefix) :]
            fits = rules.national_min_digits <= len(rest) <= rules.national_max_digits
            if prefix[0] == "0" or (fits and len(digits) > rules.national_max_digits):
                return rest
    return digits


def _international(digits: str, rules: NumberRules, codes: DialCodes) -> NumberFacts:
    if digits[0] == "0":
        return NumberFacts("", INTERNATIONAL, 0, 0)
    code, country = codes.find(digits)
    home = country != 0 and country == rules.country_id
    return NumberFacts(digits, NATIONAL if home else INTERNATIONAL, code, country)


def _national(digits: str, rules: NumberRules, codes: DialCodes) -> NumberFacts:
    """A number of national length; abroad all the same, where countries share the code."""
    if not rules.calling_code:
        return NumberFacts("", NATIONAL, 0, 0)
    facts = _international(rules.calling_code + digits, rules, codes)
    if facts.country_id == 0 or rules.country_id == 0:
        return facts._replace(call_type=NATIONAL)
    return facts
