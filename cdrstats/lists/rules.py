"""Which entry decides about a number, and what an entry must be. Pure.

1. The longest prefix that the number begins with; else its country; else everything.
2. Where a customer and everybody both have an entry of one such place: the customer's.

There is one entry of a place at a time, so that nothing is allowed and refused at once. A
customer's entry of a wide place gives way to everybody's of a narrower one: where premium
numbers are refused to all, a customer to whom its country is allowed calls none of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from cdrstats.addresses import listed
from cdrstats.errors import BadRequest

EVERYBODY = 0
"""The customer id of entries that are for all calls, those of nobody as well."""

ANYWHERE = "*"
"""How the place of an entry that is about every number is written."""

LONGEST_PREFIX = 15
"""Digits: a whole telephone number (E.164)."""

LONGEST_TEXT = 500

DECISIONS = {"allow": True, "refuse": False}

Place = tuple[str, int]
"""A prefix of international numbers, or '' and a country, or '' and 0: everything."""


@dataclass(frozen=True, slots=True)
class Entry:
    """That calls to a place are allowed, or refused."""

    id: int
    customer_id: int
    prefix: str
    country_id: int
    allowed: bool

    @property
    def place(self) -> Place:
        return self.prefix, self.country_id


class Lists:
    """The entries that stand, ready for looking up where calls go."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries: dict[Place, dict[int, Entry]] = {}
        for entry in entries:
            self._entries.setdefault(entry.place, {})[entry.customer_id] = entry
        self._lengths = sorted({len(prefix) for prefix, _ in self._entries} - {0}, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._entries)

    def deciding(self, e164: str, country_id: int) -> dict[int, Entry]:
        """What decides about an international number, by customer.

        EVERYBODY's is for those who have none of their own there. Empty: nothing is about it.
        """
        found: dict[int, Entry] = {}
        for place in self._places(e164, country_id):
            entries = self._entries.get(place)
            if entries:
                found = entries | found
                if EVERYBODY in entries:  # whatever is wider is of no account
                    break
        return found

    def judge(self, customer_id: int, e164: str, country_id: int) -> Entry | None:
        """The entry that decides about a customer's call; None if none is about it."""
        found = self.deciding(e164, country_id)
        return found.get(customer_id) or found.get(EVERYBODY)

    def _places(self, e164: str, country_id: int) -> Iterator[Place]:
        """All that a number falls under, the most specific first."""
        for length in self._lengths:
            yield e164[:length], 0
        if country_id:
            yield "", country_id
        yield "", 0


def checked_prefix(told: str) -> str | None:
    """The digits of a prefix, written with or without +; None if it is written as none.

    Raises BadRequest if it is one that no international number begins with.
    """
    digits = "".join(told.removeprefix("+").split())
    if not (digits.isascii() and digits.isdigit()):
        return None
    if digits[0] == "0" or len(digits) > LONGEST_PREFIX:
        raise BadRequest(
            f"A prefix has 1 to {LONGEST_PREFIX} digits of an international number, without 00:"
            f" {told!r}."
        )
    return digits


def checked_decision(told: str) -> bool:
    """What `allow` or `refuse` stands for. Raises BadRequest."""
    decision = DECISIONS.get(told.strip().lower())
    if decision is None:
        raise BadRequest(f"The decision is allow or refuse, not {told!r}.")
    return decision


def decision_told(allowed: bool) -> str:
    return "allow" if allowed else "refuse"


def checked_reason(told: str) -> str:
    """Why the entry is there, as it is kept. Raises BadRequest."""
    reason = told.replace("\0", "").strip()
    if len(reason) > LONGEST_TEXT:
        raise BadRequest(f"A reason has at most {LONGEST_TEXT} characters.")
    return reason


def checked_mail_to(told: str) -> str:
    """The addresses of a list, each once. Raises BadRequest that names each that is none."""
    good, junk = listed(told)
    if junk:
        raise BadRequest(" ".join(junk))
    return ", ".join(good)


def checked_until(told: str, now: datetime) -> datetime | None:
    """The first moment at which the entry does not hold any more; None: it holds for good.

    Args:
        told: a day, of which the whole is meant, in UTC; or a moment with its offset.

    Raises:
        BadRequest: it is neither, or is over.
    """
    text = told.strip()
    if not text:
        return None
    try:
        if len(text) == len("2026-03-10"):
            until = datetime.combine(date.fromisoformat(text), datetime.max.time(), UTC)
        else:
            until = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        until = None
    if until is None or until.tzinfo is None:
        raise BadRequest(
            f"{told!r} is no day such as 2026-12-31 until which an entry can hold."
        )
    if until <= now:
        raise BadRequest(f"{told!r} is over: an entry holds until a day to come.")
    return until


def until_told(until: datetime | None) -> str:
    """The cell of a moment that `checked_until` has read."""
    if until is None:
        return ""
    moment = until.astimezone(UTC)
    return f"{moment:%Y-%m-%d}" if moment.time() == datetime.max.time() else moment.isoformat()
