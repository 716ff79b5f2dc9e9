"""Which table can answer which part of a question. Pure: it looks at columns, never at rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cdrstats.accounts import Scope
from cdrstats.clock import Window, month_of, next_month, slot_of
from cdrstats.db.schema import metadata, rollups
from cdrstats.metrics import MAXIMA, PARTS
from cdrstats.traffic.midnights import nearest_midnights
from cdrstats.traffic.question import Question
from cdrstats.traffic.steps import edges, spans

CALLS = "voip_cdr"
COUNTED = "rollup_counted"
"""The calls of each quarter-hour as the roll-ups count them, with all keys."""

DAY = timedelta(days=1)

Unit = Literal["quarter", "day", "month"]

A_DAY: dict[Unit, float] = {"quarter": 96, "day": 1, "month": 1 / 30}
"""How many of them."""

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
    """A table of parts by slots of UTC, and the keys it has beside the slot."""

    name: str
    unit: Unit  # of the slots
    keys: frozenset[str]

    @property
    def rows_a_day(self) -> float:
        rows = A_DAY[self.unit]
        for key in self.keys:
            rows *= TYPICAL.get(key, 100)
        return rows


def _rollups(columns: Iterable[str]) -> tuple[Rollup, ...]:
    """The roll-ups that have `columns` beside their keys."""
    wanted = {"slot", *columns}
    return tuple(
        Rollup(
            table.name,
            _unit(table.name),
            frozenset(column.name for column in table.primary_key) - {"slot", "bin"},
        )
        for table in metadata.sorted_tables
        if table.name.startswith("rollup_")
        and wanted <= set(table.columns.keys())
        and len(table.primary_key) > 1
    )


def _unit(name: str) -> Unit:
    if name.endswith("_month"):
        return "month"
    return "day" if name.endswith("_day") else "quarter"


ROLLUPS = _rollups(set(PARTS) - MAXIMA)
EVERY_QUARTER = Rollup(COUNTED, "quarter", frozenset(rollups.KEYS))
"""For the edges of days whose columns no roll-up has by quarter-hour: half as long as calls."""

NARROW = frozenset({"user_id", "accountcode"})
"""Columns with an index on the calls, of which a value has few of them."""

OF_DAYS = frozenset(rollup.name for rollup in ROLLUPS if rollup.unit != "quarter")
"""The tables with whole days of UTC, or more of them, in a row."""

HISTOGRAMS = _rollups(("bin", "calls"))
"""Of the post-dial delay: how many calls in each bin."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the window, which the last may end after; and the table that answers it."""

    table: str
    window: Window


def plan(
    question: Question,
    scope: Scope,
    changed: Sequence[Window] = (),
    tables: Sequence[Rollup] = ROLLUPS,
    nothing_after: bool = False,
) -> tuple[Piece, ...]:
    """Pieces that tile the question's window exactly, oldest first.

    Whole slots come from the smallest roll-up that has every column asked about: whole UTC
    months, days, or quarter-hours. Months are read where no days or weeks cut them, and the
    longest call, which they do not have, is not asked for. Where it is, a day comes from a
    roll-up by day only if it lies within one step. What is left below a quarter-hour, and
    questions that no roll-up can answer, come from the calls.

    Args:
        changed: windows of which the roll-ups show more than is asked for, such as calls that
            came in after the cut-off of a link; those are read from the calls. Ascending.
        tables: the roll-ups to choose from.
        nothing_after: the roll-ups have nothing after the window, so that its last slot may be
            read as if it were over; the last piece may end after the window then.
    """
    able = [] if question.collapsed else _able(question, scope, tables)
    pieces: list[Piece] = []
    start = question.window.start
    for window in changed:
        pieces += _untouched(question, scope, Window(start, window.start), able)
        pieces.append(Piece(CALLS, window))
        start = window.end
    last = Window(start, question.window.end)
    pieces += _untouched(question, scope, last, able, nothing_after)
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
    if able := _smallest(_able(question, scope, ROLLUPS), ("quarter",)):
        return able.name
    # What every quarter-hour was counted as holds everybody's calls, and is for staff.
    return EVERY_QUARTER.name if scope.user_ids is None else CALLS


