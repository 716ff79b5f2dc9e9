"""Percentiles of the post-dial delay: they do not add up, so they have a reader of their own.

A percentile is the delay of a call: the shortest one that so many calls stay within. It is
exact from the calls, up to EXACT_ANYWAY, and up to EXACT_UP_TO where nothing else tells it. Of
longer periods it is the middle of that call's bin in a histogram with fixed edges, where a
roll-up has one; how far off that may be stands in the answer.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from cdrstats.accounts import Scope
from cdrstats.aggregates import histogram
from cdrstats.db.limits import PATIENCE_S, time_limit
from cdrstats.db.schema import metadata
from cdrstats.errors import BadRequest
from cdrstats.metrics import ALL
from cdrstats.traffic.collapsing import within
from cdrstats.traffic.planning import CALLS, HISTOGRAMS, Piece
from cdrstats.traffic.question import Key, Question, Spread
from cdrstats.traffic.reading import calls_of, groups, placed
from cdrstats.traffic.store import ADVICE, pieces_of, starts_of

EXACT_ANYWAY = timedelta(days=7, hours=1)  # a week in which the clocks went back
"""What is quick: sorting the delays of a month's calls takes half a second a million."""

EXACT_UP_TO = timedelta(days=31, hours=1)
AT = (0.5, 0.95)
ERROR = 0.05
"""The middle of a bin is at most so far off what is in it: bins are a tenth wide. Of the delays
below 50 ms, which share one bin, it is at most 25 ms off."""

Place = tuple[int, Key]


def spreads(conn: Connection, scope: Scope, question: Question) -> dict[Place, Spread]:
    """The percentiles of each step (its number from 1; 0 without steps) and key.

    What has no post-dial delay at all is absent.

    Raises:
        BadRequest: the period is long, and no histogram can answer.
        TookTooLong: after PATIENCE_S seconds.
    """
    pieces = delays_from(conn, scope, question)
    if not pieces:
        raise BadRequest(
            f"Percentiles of more than {EXACT_UP_TO.days} days are kept for all calls and by"
            " switch only. Choose a shorter period, or take filters and splits off."
        )
    if _are_calls(pieces):
        return _exact(conn, scope, question)
    return _from_histogram(conn, scope, question, pieces)


def delays_from(conn: Connection, scope: Scope, question: Question) -> tuple[Piece, ...]:
    """What the percentiles are read from, oldest first; nothing if no table can give them."""
    if question.window.length > EXACT_ANYWAY:
        # A day's row of a histogram is not parted: days within one step only.
        within_steps = replace(question, parts=ALL)
        pieces = pieces_of(conn, scope, within_steps, HISTOGRAMS)
        if not _are_calls(pieces):
            return pieces
    if question.window.length <= EXACT_UP_TO:
        return (Piece(CALLS, question.window),)
    return ()


def _are_calls(pieces: Iterable[Piece]) -> bool:
    return all(piece.table == CALLS for piece in pieces)


def _exact(conn: Connection, scope: Scope, question: Question) -> dict[Place, Spread]:
    calls = calls_of(question, scope, [question.window])
    starts = starts_of(question)
    grouped = groups(question, calls, starts)
    query = (
        select(
            *grouped,
            func.percentile_disc(list(AT)).within_group(calls.c.pdd_ms.asc()),
            func.count(),
        )
        .where(calls.c.pdd_ms.is_not(None))
        .group_by(*grouped)
    )
    with time_limit(conn, PATIENCE_S, ADVICE):
        return {
            placed(question, starts, row): Spread(row[-2][0] / 1000, row[-2][1] / 1000, row[-1])
            for row in conn.execute(query)
            if row[-1]
        }


def _from_histogram(
    conn: Connection, scope: Scope, question: Question, pieces: Iterable[Piece]
) -> dict[Place, Spread]:
    starts = starts_of(question)
    bins: dict[Place, Counter[int]] = {}
    for piece in pieces:
        source = (
            calls_of(question, scope, [piece.window])
            if piece.table == CALLS
            else metadata.tables[piece.table]
        )
        grouped = groups(question, source, starts)
        query = select(*grouped, *_sizes(source)).group_by(*grouped, "bin")
        if piece.table == CALLS:
            query = query.where(source.c.pdd_ms.is_not(None))
        else:
            query = query.where(
                within(source.c.slot, [piece.window]), *question.filters.conditions(source)
            )
        with time_limit(conn, PATIENCE_S, ADVICE):
            for row in conn.execute(query):
                place = placed(question, starts, row)
                bins.setdefault(place, Counter())[row.bin] += int(row.many)
    return {place: _spread(found) for place, found in bins.items()}


def _sizes(source: FromClause) -> list[ColumnElement[Any]]:
    """The bin of a delay, and how many calls are in it."""
    if "bin" in source.c:
        return [source.c.bin.label("bin"), func.sum(source.c.calls).label("many")]
    return [histogram.bin_of(source.c.pdd_ms).label("bin"), func.count().label("many")]


def _spread(bins: Counter[int]) -> Spread:
    """The percentiles of a histogram: the middle of the bin that each falls in."""
    calls = sum(bins.values())
    return Spread(
        _percentile(bins, AT[0], calls) / 1000,
        _percentile(bins, AT[1], calls) / 1000,
        calls,
        ERROR,
    )


def _percentile(bins: Counter[int], at: float, calls: int) -> float:
    """In ms: the middle of the bin with the call that `at` of all calls do not exceed."""
    seen = 0
    for bin_ in sorted(bins):
        seen += bins[bin_]
        if seen >= at * calls:
            low, high = histogram.edges_of(bin_)
            return math.sqrt(low * high) if low else high / 2
    raise ValueError("a histogram without calls has no percentile")
