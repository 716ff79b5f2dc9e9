"""Which table can answer which part of a question. Pure: it looks at columns, never at rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cdrstats.accounts import Scope
from cdrstats.clock import SLOT, Window, slot_of
from cdrstats.db.schema import metadata
from cdrstats.metrics import MAXIMA, PARTS
from cdrstats.traffic.question import Question
from cdrstats.traffic.steps import spans

CALLS = "voip_cdr"
COUNTED = "rollup_counted"
"""The calls of each quarter-hour as the roll-ups count them, with all keys."""

DAY = timedelta(days=1)

TYPICAL = {
    "switch_id": 3,
    "hangup_cause_id": 10,
    "country_id": 40,
    "user_id": 50,
    "carrier_id": 5,
    "dialcode_id": 300,
    "direction": 2,
    "call_type": 2,
    "cdr_source_type": 2,
}
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


def _rollups(columns: Iterable[str]) -> tuple[Rollup, ...]:
    """The roll-ups that have `columns` beside their keys."""
    wanted = {"slot", *columns}
    return tuple(
        Rollup(
            table.name,
            DAY if table.name.endswith("_day") else SLOT,
            frozenset(column.name for column in table.primary_key) - {"slot", "bin"},
        )
        for table in metadata.sorted_tables
        if table.name.startswith("rollup_")
        and wanted <= set(table.columns.keys())
        and len(table.primary_key) > 1
    )


ROLLUPS = _rollups(PARTS)
BY_DAY = frozenset(rollup.name for rollup in ROLLUPS if rollup.length == DAY)
HISTOGRAMS = _rollups(("bin", "calls"))
"""Of the post-dial delay: how many calls in each bin."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the window, and the table that answers it."""

    table: str
    window: Window


def plan(
    question: Question,
    scope: Scope,
    changed: Sequence[Window] = (),
    tables: Sequence[Rollup] = ROLLUPS,
) -> tuple[Piece, ...]:
    """Pieces that tile the question's window exactly, oldest first.

    Whole slots come from the smallest roll-up that has every column asked about: whole UTC
    days, or quarter-hours. Where the longest call is asked for, a day comes from a roll-up by
    day only if it lies within one step. The ragged edges, and questions that no roll-up can
    answer, come from the calls.

    Args:
        changed: windows of which the roll-ups show more than is asked for, such as calls that
            came in after the cut-off of a link; those are read from the calls. Ascending.
        tables: the roll-ups to choose from.
    """
    able = [] if question.collapsed else _able(question, scope, tables)
    pieces: list[Piece] = []
    start = question.window.start
    for window in changed:
        pieces += _untouched(question, Window(start, window.start), able)
        pieces.append(Piece(CALLS, window))
        start = window.end
    pieces += _untouched(question, Window(start, question.window.end), able)
    return tuple(_joined(pieces))


def _able(question: Question, scope: Scope, tables: Sequence[Rollup]) -> list[Rollup]:
    """The roll-ups that have every column asked about."""
    needed = {*question.by, *question.filters.columns()}
    if scope.user_ids is not None:
        needed.add("user_id")
    return [rollup for rollup in tables if needed <= rollup.keys]


def from_calls(question: Question, scope: Scope) -> timedelta:
    """How much of the window is read call by call."""
    lengths = (piece.window.length for piece in plan(question, scope) if piece.table == CALLS)
    return sum(lengths, timedelta())


def table_of_quarters(question: Question, scope: Scope) -> str:
    """Which table has the quarter-hours of days that come from a roll-up by day."""
    able = [rollup for rollup in _able(question, scope, ROLLUPS) if rollup.length == SLOT]
    smallest = _smallest(able)
    return smallest.name if smallest else COUNTED


def _untouched(question: Question, window: Window, able: list[Rollup]) -> list[Piece]:
    """Pieces that tile `window`, a part of the question's."""
    days = _smallest(able)
    quarters = _smallest([rollup for rollup in able if rollup.length == SLOT])
    if question.step == "minute":
        parts, days, quarters = [window], None, None
    elif question.step in ("quarter", "hour"):
        parts, days = [window], quarters
    elif question.step is None or not MAXIMA & question.parts:
        parts = [window]  # see `cdrstats.traffic.midnights`
    elif days is None or days.length == SLOT:
        parts = [window]
    else:
        parts = spans(window, question.step, question.zone)
    return [piece for part in parts for piece in _tiled(part, [days, quarters])]


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
