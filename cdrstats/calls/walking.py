"""The next calls of a search, in its order, from a place in it.

By time, calls come out of the primary key in order, and out of the indexes on switch, customer,
country, cause, carrier and account code. A search by number, or by several of those, has two
ways, and the wrong one reads millions of calls: by the best index (good for what is rare) or in
order of time (good for what is common). Which is right is found out by trying both a little,
not by the planner's estimate:

1. The page may fill from the NEAR calls next to the place: they are read in order of time.
2. Else by whatever indexes the planner combines, and sorted: month by month from the place on;
   if fewer than RARE calls have one of the numbers, just the months from the first to the last
   of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    false,
    func,
    select,
    text,
    tuple_,
)

from cdrstats.accounts import Scope
from cdrstats.calls.conditions import (
    Condition,
    allowed,
    columns_of,
    within,
)
from cdrstats.calls.search import (
    LONGEST_SCAN,
    Cursor,
    Search,
    indexed_tests,
    needs_several_indexes,
)
from cdrstats.clock import Window, month_of, next_month
from cdrstats.db.partitions import FIRST_START
from cdrstats.db.schema import voip_cdr
from cdrstats.filters import NUMBERS, TextTest, number, seen, text_condition

RARE = 500
NEAR = 20_000
TICK = timedelta(microseconds=1)
NEVER = Window(FIRST_START, FIRST_START)
SORT_VALUE = "sort_value"

Row = dict[str, Any]
_SEQUENTIAL_SCANS = text("SELECT set_config('enable_seqscan', :value, true)")


@dataclass(frozen=True, slots=True)
class Stretch:
    """The calls of `scope` in `window` that come after a place, forwards or backwards."""

    scope: Scope
    window: Window
    after: Cursor | None
    descending: bool


def next_by_time(conn: Connection, search: Search, stretch: Stretch, count: int) -> list[Row]:
    """The first `count` calls of `stretch`, in order of time."""
    # A LIMIT makes the planner hope to meet enough calls soon in any order.
    conn.execute(_SEQUENTIAL_SCANS, {"value": "off"})
    tests = indexed_tests(search)
    if not tests and not needs_several_indexes(search):
        found = _by_months(conn, stretch, count, lambda part: _in_order(search, part))
    else:
        found = _rows(conn, _near(search, _next_month(conn, stretch)).limit(count))
        if len(found) < count:
            if window := _span_of_rare(conn, tests):
                stretch = _narrowed(stretch, window)
            found = _by_months(conn, stretch, count, lambda part: _gathered(search, part))
    conn.execute(_SEQUENTIAL_SCANS, {"value": "on"})
    return found


def next_by_value(conn: Connection, search: Search, stretch: Stretch, count: int) -> list[Row]:
    """The first `count` calls of `stretch`, in order of the column sorted by, then of time.

    Each row has that column's value as SORT_VALUE too.
    """
    value = _sort_value(search)
    key = (value, *_time_key(voip_cdr))
    query = _ordered(
        select(*columns_of(search.shown()), value.label(SORT_VALUE))
        .where(*within(stretch.window), *allowed(stretch.scope))
        .where(*search.filters.conditions(voip_cdr, by_index=True)),
        key,
        stretch.descending,
    )
    if stretch.after:
        place = (_value(search, stretch.after), *_place(stretch.after))
        query = query.where(_beyond(key, place, stretch.descending))
    return _rows(conn, query.limit(count))


def everything(
    search: Search, scope: Scope, window: Window | None, columns: tuple[str, ...]
) -> Select[Any]:
    """All calls of a search in `window`, in its order; None: no call at all."""
    key = _time_key(voip_cdr)
    if search.order != "starting_date":
        key = (_sort_value(search), *key)
    inside = [false()] if window is None else within(window)
    query = (
        select(*columns_of(columns))
        .where(*inside, *allowed(scope))
        .where(*search.filters.conditions(voip_cdr, by_index=True))
    )
    return _ordered(query, key, search.descending)


def _sort_value(search: Search) -> ColumnElement[Any]:
    """What is sorted by beside time; no value sorts below zero."""
    column = voip_cdr.c[search.order]
    return func.coalesce(column, -1) if search.order in NUMBERS else column.collate("C")


def _span_of_rare(conn: Connection, tests: list[TextTest]) -> Window | None:
    """The span of the calls that meet the first of `tests` that fewer than RARE calls meet.

    None if more calls meet each. No condition on time: the planner might then hope to find
    RARE calls sooner in order of time.
    """
    for test in tests:
        met = text_condition(test, by_index=True)
        some = select(voip_cdr.c.starting_date).where(met).limit(RARE).subquery()
        moment = some.c.starting_date
        number, first, last = conn.execute(
            select(func.count(), func.min(moment), func.max(moment))
        ).one()
        if number < RARE:
            return Window(first, last + TICK) if number else NEVER
    return None


def _narrowed(stretch: Stretch, window: Window) -> Stretch:
    start = max(stretch.window.start, window.start)
    end = max(start, min(stretch.window.end, window.end))
    return replace(stretch, window=Window(start, end))


def _next_month(conn: Connection, stretch: Stretch) -> Stretch:
    """The 31 days of `stretch` from its first call on; planning for more takes longer."""
    first = _by_months(conn, stretch, 1, lambda part: _in_order(Search(columns=()), part))
    if not first:
        return _narrowed(stretch, NEVER)
    moment: datetime = first[0]["starting_date"]
    if stretch.descending:
        return _narrowed(stretch, Window(moment - LONGEST_SCAN, moment + TICK))
    return _narrowed(stretch, Window(moment, moment + LONGEST_SCAN))


def _in_order(search: Search, stretch: Stretch) -> Select[Any]:
    """The calls searched for, read in order of time."""
    query = select(*columns_of(search.shown())).where(*search.filters.conditions(voip_cdr))
    return _from_place(query, stretch)


def _near(search: Search, stretch: Stretch) -> Select[Any]:
    """Those of the NEAR calls next to the place that are searched for."""
    near = _from_place(select(*seen(stretch.scope)), stretch).limit(NEAR).subquery("near")
    query = select(*columns_of(search.shown(), near)).where(*search.filters.conditions(near))
    return _ordered(query, _time_key(near), stretch.descending)


def _gathered(search: Search, stretch: Stretch) -> Select[Any]:
    """All calls searched for, read by the best indexes, then sorted."""
    query = select(*seen(stretch.scope)).where(
        *search.filters.conditions(voip_cdr, by_index=True)
    )
    found = _behind(query, stretch).offset(0).subquery("found")  # OFFSET keeps them two steps
    columns = select(*columns_of(search.shown(), found))
    return _ordered(columns, _time_key(found), stretch.descending)


def _by_months(
    conn: Connection, stretch: Stretch, count: int, query: Callable[[Stretch], Select[Any]]
) -> list[Row]:
    """What `query` finds in the months of `stretch`, until there are `count` rows."""
    found: list[Row] = []
    for window in _months(stretch.window, stretch.descending):
        part = replace(stretch, window=window)
        found += _rows(conn, query(part).limit(count - len(found)))
        if len(found) == count:
            break
    return found


def _months(window: Window, descending: bool) -> Iterator[Window]:
    """`window` cut at months: one, one, two, four, eight months and so on."""
    cuts = [window.start]
    while (month := next_month(month_of(cuts[-1]))) < window.end:
        cuts.append(month)
    cuts.append(window.end)
    if descending:
        cuts.reverse()
    at, step = 0, 1
    while at < len(cuts) - 1:
        to = min(at + step, len(cuts) - 1)
        yield Window(*sorted((cuts[at], cuts[to])))
        step = max(1, to)
        at = to


def _from_place(query: Select[Any], stretch: Stretch) -> Select[Any]:
    return _ordered(_behind(query, stretch), _time_key(voip_cdr), stretch.descending)


def _behind(query: Select[Any], stretch: Stretch) -> Select[Any]:
    """`query` limited to the calls of `stretch`."""
    query = query.where(*within(stretch.window), *allowed(stretch.scope))
    if stretch.after is None:
        return query
    place = _place(stretch.after)
    return query.where(_beyond(_time_key(voip_cdr), place, stretch.descending))


def _time_key(calls: FromClause) -> tuple[ColumnElement[Any], ...]:
    return calls.c.starting_date, calls.c.dedup_key


def _place(cursor: Cursor) -> tuple[Any, ...]:
    return cursor.starting_date, cursor.dedup_key


def _value(search: Search, cursor: Cursor) -> Any:
    return number(cursor.value or "0") if search.order in NUMBERS else cursor.value or ""


def _beyond(
    key: tuple[ColumnElement[Any], ...], place: tuple[Any, ...], descending: bool
) -> Condition:
    types = [column.type for column in key]
    return (
        tuple_(*key) < tuple_(*place, types=types)
        if descending
        else tuple_(*key) > tuple_(*place, types=types)
    )


def _ordered(
    query: Select[Any], key: tuple[ColumnElement[Any], ...], descending: bool
) -> Select[Any]:
    return query.order_by(*(column.desc() if descending else column.asc() for column in key))


def _rows(conn: Connection, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in conn.execute(query).mappings()]
