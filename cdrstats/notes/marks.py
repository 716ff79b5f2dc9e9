"""All the marks of a chart, few enough to be drawn."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Interval,
    Text,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from cdrstats.accounts import Scope
from cdrstats.clock import Window
from cdrstats.db.schema import import_file, note
from cdrstats.filters import Filters
from cdrstats.notes.rules import step_of

MOST_NOTES = 200
"""Of people, on one chart; those beyond are the oldest ones."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at `at`, or from then `until`, which is not in it any more."""

    at: datetime
    until: datetime | None  # None: a moment
    kind: str  # note, incident; import, or a kind of cdrstats.db.marking
    words: str
    author: str = ""  # '': nobody wrote it
    id: int | None = None  # the note's, for its author to edit; None: nobody can


def marks(conn: Connection, scope: Scope, window: Window, filters: Filters) -> list[Mark]:
    """What is to be marked on a chart of `window`, by time.

    Staff see the notes of staff, those of a customer where the filters name that customer, and
    what happened here. Customers see their own notes alone. What is about a switch, or happened
    to a customer, is left out where the filters name others.

    Imports, and what happened here, are folded by kind into the steps of `rules.step_of`, so
    that there are some dozens of them at most.
    """
    found = [*_notes(conn, scope, window, filters)]
    if scope.user_ids is None:
        found += [*_events(conn, window, filters), *_imports(conn, window, filters)]
    return sorted(found, key=lambda mark: (mark.at, mark.kind, mark.words))


def _notes(conn: Connection, scope: Scope, window: Window, filters: Filters) -> Iterator[Mark]:
    begins_or_lasts = or_(note.c.at >= window.start, note.c.until > window.start)
    columns = (note.c.at, note.c.until, note.c.kind, note.c.text.label("words"))
    query = (
        select(*columns, note.c.author, note.c.id)
        .where(note.c.at < window.end, begins_or_lasts, note.c.author != "")
        .where(*_visible(scope, filters), _about(note.c.switch_id, filters.switch_ids))
        .order_by(note.c.at.desc(), note.c.id.desc())
        .limit(MOST_NOTES)
    )
    for row in conn.execute(query):
        yield Mark(**row._asdict())


def _visible(scope: Scope, filters: Filters) -> list[ColumnElement[bool]]:
    owner = note.c.user_id
    chosen = owner.in_(filters.user_ids)
    if scope.user_ids is None:
        return [or_(owner.is_(None), chosen)]
    return [scope.covers(owner), *([chosen] if filters.user_ids else [])]


def _events(conn: Connection, window: Window, filters: Filters) -> Iterator[Mark]:
    """What happened here; of several in a step, the newest is told."""
    newest_first = aggregate_order_by(note.c.text, note.c.at.desc(), note.c.id.desc())
    texts = func.array_agg(newest_first, type_=ARRAY(Text))
    query = (
        select(note.c.kind, func.min(note.c.at), func.count(), texts[1])
        .where(note.c.at >= window.start, note.c.at < window.end, note.c.author == "")
        .where(_about(note.c.switch_id, filters.switch_ids))
        .where(_about(note.c.user_id, filters.user_ids))
        .group_by(note.c.kind, _step(note.c.at, window))
    )
    for kind, at, number, text in conn.execute(query):
        yield Mark(at, None, kind, text if number == 1 else f"{text} (and {number - 1:,} more)")


def _imports(conn: Connection, window: Window, filters: Filters) -> Iterator[Mark]:
    file = import_file.c
    query = (
        select(
            func.min(file.finished_at), func.count(), func.min(file.name), func.sum(file.read)
        )
        .where(file.finished_at >= window.start, file.finished_at < window.end)
        .where(file.state == "staged", _about(file.switch_id, filters.switch_ids))
        .group_by(_step(file.finished_at, window))
    )
    for at, number, name, records in conn.execute(query):
        what = f"Imported {name}" if number == 1 else f"{number:,} files imported"
        plural = "" if records == 1 else "s"
        yield Mark(at, None, "import", f"{what}: {records:,} record{plural}")


def _step(moment: Column[datetime], window: Window) -> ColumnElement[datetime]:
    """The start of the step of `window` that `moment` falls in."""
    step: ColumnElement[datetime] = func.date_bin(
        literal(step_of(window), Interval), moment, window.start
    )
    return step


def _about(column: Column[int], chosen: tuple[int, ...]) -> ColumnElement[bool]:
    """What is about one of `chosen`, or about all; everything where none is chosen."""
    return or_(column.is_(None), column.in_(chosen)) if chosen else true()
