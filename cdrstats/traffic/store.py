"""Reading the parts that a question asks for, from the tables that the plan names."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    FromClause,
    Select,
    case,
    cast,
    func,
    literal,
    null,
    select,
)

from cdrstats import aggregates
from cdrstats.accounts import Scope
from cdrstats.clock import SLOT, Window
from cdrstats.counting import part
from cdrstats.db.limits import PATIENCE_S, time_limit
from cdrstats.db.schema import metadata, voip_cdr
from cdrstats.filters import COLUMNS
from cdrstats.metrics import MAXIMA, NOTHING, Parts, total
from cdrstats.traffic.collapsing import collapsed_calls, within
from cdrstats.traffic.cutoff import changed_since
from cdrstats.traffic.midnights import Move, moves, nearest_midnights
from cdrstats.traffic.planning import (
    BY_DAY,
    CALLS,
    COUNTED,
    ROLLUPS,
    Piece,
    Rollup,
    from_calls,
    plan,
    table_of_quarters,
)
from cdrstats.traffic.question import OTHER, Answer, Key, Question
from cdrstats.traffic.steps import edges

MANY = 5
"""So many windows of quarter-hours are found by name: each would be a condition else."""

ADVICE = "Choose a shorter period, or fewer filters and splits."


def ask(conn: Connection, scope: Scope, question: Question) -> list[Answer]:
    """The parts of each step and key that has calls, by step, then by key.

    Raises:
        TookTooLong: where calls are read one by one, after PATIENCE_S seconds.
    """
    if _is_quicker_apart(question, scope):
        return _leaders_and_rest(conn, scope, question)
    starts = starts_of(question)
    windows: dict[str, list[Window]] = {}
    for piece in pieces_of(conn, scope, question):
        windows.setdefault(piece.table, []).append(piece.window)
    found: dict[tuple[int, Key], Parts] = {}
    for table, parts in windows.items():
        begins = nearest_midnights(starts) if table in BY_DAY else starts
        patience = time_limit(conn, PATIENCE_S, ADVICE) if table == CALLS else nullcontext()
        with patience:
            rows = _read(conn, scope, question, table, parts, begins)
        for bucket, key, some in rows:
            known = found.get((bucket, key))
            found[bucket, key] = some if known is None else known + some
    by_day = [window for table in BY_DAY & windows.keys() for window in windows[table]]
    _move(conn, scope, question, found, moves(by_day, starts))
    return [
        Answer(starts[bucket - 1] if bucket else None, key, parts)
        for (bucket, key), parts in sorted(found.items(), key=lambda item: item[0])
    ]


def _is_quicker_apart(question: Question, scope: Scope) -> bool:
    """Whether few values are told apart of a roll-up, from parts that add up."""
    return (
        bool(question.kept)
        and not question.collapsed
        and not MAXIMA & question.parts
        and from_calls(question, scope) < timedelta(days=1)
    )


def _leaders_and_rest(conn: Connection, scope: Scope, question: Question) -> list[Answer]:
    """The kept values by an index, and all others as the whole less these.

    The rows of a few values are few; reading those of all others, to add them up, is most of
    the work.
    """
    [column] = question.by
    field = next(name for name, of in COLUMNS.items() if of == column)
    among = getattr(question.filters, field)
    kept = tuple(value for value in question.kept or () if not among or value in among)
    theirs = replace(question.filters, **{field: kept})  # type: ignore[arg-type]
    told = ask(conn, scope, replace(question, kept=None, filters=theirs)) if kept else []
    apart: dict[datetime | None, list[Parts]] = {}
    for answer in told:
        apart.setdefault(answer.at, []).append(answer.parts)
    found = list(told)
    for answer in ask(conn, scope, replace(question, kept=None, by=())):
        rest = answer.parts
        if answer.at in apart:
            rest = rest.less(total(apart[answer.at]))
        if any(rest):
            found.append(Answer(answer.at, OTHER, rest))
    return sorted(found, key=lambda answer: (answer.at or question.window.start, answer.key))


def _move(
    conn: Connection,
    scope: Scope,
    question: Question,
    found: dict[tuple[int, Key], Parts],
    moved: Sequence[Move],
) -> None:
    """Let what the row of a day has of another step be in that step."""
    if not moved:
        return
    windows = [move.window for move in moved]
    table = table_of_quarters(question, scope)
    rows = _read(conn, scope, question, table, windows, [window.start for window in windows])
    for number, key, parts in rows:
        source, target = moved[number - 1].source, moved[number - 1].target
        found[target, key] = found.get((target, key), NOTHING) + parts
        found[source, key] = found[source, key].less(parts)
        if not any(found[source, key]):  # each part is 0, or was not asked for
            del found[source, key]


def pieces_of(
    conn: Connection, scope: Scope, question: Question, tables: Sequence[Rollup] = ROLLUPS
) -> tuple[Piece, ...]:
    """The plan of a question, with what changed after the cut-off of its filters."""
    cut = question.filters.cut_off
    changed = changed_since(conn, question.window, cut) if cut else ()
    return plan(question, scope, changed, tables)


def starts_of(question: Question) -> list[datetime]:
    """The starts of the question's steps; none if it has no steps."""
    if question.step is None:
        return []
    return edges(question.window, question.step, question.zone)


