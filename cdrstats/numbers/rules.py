"""What a switch's number means: pure rules, in the order of `trace`."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

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

    @property
    def of_callers(self) -> "NumberRules":
        """The rules for callers' numbers, before which nobody dials an outside line's 9."""
        return replace(self, strip_prefixes=())


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


What = Literal[
    "closed up",  # separators went
    "plus",  # a leading + made it international
    "lone plus",  # a + went that leads to no number
    "extension",  # up to `extension_digits` long: internal
    "not dialled",  # begins with no digit and no prefix to strip: internal
    "stripped",  # a prefix to strip went
    "international prefix",  # one went
    "cut",  # what came after the digits went
    "trunk prefix",  # one went
    "too short",  # shorter than a national number: internal
    "too long",  # longer than a national number: international, written plainly
    "national length",
    "calling code",  # put before a national number
    "no calling code",  # none is set, so there is no international number
    "nowhere",  # begins with 0, as no country does
    "dial code",  # the longest known one that it begins with; '' if there is none
]


class Step(NamedTuple):
    """One step of reading a number."""

    what: What
    part: str
    """What went, came before the number, or was found; '' if the step has no such part."""
    left: str
    """The number after this step."""


Note = Callable[[What, str, str], None]
"""Told each step as it is taken: the fields of a Step."""


_INTERNAL = NumberFacts("", INTERNAL, 0, 0)


def analyse(raw: str, rules: NumberRules, codes: DialCodes) -> NumberFacts:
    """What a destination is, as its switch wrote it; `trace` tells the rules. Never raises."""
    return _read(raw, rules, codes, _unnoted)


def trace(raw: str, rules: NumberRules, codes: DialCodes) -> tuple[NumberFacts, list[Step]]:
    """Read a destination as its switch wrote it; the result, and the steps that led to it.

    1. A leading `+` makes it international, whatever the rules say.
    2. Up to `extension_digits` long, or beginning with neither a digit nor a prefix to
       strip (a name, `*67`, nothing): internal.
    3. Prefixes to strip go, the longest first, each once; but none bites into a longer
       international prefix.
    4. `+` or an international prefix: international.
    5. The trunk prefix goes. By what is left: too short is an extension, of national length
       is a national number, and longer is an international number written plainly.

    Separators inside the number do not count, nor does anything from the first other
    character that is not a digit (`34650123456*234`, `1001;ext=2`). Never raises.
    """
    steps: list[Step] = []
    facts = _read(raw, rules, codes, lambda *step: steps.append(Step(*step)))
    return facts, steps


def _unnoted(what: What, part: str, left: str) -> None:
    pass


def _read(raw: str, rules: NumberRules, codes: DialCodes, note: Note) -> NumberFacts:
    text = raw
    if not _is_digits(raw):
        text = _without_separators(raw)
        if text != raw:
            note("closed up", "", text)
    if text[:1] == "+":
        if abroad := _abroad(text, rules, note):
            return _international(abroad, rules, codes, note)
        text = text[1:]
        note("lone plus", "+", text)
    if len(text) <= rules.extension_digits or not _is_dialled(text, rules):
        short = len(text) <= rules.extension_digits
        note("extension" if short else "not dialled", "", text)
        return _INTERNAL
    text = _stripped(text, rules, note)
    if abroad := _abroad(text, rules, note):
        return _international(abroad, rules, codes, note)
    digits = _without_trunk(_cut(text, note), rules, note)
    if len(digits) < rules.national_min_digits:
        note("too short", "", digits)
        return _INTERNAL
    if len(digits) > rules.national_max_digits:
        note("too long", "", digits)
        return _international(digits, rules, codes, note)
    note("national length", "", digits)
    return _national(digits, rules, codes, note)


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


def _cut(text: str, note: Note) -> str:
    """The digits that `text` begins with."""
    digits = _leading_digits(text)
    if digits != text:
        note("cut", text[len(digits) :], digits)
    return digits


def _stripped(text: str, rules: NumberRules, note: Note) -> str:
    for prefix in rules.strip_prefixes:
        if text.startswith(prefix) and not any(
            len(longer) > len(prefix) and text.startswith(longer)
            for longer in rules.international_prefixes
        ):
            text = text[len(prefix) :]
            note("stripped", prefix, text)
    return text


def _abroad(text: str, rules: NumberRules, note: Note) -> str:
    """The digits after `+` or an international prefix; '' if neither leads to a number."""
    for prefix in ("+", *rules.international_prefixes):
        if text.startswith(prefix):
            rest = text[len(prefix) :]
            digits = _leading_digits(rest)
            if len(digits) >= SHORTEST_INTERNATIONAL:
                note("plus" if prefix == "+" else "international prefix", prefix, rest)
                return _cut(rest, note)
    return ""


def _without_trunk(digits: str, rules: NumberRules, note: Note) -> str:
    """A trunk prefix that begins with 0 always goes, since no area or country does.

    Any other (1 in America, 8 in Russia) only where that makes a national number of one
    that is too long: 8001234567 is not 8 and 001234567.
    """
    for prefix in rules.trunk_prefixes:
        if digits.startswith(prefix):
            rest = digits[len(prefix) :]
            fits = rules.national_min_digits <= len(rest) <= rules.national_max_digits
            if prefix[0] == "0" or (fits and len(digits) > rules.national_max_digits):
                note("trunk prefix", prefix, rest)
                return rest
    return digits


def _international(
    digits: str, rules: NumberRules, codes: DialCodes, note: Note
) -> NumberFacts:
    if digits[0] == "0":
        note("nowhere", "", digits)
        return NumberFacts("", INTERNATIONAL, 0, 0)
    code, country = codes.find(digits)
    note("dial code", str(code) if code else "", digits)
    home = country != 0 and country == rules.country_id
    return NumberFacts(digits, NATIONAL if home else INTERNATIONAL, code, country)


def _national(digits: str, rules: NumberRules, codes: DialCodes, note: Note) -> NumberFacts:
    """A number of national length; abroad all the same, where countries share the code."""
    if not rules.calling_code:
        note("no calling code", "", digits)
        return NumberFacts("", NATIONAL, 0, 0)
    number = rules.calling_code + digits
    note("calling code", rules.calling_code, number)
    facts = _international(number, rules, codes, note)
    if facts.country_id == 0 or rules.country_id == 0:
        return facts._replace(call_type=NATIONAL)
    return facts
