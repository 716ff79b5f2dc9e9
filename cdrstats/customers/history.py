"""The calls that are in follow their account codes to new owners."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from cdrstats import aggregates
from cdrstats.accounts.audit import Note
from cdrstats.clock import next_month
from cdrstats.customers.rules import checked_codes
from cdrstats.db.engine import lock, sql
from cdrstats.db.partitions import FIRST_START, months_of_calls

_COUNT = sql(__package__, "count_left_behind")
_DAYS = sql(__package__, "list_days_left_behind")
_MOVE = sql(__package__, "move_day")

DAY = timedelta(days=1)


def calls_left_behind(conn: Connection, codes: Iterable[str]) -> dict[str, int]:
    """How many calls with these account codes are not their owner's, by customer's name."""
    rows = conn.execute(_COUNT, {"codes": checked_codes(codes)})
    return {row.name: row.calls for row in rows}


def move_history(
    engine: Engine,
    codes: Iterable[str],
    since: datetime | None = None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Give the calls with these account codes to the owners of their codes; return how many.

    That is whom mediating them anew would give them to. A transaction moves the calls of a
    day, the oldest first, and notes their slots: killed and called again, it goes on where it
    was. A code without owner moves nothing.

    The lock of mediation makes sure that no batch under way, or other mover, still goes by
    owners of before: each transaction looks the owners up after it has the lock.

    Args:
        since: only calls that start then or later; None: all.
        progress: told how many calls were moved so far, after each day.
    """
    what = {"codes": checked_codes(codes)}
    first = since or FIRST_START
    with engine.connect() as conn:
        months = [month for month in months_of_calls(conn) if next_month(month) > first]
    moved = 0
    for month in months:
        span = {"start": max(first, month), "end": next_month(month)}
        with engine.begin() as conn:
            lock(conn, "mediation")
            days = conn.execute(_DAYS, {**what, **span}).scalars().all()
        for day in days:
            span = {"start": max(first, day), "end": day + DAY}
            moved += _move(engine, {**what, **span})
            if progress:
                progress(moved)
    return moved


def give_history(
    engine: Engine,
    name: str,
    codes: Iterable[str],
    note_on: Callable[[Connection], Note],
    since: datetime | None = None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Move the history of codes that are now the customer `name`'s, and tell the audit.

    That is work of many transactions, each of which stays: a line tells that it begins, another
    how much it came to. The first alone says that it was killed, or goes on.
    """
    wanted = list(codes)
    with engine.begin() as conn:
        others = sum(calls_left_behind(conn, wanted).values())
        detail: dict[str, Any] = {"account_codes": wanted, "calls_of_others": others}
        if since is not None:
            detail["since"] = since.isoformat()
        note_on(conn)("begin to move history", name, detail=detail)
    moved = move_history(engine, wanted, since, progress)
    with engine.begin() as conn:
        note_on(conn)("move history", name, detail={"account_codes": wanted, "calls": moved})
    return moved


def _move(engine: Engine, bounds: dict[str, Any]) -> int:
    with engine.begin() as conn:
        lock(conn, "mediation")
        slots = conn.execute(_MOVE, bounds).all()
        aggregates.note_slots(conn, [row.slot for row in slots])
        conn.execute(text("NOTIFY cdrstats, 'rollup'"))
    return sum(row.calls for row in slots)
