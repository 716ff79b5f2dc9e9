"""Reading the calls that reach into a window, and sweeping over them.

    sweep      all that the page shows of one window
    peaks      the most at once of many windows in a row; held_at, who held these

PostgreSQL hands over begin and length of all calls as one string of bytes, and numpy sweeps:
a window function over the same events takes four times as long.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import BYTEA

from cdrstats import traffic
from cdrstats.accounts import Scope
from cdrstats.clock import Window
from cdrstats.concurrency.question import SPLITS, Question, Step, Sweep
from cdrstats.concurrency.rules import Hour, Levels, Peak, Stretch, levels, peak, stretches
from cdrstats.db.limits import PATIENCE_S, time_limit
from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters, check
from cdrstats.mediation import LONGEST_S
from cdrstats.metrics import parts_for

MOST_CALLS = 1_000_000
ADVICE = "Choose a shorter period, or fewer filters."

LONG_S = 7200
"""Calls longer than this are few, and have an index of their own: voip_cdr_long_idx."""

SLACK = timedelta(minutes=1)
"""Talk may end later than its call: switches cut each stamp to whole seconds by itself."""

AT_ONCE = timedelta(days=1)
"""So much is read in one go where windows are many, or long."""

RECORD = np.dtype([("begin", ">i8"), ("length_s", ">i4")])
"""A call as PostgreSQL sends it: microseconds since 2000, and seconds."""

Attempts = dict[datetime, int]
"""The calls begun in an hour, by its start; hours without are left out."""


def sweep(
    conn: Connection, scope: Scope, question: Question, by: str | None = None, most: int = 5
) -> Sweep:
    """The calls at once, and the attempts of each hour.

    Args:
        by: a key of SPLITS: sweep also over the `most` values of it that held most time, each
            by itself. Their peaks need not fall together, and do not add up.

    Raises:
        BadRequest: the window has more than MOST_CALLS, it cannot be split so, or it is
            filtered or split by what `scope` may not see.
        TookTooLong: the calls cannot be found within PATIENCE_S.
    """
    if by is not None and by not in SPLITS:
        raise BadRequest(f"Calls at once cannot be split by {by!r}; use {', '.join(SPLITS)}.")
    check(scope, (*question.filters.columns(), *([by] if by else [])))
    attempts = _attempts(conn, scope, question)
    _check_few(attempts)
    records = _read(conn, scope, question, *([by] if by else []))
    whole = _swept(
        question, _levels(question, b"".join(records.values())), attempts.get((), {})
    )
    if by is None:
        return whole
    return replace(whole, largest=_largest(conn, scope, question, by, most, records))


def peaks(
    conn: Connection, scope: Scope, windows: Sequence[Window], filters: Filters
) -> list[Peak]:
    """The most channels held at once in each of `windows`, wherever their calls began.

    Each call is read about once, however short the windows are; and no more than those of a
    day at a time, however long.

    Args:
        windows: oldest first, which follow each other without a gap.

    Raises:
        BadRequest: filtered by what `scope` may not see.
        TookTooLong: the calls of a day cannot be found within PATIENCE_S.
    """
    check(scope, filters.columns())
    if not windows:
        return []
    found = [Peak()] * len(windows)
    starts, ends = [each.start for each in windows], [each.end for each in windows]
    start = starts[0]
    while start < ends[-1]:
        part = Question(Window(start, min(start + AT_ONCE, ends[-1])), filters=filters)
        first = bisect_right(ends, start)
        touched = starts[first : bisect_left(starts, part.window.end)]
        swept = _levels(part, b"".join(_read(conn, scope, part).values()))
        for n, stretch in enumerate(stretches(swept, touched), first):
            if stretch.most > found[n].most:
                found[n] = Peak(stretch.most, stretch.most_at)
        start = part.window.end
    return found


def held_at(
    conn: Connection, scope: Scope, at: datetime, by: str, filters: Filters
) -> dict[traffic.Key, int]:
    """How many channels each value of the column `by` held at an instant; they add up.

    Raises:
        BadRequest: filtered or split by what `scope` may not see.
        TookTooLong: the calls cannot be found within PATIENCE_S.
    """
    check(scope, (*filters.columns(), by))
    instant = Question(Window(at, at + timedelta(microseconds=1)), filters=filters)
    found = {
        key: peak(_levels(instant, records)).most
        for key, records in _read(conn, scope, instant, by).items()
    }
    return {key: held for key, held in found.items() if held}


def _largest(
    conn: Connection,
    scope: Scope,
    question: Question,
    by: str,
    most: int,
    records: dict[traffic.Key, bytes],
) -> dict[int | str, Sweep]:
    """The sweeps of the values of `by` that held most time, these first."""
    found = {key: _levels(question, some) for key, some in records.items()}
    holding = [key for key in found if found[key].call_seconds]
    leaders = sorted(holding, key=lambda key: (-found[key].call_seconds, key))[:most]
    if not leaders:
        return {}
    chosen: dict[str, Any] = {SPLITS[by]: tuple(value for (value,) in leaders)}
    theirs = replace(question, filters=replace(question.filters, **chosen))
    attempts = _attempts(conn, scope, theirs, by)
    return {key[0]: _swept(question, found[key], attempts.get(key, {})) for key in leaders}


def _swept(question: Question, found: Levels, attempts: Attempts) -> Sweep:
    def cut(step: Step) -> list[Stretch]:
        return stretches(found, traffic.edges(question.window, step, question.zone))

    most, most_at = peak(found)
    return Sweep(
        peak=most,
        peak_at=most_at,
        call_seconds=found.call_seconds,
        curve=tuple(cut(question.drawn_by)),
        hours=tuple(
            Hour(hour.at, hour.span, hour.most, hour.call_seconds, attempts.get(hour.at, 0))
            for hour in cut("hour")
        ),
        days=tuple(cut("day")),
    )


def _levels(question: Question, records: bytes) -> Levels:
    calls = np.frombuffer(records, RECORD)
    begins = calls["begin"].astype(np.int64)
    ends = begins + calls["length_s"].astype(np.int64) * 1_000_000
    return levels(begins, ends, question.window)


def _read(
    conn: Connection, scope: Scope, question: Question, *by: str
) -> dict[traffic.Key, bytes]:
    """The RECORDs of the calls that may reach into the window, by their values of `by`."""
    with time_limit(conn, PATIENCE_S, ADVICE):
        rows = conn.execute(calls_reaching_in(scope, question, *by)).all()
    return {tuple(row[:-1]): bytes(row[-1]) for row in rows}


def calls_reaching_in(scope: Scope, question: Question, *by: str) -> Select[Any]:
    """What to select for `_read`.

    Uses voip_cdr_pkey, or the index of a filter; for long calls voip_cdr_long_idx.
    """
    call, window = voip_cdr.c, question.window
    begin, length_s = (
        (call.answered_at, call.billsec)
        if question.kind == "talk"
        else (call.starting_date, call.duration)
    )
    wanted = [
        begin.is_not(None),
        length_s > 0,
        scope.covers(call.user_id),
        *question.filters.conditions(voip_cdr, by_index=True),
    ]
    columns = [begin.label("begin"), length_s.label("length_s"), *(call[name] for name in by)]
    near = window.start - timedelta(seconds=LONG_S) - SLACK
    far = window.start - timedelta(seconds=LONGEST_S) - SLACK
    found = union_all(
        select(*columns).where(
            call.starting_date >= near, call.starting_date < window.end, *wanted
        ),
        select(*columns).where(
            call.starting_date >= far,
            call.starting_date < near,
            call.duration > LONG_S,
            *wanted,
        ),
    ).subquery()
    record: ColumnElement[bytes] = func.timestamptz_send(found.c.begin).op("||")(
        func.int4send(found.c.length_s)
    )
    nothing = literal(b"", BYTEA)
    keys = [found.c[name] for name in by]
    return select(*keys, func.coalesce(func.string_agg(record, nothing), nothing)).group_by(
        *keys
    )


def _attempts(
    conn: Connection, scope: Scope, question: Question, *by: str
) -> dict[traffic.Key, Attempts]:
    """The attempts by hour, by their values of `by`."""
    hourly = traffic.Question(
        question.window,
        by=by,
        step="hour",
        zone=question.zone,
        filters=question.filters,
        parts=parts_for("calls"),
    )
    found: dict[traffic.Key, Attempts] = {}
    for answer in traffic.ask(conn, scope, hourly):
        if answer.at is not None:
            found.setdefault(answer.key, {})[answer.at] = answer.parts.calls
    return found


def _check_few(attempts: dict[traffic.Key, Attempts]) -> None:
    calls = sum(sum(hours.values()) for hours in attempts.values())
    if calls > MOST_CALLS:
        raise BadRequest(
            f"This period has {calls:,} calls, and at most {MOST_CALLS:,} are looked at for"
            " calls at once; choose a shorter period, or filter the calls."
        )
