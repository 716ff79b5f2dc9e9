"""voip_cdr -> roll-ups, kept true by a log of what changed; and the two materialized views.

Whoever writes voip_cdr calls `note_changed` or `note_slots` in the same transaction; `refresh`
later counts just those quarter-hours again. All of it is safe to repeat and to kill.

    import, re-rate, delete  --note-->  rollup_log  --refresh-->  rollup_*
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from cdrstats.aggregates import counting
from cdrstats.aggregates.reading import parts_before
from cdrstats.aggregates.verification import Difference, repair, verify
from cdrstats.clock import Window, slot_of
from cdrstats.db.engine import lock, sql

__all__ = [
    "LOCK",
    "Difference",
    "Lag",
    "Version",
    "lag",
    "note_cause",
    "note_changed",
    "note_slots",
    "parts_before",
    "rebuild",
    "refresh",
    "repair",
    "verify",
    "version",
]

LOCK = counting.LOCK

_NOTE_SLOTS = sql(__name__, "note_slots")
_NOTE_FILLED_SLOTS = sql(__name__, "note_filled_slots")
_TAKE_SLOTS = sql(__name__, "take_slots")


def note_changed(conn: Connection, moments: Iterable[datetime]) -> None:
    """Record that calls starting at `moments` were added, changed or removed."""
    note_slots(conn, {slot_of(moment) for moment in moments})


def note_slots(conn: Connection, slots: Iterable[datetime]) -> None:
    """Record that calls of the quarter-hours `slots` (starts, in UTC) changed.

    Rows repeat on purpose. With a unique slot, a writer would find the slot already noted and
    add nothing; `refresh` could then take that note before the writer commits, and its calls
    would never be counted.
    """
    noted = sorted(slots)
    if noted:
        conn.execute(_NOTE_SLOTS, {"slots": noted})


def refresh(conn: Connection, limit: int = 96) -> int:
    """Count up to `limit` changed quarter-hours again; return how many.

    Needs READ COMMITTED: the notes are taken first, and the calls are read by a later
    statement, which sees every call whose note was taken. Others that refresh wait for this
    transaction to end.
    """
    lock(conn, LOCK)
    slots = list(conn.execute(_TAKE_SLOTS, {"limit": limit}).scalars())
    if slots:
        counting.count(conn, slots)
    return len(slots)


def rebuild(conn: Connection, window: Window | None = None) -> int:
    """Note every quarter-hour of `window` (default: all) that has calls or counts.

    Returns how many were noted. Rows of a roll-up that belong to no call at all are `repair`'s.
    """
    bounds = {"start": window.start, "end": window.end} if window else _ALWAYS
    return conn.execute(_NOTE_FILLED_SLOTS, bounds).rowcount


def note_cause(conn: Connection, cause_id: int) -> None:
    """Note the quarter-hours of calls that ended so: what that counts as has changed.

    Those that are noted already, because calls of theirs have changed, need no note of ours.
    """
    conn.execute(_NOTE_CAUSE, {"cause_id": cause_id})


_NOTE_CAUSE = sql(__name__, "note_cause")

_ALWAYS = {"start": "-infinity", "end": "infinity"}


@dataclass(frozen=True, slots=True)
class Lag:
    """What the roll-ups do not show yet; `oldest` is None when they show everything."""

    waiting: int  # notes in the log
    oldest: datetime | None  # when the first of them was made


def lag(conn: Connection) -> Lag:
    """How far the roll-ups are behind the calls."""
    row = conn.execute(text("SELECT count(*), min(noted_at) FROM rollup_log")).one()
    return Lag(*row)


class Version(NamedTuple):
    """Of the calls and the roll-ups together: another one after each change of either.

    Not of names: who shows some reads them anew.
    """

    counts: int  # how often the roll-ups were counted
    waiting: int  # notes in the log
    newest: int  # the last of them
    causes: str | None  # what each hangup cause counts as
    extensions: str | None  # what each switch takes for an extension


def version(conn: Connection) -> Version:
    """As which calls and roll-ups stand there, and what says how they count.

    What was read of them is right for as long as it stays the same. What is read after a
    version was looked up may be newer than it, never older.
    """
    return Version(*conn.execute(_VERSION).one())


_VERSION = sql(__name__, "version")
