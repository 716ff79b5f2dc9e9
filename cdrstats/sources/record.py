"""What a reader yields: a call as the switch wrote it, a part of one, or a bad line."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from cdrstats.sources.column_map import ColumnMap

TEXT_KEPT = 2_000
"""Characters of a bad line that are kept."""


@dataclass(slots=True)
class Part:
    """A line that tells of a part of a call; see `parts`.

    Attributes:
        key: the same for all parts of a call, within a switch and a format.
        data: the line's fields by their names, as written. The same line out of another file
            has the same.
        ends: the call seems to be over with it.
    """

    line: int
    key: str
    data: dict[str, str]
    ends: bool = False
    switch: str | None = None


# Neither frozen nor keyword-only: made a hundred thousand times a second.
@dataclass(slots=True)
class Record:
    """One call detail record. Texts are as written, free of NUL and lone surrogates.

    Exactly one of `start` (aware) and `start_text` (local, "YYYY-MM-DD HH:MM:SS[.f]") is set.
    """

    line: int  # 1-based: the physical line it starts on, or the document's index
    source_type: int  # 1 csv, 3 freeswitch, 4 asterisk, ...
    feed: str  # the kind of identity: equal identities mean one call only within a feed
    identity: str  # what tells this record from others of its switch and feed
    identity_is_global: bool = False  # a UUID, unique across switches
    switch: str | None = None  # where the record names it
    callid: str = ""
    caller_id_number: str = ""
    caller_id_name: str = ""
    destination_number: str = ""
    start: datetime | None = None
    start_text: str | None = None
    duration: int = 0  # seconds from start to hangup; may be negative, fits int4
    billsec: int = 0  # seconds from answer to hangup; may be negative, fits int4
    answered: bool | None = None  # None: the source has no answer time
    answersec: int | None = None
    progresssec: int | None = None
    waitsec: int | None = None
    pdd_ms: int | None = None  # None: the call never reached ringing, or it is not told
    hangup_cause_id: int | None = None  # Q.850, or the switch's own code above 127
    hangup_cause: str = ""
    direction: int = 0  # 0 undefined, 1 inbound, 2 outbound
    channel: str = ""
    accountcode: str = ""
    leg_of: str | None = None  # the A leg whose B leg this is: not a call of its own
    names_leg: str | None = None  # the B leg that this A leg names
    extra: dict[str, Any] = field(default_factory=dict)
    state: str = ""
    dialcode: str = ""
    country_code: str = ""
    buy_rate: Decimal | None = None
    buy_cost: Decimal | None = None
    sell_rate: Decimal | None = None
    sell_cost: Decimal | None = None
    # Where its format tells of calls in parts: those of this one.
    made_of: tuple[Part, ...] = field(default=(), compare=False)
    awaits_more: bool = False  # of its call that may come later, such as the quality


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line, or a document, that is no record: why, in a sentence, and its text."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Detection:
    """What a file seems to be: a key of READERS or "unknown", and what tells so."""

    source: str
    how: str


@dataclass(frozen=True, slots=True)
class Options:
    """What a reader may be told; each has a sensible default."""

    column_map: ColumnMap | None = None  # generic_csv cannot do without
    columns: tuple[str, ...] = ()  # of formats that can be set up, if not as usual


def bad_line(line: int, reason: str, text: str, length: int | None = None) -> BadLine:
    """A BadLine with its text cut to TEXT_KEPT characters; `length` tells more was left out."""
    full = max(len(text), length or 0)
    if full > TEXT_KEPT:
        text = f"{text[:TEXT_KEPT]} ... ({full:,} characters in all)"
    return BadLine(line, reason, text)
