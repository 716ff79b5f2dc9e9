"""Reading the parts that a question asks for, from the tables that the plan names."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    DateTime,
    Select,
    Table,
    and_,
    func,
    literal,
    or_,
    select,
)

from cdrstats.accounts import Scope
from cdrstats.clock import Window
from cdrstats.db.limits import time_limit
from cdrstats.db.schema import hangup_cause, import_file, job_run, metadata, voip_cdr
from cdrstats.metrics import PARTS, Parts
from cdrstats.traffic.planning import CALLS, plan
from cdrstats.traffic.question import Answer, Key, Question
from cdrstats.traffic.steps import edges

LONGEST_S = 30
ADVICE = "Choose a shorter period, or fewer filters and splits."


def ask(conn: Connection, scope: Scope, question: Question) -> list[Answer]:
    """The parts of each step and key that has calls, by step, then by key.

    Raises:
        TookTooLong: where calls are read one by one, after LONGEST_S seconds.
    """
    starts = (
        edges(question.window, question.step, question.zone)
        if question.step is not None
        else []
    )
    windows: dict[str, list[Window]] = {}
    for piece in plan(question, scope):
        windows.setdefault(piece.table, []).append(piece.window)
    found: dict[tuple[int, Key], Parts] = {}
    for table, parts in windows.items():
        patience = time_limit(conn, LONGEST_S, ADVICE) if table == CALLS else nullcontext()
        with patience:
            rows = _read(conn, scope, question, table, parts, starts)
        for bucket, key, some in rows:
            known = found.get((bucket, key))
            found[bucket, key] = some if known is None else known + some
    return [
        Answer(starts[bucket - 1] if bucket else None, key, parts)
        for (bucket, key), parts in sorted(found.items(), key=lambda item: item[0])
    ]


def _read(
    conn: Connection,
    scope: Scope,
    question: Question,
    name: str,
    windows: Sequence[Window],
    starts: list[datetime],
) -> list[tuple[int, Key, Parts]]:
    """The parts that one table has for `windows`, by number of the step (from 1; 0: none)."""
    table = metadata.tables[name]
    moment = voip_cdr.c.starting_date if name == CALLS else table.c.slot
    # One definition of a step, Python's: date_trunc would cut Lord Howe's half-hours otherwise.
    bucket: ColumnElement[int] = (
        func.width_bucket(moment, literal(starts, ARRAY(DateTime(timezone=True))))
        if starts
        else literal(0)
    ).label("bucket")
    by = [table.c[column] for column in question.by]
    grouped = [bucket, *by] if starts else by
    query = (
        select(bucket, *by, *(_from_calls() if name == CALLS else _from_rollup(table)))
        .where(_within(moment, windows))
        .where(*question.filters.conditions(table))
        .group_by(*grouped)
    )
    query = _scoped(query, scope, table)
    if not grouped:
        query = query.having(func.count() > 0)
    width = 1 + len(by)
    return [
        (row[0], tuple(row[1:width]), _parts(row[width:]))
        for row in conn.execute(query)
        if row[width]
    ]


def _scoped(query: Select[Any], scope: Scope, table: Table) -> Select[Any]:
    if scope.user_ids is None:
        return query
    return query.where(scope.covers(table.c.user_id))


def _within(moment: ColumnElement[Any], windows: Sequence[Window]) -> ColumnElement[bool]:
    return or_(*(and_(moment >= part.start, moment < part.end) for part in windows))


def _parts(sums: Sequence[Any]) -> Parts:
    """The sums in the order of PARTS: counts and seconds first, then the two of money."""
    counts: list[Any] = [int(value or 0) for value in sums[:-2]]
    return Parts(*counts, *sums[-2:])


def _from_rollup(table: Table) -> list[ColumnElement[Any]]:
    return [func.sum(table.c[part]).label(part) for part in PARTS]


def _from_calls() -> list[ColumnElement[Any]]:
    """The parts, counted as `cdrstats.aggregates` counts them."""
    call = voip_cdr.c
    delivering = select(hangup_cause.c.id).where(hangup_cause.c.delivered)
    return [
        func.count().label("calls"),
        func.count().filter(call.answered).label("answered"),
        func.count()
        .filter(or_(call.answered, call.hangup_cause_id.in_(delivering)))
        .label("delivered"),
        func.count().filter(call.answered, call.billsec.between(1, 6)).label("short"),
        func.sum(call.duration).label("duration"),
        func.sum(call.billsec).label("billsec"),
        func.sum(call.pdd_ms).label("pdd_ms"),
        func.count(call.pdd_ms).label("pdd_calls"),
        func.sum(call.buy_cost).label("buy_cost"),
        func.sum(call.sell_cost).label("sell_cost"),
    ]


def latest_import(conn: Connection) -> datetime | None:
    """When calls last came in, from a file or from whoever else stages them; None if never."""
    files = select(func.max(import_file.c.finished_at)).scalar_subquery()
    runs = (
        select(job_run.c.finished_at)
        .where(job_run.c.job == "import", job_run.c.done > 0)
        .order_by(job_run.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    newest: Select[datetime | None] = select(func.greatest(files, runs))
    return conn.execute(newest).scalar_one()
