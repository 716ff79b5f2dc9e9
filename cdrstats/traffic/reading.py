"""Reading the parts of some windows from one table: a roll-up, or the calls."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache, partial
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    FromClause,
    and_,
    case,
    cast,
    func,
    literal,
    select,
)

from cdrstats import aggregates
from cdrstats.accounts import Scope
from cdrstats.clock import SLOT, Window, month_of
from cdrstats.counting import part
from cdrstats.db.schema import metadata, voip_cdr
from cdrstats.filters import check, seen
from cdrstats.metrics import MAXIMA, Parts
from cdrstats.traffic.collapsing import collapsed_calls, within
from cdrstats.traffic.planning import CALLS, COUNTED, OF_DAYS
from cdrstats.traffic.question import OTHER, Key, Question

Values = tuple[Any, ...]
"""Sums of the parts that were asked for, in the order of Parts."""

MANY = 5
"""So many windows of quarter-hours are found by name, and so many of calls by month: each
would be a condition of one statement else."""


def read(
    conn: Connection,
    scope: Scope,
    question: Question,
    name: str,
    windows: Sequence[Window],
    starts: list[datetime],
    few_between: bool = False,
) -> list[tuple[int, Key, Values]]:
    """What one table has for `windows`, by number of the step (from 1; 0: none) and key.

    Of the calls, many windows are read month by month: PostgreSQL would hold each condition
    against each month. A step and key can come several times; `adder` makes Parts of all.

    Args:
        few_between: the scope has so few calls from the first window to the last that looking
            at each is quicker than finding those of many windows.
    """
    if name != CALLS or question.collapsed or len(windows) < MANY:
        return _read(conn, scope, question, name, windows, starts)
    if few_between:
        return _read(conn, scope, question, name, windows, starts, _among)
    months: dict[datetime, list[Window]] = {}
    for window in windows:
        months.setdefault(month_of(window.start), []).append(window)
    return [
        row
        for some in months.values()
        for row in _read(conn, scope, question, name, some, starts)
    ]


def _read(
    conn: Connection,
    scope: Scope,
    question: Question,
    name: str,
    windows: Sequence[Window],
    starts: list[datetime],
    lies_in: Callable[[ColumnElement[Any], Sequence[Window]], ColumnElement[bool]] = within,
) -> list[tuple[int, Key, Values]]:
    conditions: list[ColumnElement[bool]] = []
    if name == CALLS and question.collapsed:
        source = calls_of(question, scope, windows)
        sums = _sums(partial(part, calls=source), question.parts)
    elif name == CALLS:
        source = voip_cdr
        sums = _sums_of_calls(question.parts)
        started = lies_in(voip_cdr.c.starting_date, windows)
        conditions = [started, *_conditions(question, scope)]
    else:
        if name == COUNTED:
            source = _counted(windows)
            sums = _sums(partial(_merged, source), question.parts)
        else:
            source = metadata.tables[name]
            sums = _sums_of(name, question.parts)
        slots = _slots_within(source, name, windows)
        conditions = [slots, *question.filters.conditions(source), *_own(scope, source)]
    grouped = groups(question, source, starts)
    query = select(*grouped, *sums).select_from(source).where(*conditions).group_by(*grouped)
    if not grouped:
        query = query.having(func.count() > 0)
    first = len(grouped)
    return [
        (*placed(question, starts, row), tuple(row[first:]))
        for row in conn.execute(query).all()
    ]


@cache
def adder(parts: frozenset[str]) -> Callable[[Sequence[Values]], Parts]:
    """What adds up values of `parts`, of at least one row; all other parts are None.

    For some thousands of rows a page: `metrics.total` would add up all that is None, too.
    """
    asked = in_order(parts)
    merges = [max if name in MAXIMA else sum for name in asked]
    take = itemgetter(*(asked.index(name) if name in parts else -1 for name in Parts._fields))

    def add(rows: Sequence[Values]) -> Parts:
        values: Iterable[Any] = rows[0]
        if len(rows) > 1:
            columns = zip(*rows, strict=True)
            values = [merge(column) for merge, column in zip(merges, columns, strict=True)]
        return Parts._make(take((*values, None)))

    return add


def in_order(parts: frozenset[str]) -> list[str]:
    """The names of the parts as `Values` has them."""
    return [name for name in Parts._fields if name in parts]


def _slots_within(
    table: FromClause, name: str, windows: Sequence[Window]
) -> ColumnElement[bool]:
    if name in OF_DAYS or len(windows) < MANY:
        return within(table.c.slot, windows)
    return table.c.slot == func.any(_quarter_hours(windows))


def _counted(windows: Sequence[Window]) -> FromClause:
    """The parts of the quarter-hours of `windows`, each call as the roll-ups count it."""
    return aggregates.parts_before(_quarter_hours(windows)).subquery("counted")


def _quarter_hours(windows: Iterable[Window]) -> ColumnElement[Any]:
    slots = [
        window.start + SLOT * number
        for window in windows
        for number in range(window.length // SLOT)
    ]
    return literal(slots, ARRAY(DateTime(timezone=True)))


def groups(
    question: Question, source: FromClause, starts: list[datetime]
) -> list[ColumnElement[Any]]:
    """What to group by: the number of the step, if there are steps, and the keys."""
    found: list[ColumnElement[Any]] = []
    if starts:
        # One definition of a step, Python's: date_trunc would cut Lord Howe's half-hours.
        moment = source.c.slot if "slot" in source.c else source.c.starting_date
        places = literal(starts, ARRAY(DateTime(timezone=True)))
        found.append(func.width_bucket(moment, places).label("bucket"))
    for column in question.by:
        value: ColumnElement[Any] = source.c[column]
        if question.kept is not None:
            value = case((value.in_(question.kept), value))
        found.append(value.label(column))
    return found


def placed(question: Question, starts: list[datetime], row: Sequence[Any]) -> tuple[int, Key]:
    """The number of the step, and the key, that a row of `groups` is of."""
    bucket = row[0] if starts else 0
    first = 1 if starts else 0
    key = tuple(row[first : first + len(question.by)])
    return bucket, OTHER if key == (None,) else key


def calls_of(question: Question, scope: Scope, windows: Sequence[Window]) -> FromClause:
    """The calls that the question is about, of `windows`.

    Raises:
        BadRequest: it is filtered or split by what `scope` may not see.
    """
    if question.collapsed:
        check(scope, (*question.by, *question.filters.columns()))
        return collapsed_calls(windows, scope, question.filters)
    conditions = _conditions(question, scope)
    started = within(voip_cdr.c.starting_date, windows)
    return select(*seen(scope)).where(started, *conditions).subquery("call")


def _conditions(question: Question, scope: Scope) -> list[ColumnElement[bool]]:
    """Which calls the question is about, whenever. Raises as `calls_of` does."""
    check(scope, (*question.by, *question.filters.columns()))
    return [
        *question.filters.conditions(voip_cdr, by_index=True),
        *_own(scope, voip_cdr),
    ]


def _among(moment: ColumnElement[Any], windows: Sequence[Window]) -> ColumnElement[bool]:
    """Whether `moment` lies in one of many windows, which are in order: by halving, in one
    reading from the first to the last of them."""
    edges = [edge for window in windows for edge in (window.start, window.end)]
    places = literal(edges, ARRAY(DateTime(timezone=True)))
    whole = within(moment, [Window(edges[0], edges[-1])])
    return and_(whole, func.width_bucket(moment, places) % 2 == 1)


def _own(scope: Scope, table: FromClause) -> list[ColumnElement[bool]]:
    """That rows are the scope's, where that is not all of them."""
    return [] if scope.user_ids is None else [scope.covers(table.c.user_id)]


@cache
def _sums_of(table: str, parts: frozenset[str]) -> list[ColumnElement[Any]]:
    """The sums of a roll-up, put together once: a page asks for them a dozen times."""
    return _sums(partial(_merged, metadata.tables[table]), parts)


@cache
def _sums_of_calls(parts: frozenset[str]) -> list[ColumnElement[Any]]:
    """The sums of calls one by one, put together once as well: `ask` asks for none that the
    scope does not show."""
    return _sums(partial(part, calls=voip_cdr), parts)


def _merged(table: FromClause, name: str) -> ColumnElement[Any]:
    """A part of several rows of a roll-up, in which each call is an attempt."""
    merge = func.max if name in MAXIMA else func.sum
    return merge(table.c["calls" if name == "attempts" else name])


_EXACT = frozenset({"mos", "buy_cost", "sell_cost"})


def _sums(
    merged: Callable[[str], ColumnElement[Any]], parts: frozenset[str]
) -> list[ColumnElement[Any]]:
    """The asked parts in the order of Parts: 0 over nothing, whole but for exact decimals."""
    return [
        func.coalesce(merged(name) if name in _EXACT else cast(merged(name), BigInteger), 0)
        for name in in_order(parts)
    ]
