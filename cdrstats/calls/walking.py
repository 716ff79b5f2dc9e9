"""The next calls of a search, in its order, from a place in it.

By time, calls come out of the primary key in order; most searches fill a page from the calls
next to the place. A search by number has two ways, and the wrong one reads millions of calls:
an index on the number (good for rare numbers) or the order of time (good for common ones).
Which is right is found out by trying both a little, not by the planner's estimate:

1. Fewer than RARE calls have the number: they are read by the number's index, and sorted.
2. The page fills from the NEAR calls next to the place: they are read in order of time.
3. Else month by month, from the place on, by whatever indexes the planner combines.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
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
    conditions,
    text_condition,
    within,
)
from cdrstats.calls.search import NUMBERS, Cursor, Search, indexed_test
from cdrstats.clock import Window
from cdrstats.db.partitions import month_of, next_month
from cdrstats.db.schema import voip_cdr

RARE = 500
NEAR = 20_000
TICK = timedelta(microseconds=1)
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


def reach_of_calls(conn: Connection) -> Window | None:
    """The window from the first to the last of all calls; None if there are none."""
    moment = voip_cdr.c.starting_date
    first, last = conn.execute(select(func.min(moment), func.max(moment))).one()
    return None if first is None else Window(first, last + TICK)


def next_by_time(conn: Connection, search: Search, stretch: Stretch, count: int) -> list[Row]:
    """The first `count` calls of `stretch`, in order of time."""
    # A LIMIT makes the planner hope to meet enough calls soon in any order.
    conn.execute(_SEQUENTIAL_SCANS, {"value": "off"})
    test = indexed_test(search)
    if test is None:
        found = _by_months(conn, stretch, count, lambda part: _in_order(search, part))
    elif _is_rare(conn, text_condition(test, by_index=True)):
        found = _rows(conn, _gathered(search, stretch).limit(count))
    else:
        found = _rows(conn, _near(search, stretch).limit(count))
        if len(found) < count:
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
        .where(*conditions(search, by_index=indexed_test(search))),
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
        .where(*conditions(search, by_index=indexed_test(search)))
    )
    return _ordered(query, key, search.descending)


def _sort_value(search: Search) -> ColumnElement[Any]:
    """What is sorted by beside time; no value sorts below zero."""
    column = voip_cdr.c[search.order]
    return func.coalesce(column, -1) if search.order in NUMBERS else column.collate("C")


def _is_rare(conn: Connection, condition: Condition) -> bool:
    """Fewer than RARE of all calls meet it. No time here: the number's index alone answers."""
    some = select(1).select_from(voip_cdr).where(condition).limit(RARE).subquery()
    return conn.execute(select(func.count()).select_from(some)).scalar_one() < RARE


def _in_order(search: Search, stretch: Stretch) -> Select[Any]:
    """The calls searched for, read in order of time."""
    query = select(*columns_of(search.shown())).where(*conditions(search))
    return _from_place(query, stretch)


def _near(search: Search, stretch: Stretch) -> Select[Any]:
    """Those of the NEAR calls next to the place that are searched for."""
    near = _from_place(select(voip_cdr), stretch).limit(NEAR).subquery("near")
    query = select(*columns_of(search.shown(), near)).where(*conditions(search, near))
    return _ordered(query, _time_key(near), stretch.descending)


def _gathered(search: Search, stretch: Stretch) -> Select[Any]:
    """All calls searched for, read by the best indexes, then sorted."""
    query = select(voip_cdr).where(*conditions(search, by_index=indexed_test(search)))
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
    return Decimal(cursor.value or 0) if search.order in NUMBERS else cursor.value or ""


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
