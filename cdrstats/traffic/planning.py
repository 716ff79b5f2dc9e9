"""Which table can answer which part of a question. Pure: it looks at columns, never at rows."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cdrstats.accounts import Scope
from cdrstats.clock import SLOT, Window, slot_of
from cdrstats.db.schema import metadata
from cdrstats.metrics import PARTS
from cdrstats.traffic.question import Question
from cdrstats.traffic.steps import spans

CALLS = "voip_cdr"
DAY = timedelta(days=1)

TYPICAL = {"switch_id": 3, "hangup_cause_id": 10, "country_id": 40, "user_id": 50}
"""How many values of a key a busy slot has: a guess, to prefer the smaller of two tables."""


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table of parts by slots of one length, and the keys it has beside the slot."""

    name: str
    length: timedelta
    keys: frozenset[str]

    @property
    def rows_a_day(self) -> float:
        rows = DAY / self.length
        for key in self.keys:
            rows *= TYPICAL.get(key, 100)
        return rows


ROLLUPS = tuple(
    Rollup(
        table.name,
        DAY if table.name.endswith("_day") else SLOT,
        frozenset(column.name for column in table.primary_key) - {"slot"},
    )
    for table in metadata.sorted_tables
    if table.name.startswith("rollup_")
    and {"slot", *PARTS} <= set(table.columns.keys())
    and len(table.primary_key) > 1
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the window, and the table that answers it."""

    table: str
    window: Window


def plan(question: Question, scope: Scope) -> tuple[Piece, ...]:
    """Pieces that tile the question's window exactly, oldest first.

    Whole slots come from the smallest roll-up that has every column asked about: days where a
    whole UTC day lies within one step, quarter-hours else. The ragged edges, and questions that
    no roll-up can answer, come from the calls.
    """
    needed = {*question.by, *question.filters.values()}
    if scope.user_ids is not None:
        needed.add("user_id")
    able = [rollup for rollup in ROLLUPS if needed <= rollup.keys]
    days = _smallest(able)
    quarters = _smallest([rollup for rollup in able if rollup.length == SLOT])
    window = question.window
    if question.step is None:
        parts = [window]
    elif question.step in ("quarter", "hour"):
        parts, days = [window], quarters
    elif days is None or days.length == SLOT:
        parts = [window]
    else:
        parts = spans(window, question.step, question.zone)
    pieces = [piece for part in parts for piece in _tiled(part, [days, quarters])]
    return tuple(_joined(pieces))


def _smallest(able: list[Rollup]) -> Rollup | None:
    return min(able, key=lambda rollup: (rollup.rows_a_day, rollup.name), default=None)


def _tiled(window: Window, tables: list[Rollup | None]) -> list[Piece]:
    """The whole slots of the first table in the middle, what is left by the tables after it."""
    if window.start == window.end:
        return []
    if not tables:
        return [Piece(CALLS, window)]
    table, *finer = tables
    inner = _whole_slots(window, table.length) if table else None
    if table is None or inner is None:
        return _tiled(window, finer)
    return [
        *_tiled(Window(window.start, inner.start), finer),
        Piece(table.name, inner),
        *_tiled(Window(inner.end, window.end), finer),
    ]


def _whole_slots(window: Window, length: timedelta) -> Window | None:
    """The largest window of whole slots within `window`, None if there is none."""
    start, end = _floor(window.start, length), _floor(window.end, length)
    if start < window.start:
        start += length
    return Window(start, end) if start < end else None


def _floor(moment: datetime, length: timedelta) -> datetime:
    slot = slot_of(moment)
    return slot if length == SLOT else slot.astimezone(UTC).replace(hour=0, minute=0)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Neighbours of one table made one."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].table == piece.table:
            joined[-1] = Piece(piece.table, Window(joined[-1].window.start, piece.window.end))
        else:
            joined.append(piece)
    return joined
