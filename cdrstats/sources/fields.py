"""Cells read strictly: stamps, whole numbers, texts; what cannot be read becomes a sentence."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from cdrstats.sources.streams import NUL_SHOWN

INT4 = 2_147_483_647

_SHOWN = 80


class BadRow(Exception):
    """What was read is no record; the message is the sentence to show."""


_STAMP = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+(\d{1,2}):(\d{2})"
    r"(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(?:(Z|UTC|GMT)|([+-])(\d{2}):?(\d{2})?)?",
    re.ASCII,
)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,15}(?:\.0*)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,15}(?:\.\d{0,15})?", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")


def stamp(text: str, what: str) -> tuple[datetime, str | None]:
    """A moment, and its text as ISO 8601 with a blank where it has no zone (then it is naive).

    Raises:
        BadRow: it is not a date and time; `what` names it in the sentence.
    """
    if len(text) == 19 and "1" < text < "3" and text[7] == "-" and text[10] == " ":
        try:
            return datetime.fromisoformat(text), text
        except ValueError:
            raise BadRow(f'the {what} "{text}" is not a date') from None
    return _any_stamp(text, what)


def _any_stamp(text: str, what: str) -> tuple[datetime, str | None]:
    text = text.strip()
    if not text:
        raise BadRow(f"the {what} is empty")
    found = _STAMP.fullmatch(text)
    if found is None:
        raise BadRow(f'the {what} "{shown(text)}" is not a date')
    year, month, day, hour, minute, second, fraction, utc, sign, hours, minutes = found.groups()
    clock = f"{year}-{month:0>2}-{day:0>2} {hour:0>2}:{minute}:{second or '00'}"
    micro = int((fraction or "").ljust(6, "0")[:6])
    try:
        local = datetime.fromisoformat(clock).replace(microsecond=micro)
        in_range(local, text, what)
        if utc:
            return local.replace(tzinfo=UTC), None
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
            return local.replace(tzinfo=timezone(-offset if sign == "-" else offset)), None
    except ValueError:
        raise BadRow(f'the {what} "{shown(text)}" is not a date') from None
    return local, local.isoformat(" ")


def in_range(moment: datetime, text: str, what: str) -> None:
    """Refuse years in which no clock ever stood, before their arithmetic fails somewhere."""
    if not 1000 <= moment.year < 3000:
        raise BadRow(f'the {what} "{shown(text)}" is not a date')


def instant_or_stamp(text: str, what: str) -> tuple[datetime, str | None]:
    """The same, and an epoch in seconds (nine or ten digits) as the instant it is."""
    text = text.strip()
    if _EPOCH.fullmatch(text):
        whole_part, _, fraction = text.partition(".")
        micro = int(fraction.ljust(6, "0")[:6])
        return datetime.fromtimestamp(int(whole_part), UTC).replace(microsecond=micro), None
    return stamp(text, what)


def seconds_between(start: datetime, answer: datetime) -> int | None:
    """Whole seconds; None where the clock was set back in between or only one has a zone."""
    if (start.tzinfo is None) != (answer.tzinfo is None) or answer < start:
        return None
    between = answer - start
    return between.days * 86_400 + between.seconds


def in_time(moment: datetime) -> tuple[bool, datetime]:
    """A key that orders moments, those without a zone before those with one."""
    if moment.tzinfo is None:
        return False, moment
    return True, moment.astimezone(UTC).replace(tzinfo=None)


def milliseconds(text: str, what: str) -> int:
    """Seconds with a fraction, as milliseconds; 0 where it is empty. Raises BadRow."""
    text = text.strip()
    if text and not _DECIMAL.fullmatch(text):
        raise BadRow(f'the {what} "{shown(text)}" is not a number of seconds')
    value = round(float(text or 0) * 1000)
    fitting(value // 1000, what)
    return value


def is_unset(text: str) -> bool:
    """Whether a stamp says "never": empty, or MySQL's date of noughts."""
    return not text or text.isspace() or text.startswith("0000-00-00")


def whole(text: str, what: str) -> int:
    """A whole number that an int4 column can hold.

    Raises:
        BadRow: it is none; `what` names it in the sentence.
    """
    if len(text) < 10 and text.isdecimal():
        return int(text)
    text = text.strip()
    if not text:
        raise BadRow(f"the {what} is empty")
    if not _WHOLE.fullmatch(text):
        raise BadRow(f'the {what} "{shown(text)}" is not a whole number')
    return fitting(int(text.partition(".")[0]), what)


def fitting(value: int, what: str) -> int:
    """The value, if an int4 column can hold it; raises BadRow else."""
    if -INT4 <= value <= INT4:
        return value
    raise BadRow(f"the {what} {value:,} is too large to be true")


def whole_or_none(text: str, what: str) -> int | None:
    """The same, with None for an empty cell."""
    return whole(text, what) if text and not text.isspace() else None


def money(text: str, what: str) -> Decimal | None:
    """An amount; None for an empty cell."""
    if not text.strip():
        return None
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount.adjusted()) > 30:
        raise BadRow(f'the {what} "{shown(text)}" is not an amount')
    return amount


def shown(text: str) -> str:
    """A cell as a sentence quotes it: in one line and not too long."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def clean(text: str) -> str:
    """A text that PostgreSQL can store: NUL and lone surrogates become visible marks."""
    if text.isascii():
        return text.replace("\0", NUL_SHOWN) if "\0" in text else text
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text).replace("\0", NUL_SHOWN)


def clean_tree(value: Any) -> Any:
    """The same for all texts of a JSON value, keys included."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_tree(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean_tree(item) for key, item in value.items()}
    return value