def _read(
    conn: Connection,
    scope: Scope,
    question: Question,
    name: str,
    windows: Sequence[Window],
    starts: list[datetime],
) -> list[tuple[int, Key, Parts]]:
    """The parts that one table has for `windows`, by number of the step (from 1; 0: none)."""
    if name == CALLS:
        source = calls_of(question, scope, windows)
        sums = _sums(partial(part, calls=source), question.parts)
    elif name == COUNTED:
        source = _counted(windows)
        sums = _sums(partial(_merged, source), question.parts)
    else:
        source = metadata.tables[name]
        sums = _sums_of(name, question.parts)
    grouped = groups(question, source, starts)
    query = select(*grouped, *sums).group_by(*grouped)
    if name != CALLS:
        query = query.where(
            _slots_within(source, name, windows), *question.filters.conditions(source)
        )
        query = _scoped(query, scope, source)
    if not grouped:
        query = query.having(func.count() > 0)
    return [
        (*placed(question, starts, row), Parts._make(row[len(grouped) :]))
        for row in conn.execute(query).all()
    ]


def _slots_within(
    table: FromClause, name: str, windows: Sequence[Window]
) -> ColumnElement[bool]:
    if name in BY_DAY or len(windows) < MANY:
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
    """The calls that the question is about, of `windows`."""
    if question.collapsed:
        return collapsed_calls(windows, scope, question.filters)
    conditions = question.filters.conditions(voip_cdr, by_index=True)
    if scope.user_ids is not None:
        conditions.append(scope.covers(voip_cdr.c.user_id))
    return (
        select(voip_cdr)
        .where(within(voip_cdr.c.starting_date, windows), *conditions)
        .subquery("call")
    )


def _scoped(query: Select[Any], scope: Scope, table: FromClause) -> Select[Any]:
    if scope.user_ids is None:
        return query
    return query.where(scope.covers(table.c.user_id))


@cache
def _sums_of(table: str, parts: frozenset[str]) -> list[ColumnElement[Any]]:
    """The sums of a roll-up, put together once: a page asks for them a dozen times."""
    return _sums(partial(_merged, metadata.tables[table]), parts)


def _merged(table: FromClause, name: str) -> ColumnElement[Any]:
    """A part of several rows of a roll-up, in which each call is an attempt."""
    merge = func.max if name in MAXIMA else func.sum
    return merge(table.c["calls" if name == "attempts" else name])


_EXACT = frozenset({"mos", "buy_cost", "sell_cost"})


def _sums(
    merged: Callable[[str], ColumnElement[Any]], parts: frozenset[str]
) -> list[ColumnElement[Any]]:
    """All parts as Parts has them: 0 over nothing, whole but for exact decimals."""
    return [
        null()
        if name not in parts
        else func.coalesce(
            merged(name) if name in _EXACT else cast(merged(name), BigInteger), 0
        )
        for name in Parts._fields
    ]
