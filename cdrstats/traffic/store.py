"""Answering a question: from the tables that the plan names, put together step by step."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from operator import neg

from sqlalchemy import Connection, bindparam, func, select

from cdrstats.accounts import Scope
from cdrstats.clock import SLOT, Window
from cdrstats.db.limits import PATIENCE_S, time_limit
from cdrstats.db.schema import rollup_customer, rollup_switch
from cdrstats.filters import COLUMNS
from cdrstats.metrics import MAXIMA, Parts, total
from cdrstats.traffic.cutoff import changed_since
from cdrstats.traffic.midnights import Move, moves, nearest_midnights
from cdrstats.traffic.planning import (
    CALLS,
    OF_DAYS,
    ROLLUPS,
    Piece,
    Rollup,
    from_calls,
    plan,
    table_of_quarters,
)
from cdrstats.traffic.question import OTHER, Answer, Key, Question
from cdrstats.traffic.reading import Values, adder, in_order, read
from cdrstats.traffic.steps import edges

FEW = 50_000
"""So few calls of a customer's are read at once sooner than the hours at ninety midnights
are found."""

ADVICE = "Choose a shorter period, or fewer filters and splits."


def ask(conn: Connection, scope: Scope, question: Question) -> list[Answer]:
    """The parts of each step and key that has calls, by step, then by key.

    A part that `scope` may not see is None.

    Raises:
        BadRequest: it is filtered or split by what `scope` may not see.
        TookTooLong: where calls are read one by one, after PATIENCE_S seconds.
    """
    question = replace(question, parts=frozenset(filter(scope.shows, question.parts)))
    if _is_quicker_apart(question, scope):
        return _leaders_and_rest(conn, scope, question)
    starts = starts_of(question)
    windows: dict[str, list[Window]] = {}
    for piece in pieces_of(conn, scope, question):
        windows.setdefault(piece.table, []).append(piece.window)
    found: dict[tuple[int, Key], list[Values]] = {}
    for table, parts in windows.items():
        begins = nearest_midnights(starts) if table in OF_DAYS else starts
        patience = time_limit(conn, PATIENCE_S, ADVICE) if table == CALLS else nullcontext()
        with patience:
            rows = read(conn, scope, question, table, parts, begins)
        for bucket, key, some in rows:
            found.setdefault((bucket, key), []).append(some)
    by_day = [window for table in OF_DAYS & windows.keys() for window in windows[table]]
    _move(conn, scope, question, found, moves(by_day, starts))
    answers, add = [], adder(question.parts)
    for bucket, key in sorted(found):
        whole = add(found[bucket, key])
        if any(whole):  # else all of it was moved
            answers.append(Answer(starts[bucket - 1] if bucket else None, key, whole))
    return answers


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
    found: dict[tuple[int, Key], list[Values]],
    moved: Sequence[Move],
) -> None:
    """Let what the row of a day has of another step be in that step.

    Never of a longest call: who asks for it is not answered by days that steps cut.
    """
    if not moved:
        return
    windows = [move.window for move in moved]
    table = table_of_quarters(question, scope)
    starts = [window.start for window in windows]
    few = scope.user_ids is not None and _calls(question, found) <= FEW
    rows = read(conn, scope, question, table, windows, starts, few)
    for number, key, values in rows:
        move = moved[number - 1]
        found.setdefault((move.target, key), []).append(values)
        found.setdefault((move.source, key), []).append(tuple(map(neg, values)))


def _calls(question: Question, found: dict[tuple[int, Key], list[Values]]) -> int:
    place = in_order(question.parts).index("calls")
    return sum(values[place] for rows in found.values() for values in rows)


def pieces_of(
    conn: Connection, scope: Scope, question: Question, tables: Sequence[Rollup] = ROLLUPS
) -> tuple[Piece, ...]:
    """The plan of a question, with what changed after the cut-off of its filters."""
    cut = question.filters.cut_off
    changed = changed_since(conn, scope, question.window, cut) if cut else ()
    pieces = plan(question, scope, changed, tables)
    quicker = plan(question, scope, changed, tables, nothing_after=True)
    if quicker != pieces and _nothing_after(conn, scope, question.window):
        return quicker
    return pieces


def _nothing_after(conn: Connection, scope: Scope, window: Window) -> bool:
    """Whether the roll-ups have no call after `window`, such as one that ends by now."""
    if scope.user_ids is None:
        slots = [conn.execute(_NEWEST).scalar()]
    else:  # one descent of an index a customer
        owners = sorted(scope.user_ids)
        slots = [conn.execute(_NEWEST_OF, {"owner": owner}).scalar() for owner in owners]
    return all(slot is None or slot + SLOT <= window.end for slot in slots)


_NEWEST = select(func.max(rollup_switch.c.slot))
_NEWEST_OF = select(func.max(rollup_customer.c.slot)).where(
    rollup_customer.c.user_id == bindparam("owner")
)


def first_slot(conn: Connection, scope: Scope) -> datetime | None:
    """The quarter-hour of the first call of `scope`; None if it has none.

    Before it nothing is known: no call there is no silence, and no zero.
    """
    if scope.user_ids is None:
        return conn.execute(select(func.min(rollup_switch.c.slot))).scalar()
    first = select(func.min(rollup_customer.c.slot))
    found = [  # one descent of an index a customer
        conn.execute(first.where(rollup_customer.c.user_id == owner)).scalar()
        for owner in sorted(scope.user_ids)
    ]
    return min((slot for slot in found if slot is not None), default=None)


def starts_of(question: Question) -> list[datetime]:
    """The starts of the question's steps; none if it has no steps."""
    if question.step is None:
        return []
    return edges(question.window, question.step, question.zone)
