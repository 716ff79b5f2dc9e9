"""Records that switches push themselves: staged by themselves, without a file.

What cannot be read is staged as well, as a row that mediation rejects with the reason: the
switch has done its part, and to send the same again would not help.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from cdrstats import switches
from cdrstats.errors import BadRequest
from cdrstats.intake.copying import copy_waiting, record_line
from cdrstats.intake.rules import LocalStamps
from cdrstats.mediation import note_feeds
from cdrstats.sources import BadLine, Options, Part, Record, read
from cdrstats.sources.record import TEXT_KEPT


@dataclass(frozen=True, slots=True)
class Push:
    """Documents that a switch has sent: its name, their format (a reader's name), the bytes."""

    switch: str
    source: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Pushed:
    """How many records are staged, and how many documents could not be read."""

    staged: int
    bad: int


def stage_pushed(conn: Connection, pushes: Sequence[Push]) -> list[Pushed]:
    """Stage what was pushed, in one COPY; they are safe once the caller has committed.

    The same document a second time becomes a duplicate, as from a file.

    Raises:
        BadRequest: a switch was removed.
        DBAPIError: PostgreSQL refuses one of the rows; stage the pushes one by one then.
    """
    lines: list[str] = []
    done = []
    feeds: set[tuple[int, str]] = set()
    known = {name: switches.find(conn, name) for name in {push.switch for push in pushes}}
    for push in pushes:
        if (switch := known[push.switch]) is None:
            raise BadRequest(f"There is no switch {push.switch!r} any more.")
        stamps = LocalStamps(ZoneInfo(switch.timezone))
        staged = bad = 0
        for item in _items(push):
            record = item if isinstance(item, Record) else _unreadable(item, push.source)
            try:
                line = record_line(record, switch.name, switch.id, stamps, None)
            except (ValueError, OverflowError):
                reason = f"the start {record.start_text!r} is not a date"
                record = _unreadable(BadLine(record.line, reason, record.callid), push.source)
                line = record_line(record, switch.name, switch.id, stamps, None)
            lines.append(line)
            if record.feed == UNREADABLE:
                bad += 1
            else:
                staged += 1
                feeds.add((switch.id, record.feed))
        done.append(Pushed(staged, bad))
    if feeds:
        note_feeds(conn, sorted(feeds))
    copy_waiting(conn, lines)
    conn.execute(text("NOTIFY cdrstats, 'import'"))
    return done


UNREADABLE = "unreadable"
"""The feed of rows that no reader could make a record of."""


def _items(push: Push) -> Iterator[Record | BadLine]:
    for item in read(push.source, io.BytesIO(push.body), Options()):
        if isinstance(item, Part):
            yield BadLine(item.line, "it tells of a part of a call, which files only can", "")
        else:
            yield item


def _unreadable(bad: BadLine, source: str) -> Record:
    """A row that mediation rejects, and why."""
    why = f"{source} document {bad.line}: {bad.reason}. {bad.text}"[:TEXT_KEPT]
    return Record(bad.line, 0, UNREADABLE, uuid4().hex, extra={"unreadable": why})
