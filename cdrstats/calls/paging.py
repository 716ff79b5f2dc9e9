"""One page of a search, by keyset: the tenth page costs what the first one does."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from cdrstats.accounts import Scope
from cdrstats.calls.conditions import allowed, in_sight, within
from cdrstats.calls.search import LONGEST_SCAN, Cursor, Search, limit_reason
from cdrstats.calls.walking import (
    SORT_VALUE,
    TICK,
    Row,
    Stretch,
    next_by_time,
    next_by_value,
)
from cdrstats.clock import Window, next_month
from cdrstats.db.limits import PATIENCE_S, TookTooLong, time_limit
from cdrstats.db.partitions import months_of_calls
from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.filters import check, newest_start

LARGEST_PAGE = 1000
COUNT_S = 5
ADVICE = (
    "Choose a shorter period, or search by the beginning of a number rather than its middle."
)


@dataclass(frozen=True, slots=True)
class Page:
    """Some calls of a search, in its order, and where the pages beside it begin."""

    rows: tuple[Row, ...]
    next: Cursor | None  # give it as `after`; None: this is the last page
    previous: Cursor | None  # give it as `after`, with `backwards`; None: this is the first
    limited_to: Window | None = None  # the window that was set because none was given
    limit_reason: str | None = None  # and what asked for it, such as "sorting by duration"


def page(
    conn: Connection,
    scope: Scope,
    search: Search,
    size: int = 50,
    after: Cursor | None = None,
    backwards: bool = False,
) -> Page:
    """The `size` calls that follow `after`, or that precede it; without it, the first ones.

    Columns that `scope` may not see are left out.

    Raises:
        BadRequest: it is filtered or sorted by what `scope` may not see.
        TookTooLong: after PATIENCE_S seconds.
    """
    search = in_sight(scope, search)
    if not 1 <= size <= LARGEST_PAGE:
        raise BadRequest(f"A page has 1 to {LARGEST_PAGE} calls.")
    with time_limit(conn, PATIENCE_S, ADVICE):
        window, reason = window_of(conn, scope, search)
        rows: list[Row] = []
        if window is not None:
            descending = search.descending != backwards
            stretch = Stretch(
                scope, _from(window, search, after, descending), after, descending
            )
            read = next_by_time if search.order == "starting_date" else next_by_value
            rows = read(conn, search, stretch, size + 1)
    more = len(rows) > size
    del rows[size:]
    if backwards:
        rows.reverse()
    places = [_cursor(row) for row in rows]
    has_next = after is not None if backwards else more
    has_previous = more if backwards else after is not None
    return Page(
        tuple(rows),
        places[-1] if places and has_next else None,
        places[0] if places and has_previous else None,
        window if reason else None,
        reason,
    )


def window_of(
    conn: Connection, scope: Scope, search: Search
) -> tuple[Window | None, str | None]:
    """The window that a search reads, clipped to the months there are, and why it is limited.

    The window is None where no call can be in it.
    """
    reason = limit_reason(search)
    if reason:
        newest = newest_start(conn, scope)
        end = None if newest is None else newest + TICK
        return (Window(end - LONGEST_SCAN, end) if end else None), reason
    months = months_of_calls(conn)
    if not months:
        return None, None
    start, end = months[0], next_month(months[-1])
    if search.window is not None:
        start, end = max(start, search.window.start), min(end, search.window.end)
    return (Window(start, end) if start < end else None), None


def _from(window: Window, search: Search, after: Cursor | None, descending: bool) -> Window:
    """`window` without the months that a cursor by time has left behind."""
    if after is None or search.order != "starting_date":
        return window
    if descending:
        end = min(window.end, after.starting_date + TICK)
        return Window(min(window.start, end), end)
    start = max(window.start, after.starting_date)
    return Window(start, max(window.end, start))


def _cursor(row: Row) -> Cursor:
    value = row.pop(SORT_VALUE, None)
    return Cursor(row["starting_date"], row["dedup_key"], None if value is None else str(value))


@dataclass(frozen=True, slots=True)
class Count:
    """How many calls a search finds; `more`: there are more than that."""

    calls: int
    more: bool


def count(conn: Connection, scope: Scope, search: Search, most: int = 50_000) -> Count | None:
    """How many calls the search finds, counted up to `most`; None if that took too long."""
    check(scope, search.filters.columns())
    try:
        with time_limit(conn, COUNT_S, ADVICE):
            window, _ = window_of(conn, scope, search)
            if window is None:
                return Count(0, more=False)
            some = (
                select(1)
                .select_from(voip_cdr)
                .where(*within(window), *allowed(scope))
                .where(*search.filters.conditions(voip_cdr, by_index=True))
                .limit(most + 1)
                .subquery()
            )
            calls = conn.execute(select(func.count()).select_from(some)).scalar_one()
    except TookTooLong:
        return None
    return Count(min(calls, most), more=calls > most)