def _untouched(
    question: Question,
    scope: Scope,
    window: Window,
    able: list[Rollup],
    nothing_after: bool = False,
) -> list[Piece]:
    """Pieces that tile `window`, a part of the question's."""
    quarters = _smallest(able, ("quarter",))
    days = _smallest(able, ("quarter", "day"))
    months = _smallest(able, ("quarter", "day", "month"))
    parts = [window]
    tables: list[Rollup | None]
    if question.step == "minute":
        tables = []
    elif question.step in ("quarter", "hour"):
        tables = [quarters]
    elif question.step and MAXIMA & question.parts:
        tables = [days, quarters]
        if days and days.unit == "day":
            parts = spans(window, question.step, question.zone)
    else:  # see `cdrstats.traffic.midnights`
        if able and quarters is None and not _is_narrow(question, scope):
            quarters = EVERY_QUARTER
        tables = [days, quarters]
        if not MAXIMA & question.parts and _takes_months(question):
            tables = [months, *tables]
    return [
        piece
        for part in parts
        for piece in _tiled(part, tables, nothing_after and part.end == window.end)
    ]


def _is_narrow(question: Question, scope: Scope) -> bool:
    """Whether an index of the calls finds the few that are asked about."""
    return scope.user_ids is not None or not NARROW.isdisjoint(question.filters.columns())


def _takes_months(question: Question) -> bool:
    """Whether a month of UTC lies in one step, but for hours that can be moved."""
    if question.step is None:
        return True
    if question.step != "month":
        return False
    starts = edges(question.window, question.step, question.zone)
    return all(midnight.day == 1 for midnight in nearest_midnights(starts))


def _smallest(able: list[Rollup], units: Sequence[Unit]) -> Rollup | None:
    return min(
        (rollup for rollup in able if rollup.unit in units),
        key=lambda rollup: (rollup.rows_a_day, rollup.name),
        default=None,
    )


def _tiled(window: Window, tables: list[Rollup | None], nothing_after: bool) -> list[Piece]:
    """The whole slots of the first table in the middle, what is left by the tables after it."""
    if window.start == window.end:
        return []
    if not tables:
        return [Piece(CALLS, window)]
    table, *finer = tables
    inner = _whole_slots(window, table.unit, nothing_after) if table else None
    if table is None or inner is None:
        return _tiled(window, finer, nothing_after)
    before = Window(window.start, inner.start)
    after = Window(inner.end, max(inner.end, window.end))
    return [
        *_tiled(before, finer, nothing_after=False),
        Piece(table.name, inner),
        *_tiled(after, finer, nothing_after),
    ]


def _whole_slots(window: Window, unit: Unit, nothing_after: bool) -> Window | None:
    """The largest window of whole slots within `window`, None if there is none.

    If nothing comes after the window, its last slot is whole.
    """
    start, end = _floor(window.start, unit), _floor(window.end, unit)
    if start < window.start:
        start = _after(start, unit)
    if nothing_after and end < window.end:
        end = _after(end, unit)
    return Window(start, end) if start < end else None


def _floor(moment: datetime, unit: Unit) -> datetime:
    """The start of the slot that `moment` falls in."""
    if unit == "month":
        return month_of(moment)
    slot = slot_of(moment)
    return slot if unit == "quarter" else slot.replace(hour=0, minute=0)


def _after(slot: datetime, unit: Unit) -> datetime:
    """The slot after `slot`."""
    return next_month(slot) if unit == "month" else slot + DAY / A_DAY[unit]


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Neighbours of one table made one."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].table == piece.table:
            joined[-1] = Piece(piece.table, Window(joined[-1].window.start, piece.window.end))
        else:
            joined.append(piece)
    return joined
