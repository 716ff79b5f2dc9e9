"""What a note may be, and how finely marks are told apart. Pure."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cdrstats.clock import Window
from cdrstats.db.marking import LONGEST_TEXT
from cdrstats.errors import BadRequest

KINDS = ("note", "incident")
"""The kinds that people write."""

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

MOST_STEPS = 48
"""Into so many steps a window is cut at most."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Note:
    """A note as a person writes it."""

    at: datetime
    text: str
    until: datetime | None = None  # not in it any more; None: the note is of a moment
    kind: str = "note"
    switch_id: int | None = None  # what it is about; None: everything


def checked(note: Note) -> Note:
    """The note as it is kept. Raises BadRequest if it makes no sense."""
    text = " ".join(note.text.replace("\0", "").split())
    if not text:
        raise BadRequest("A note needs a text.")
    if len(text) > LONGEST_TEXT:
        raise BadRequest(f"A note has at most {LONGEST_TEXT} characters.")
    if note.kind not in KINDS:
        raise BadRequest(f"A note is of the kind {' or '.join(KINDS)}, not {note.kind!r}.")
    for moment in (note.at, note.until or note.at):
        if not FIRST <= moment < LAST:
            raise BadRequest("A note is of a time between 2000 and 2100.")
    if note.until is not None and note.until <= note.at:
        raise BadRequest("A note ends after it begins.")
    return replace(note, text=text)


def step_of(window: Window) -> timedelta:
    """The time within which marks of one kind become one: an hour, a day, or some days."""
    if window.length <= MOST_STEPS * HOUR:
        return HOUR
    return DAY * max(1, -(-window.length // (MOST_STEPS * DAY)))
