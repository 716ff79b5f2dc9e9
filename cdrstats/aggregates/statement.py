"""The statement that counts quarter-hours, built from the columns of the tables.

Their calls are read once, as parts, and every roll-up is filled from these. The quarter-hour
tables are filled anew. The tables of days and months move by the difference between the parts
and `rollup_counted`, which keeps what each quarter-hour was counted as before; so a refresh
never reads the rest of the day. The exception is the longest call: it does not add up, and
where it may have gone, the parts of its day tell which one is the longest now. Months do
without it.

What that takes was measured with docs/performance.md; docs/decisions.md says against what.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import (
    CTE,
    CompoundSelect,
    FromClause,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.sql.dml import ReturningInsert

from cdrstats.aggregates import delays, months
from cdrstats.aggregates.reading import (
    DAYS,
    INSTANT,
    INSTANTS,
    KEYS,
    LONGEST,
    MEASURES,
    MONTHS,
    QUARTERS,
    SUMS,
    ZERO,
    as_part,
    parts_before,
    parts_of_calls,
    totals,
)
from cdrstats.db.schema import (
    rollup_carrier_day,
    rollup_cause,
    rollup_cause_day,
    rollup_counted,
    rollup_country_day,
    rollup_customer_cause_day,
    rollup_customer_day,
    rollup_kind,
    rollup_pdd,
    rollup_route_day,
    rollup_switch,
)

SLOTS = bindparam("slots", type_=INSTANTS)
_starts, _ends, _days, _quarters = (
    bindparam(name, type_=INSTANTS) for name in ("starts", "ends", "days", "quarters")
)


def _keys_of(table: Table) -> tuple[str, ...]:
    return tuple(key.name for key in table.primary_key)


_FEW = (*_keys_of(rollup_kind), "hangup_cause_id")
_BY_WAY_OF = {
    rollup_switch: _FEW,
    rollup_cause: _FEW,
    rollup_kind: _FEW,
    rollup_carrier_day: _keys_of(rollup_route_day),
    rollup_country_day: _keys_of(rollup_route_day),
    rollup_cause_day: _keys_of(rollup_customer_cause_day),
    rollup_customer_day: _keys_of(rollup_customer_cause_day),
}
"""Tables that are had for less from sums over so many keys than from all parts."""


def _added_up(
    tables: Iterable[Table], parts: CTE, add_up: Callable[[FromClause, list[Any]], Select[Any]]
) -> dict[Table, CTE]:
    """For each of `tables` the `parts` added up by its keys."""
    known: dict[tuple[str, ...], CTE] = {}

    def by(names: tuple[str, ...], source: CTE) -> CTE:
        if names not in known:
            query = add_up(source, [source.c[name] for name in names])
            known[names] = query.cte(f"{parts.name}_{len(known) + 1}")
        return known[names]

    return {
        table: by(_keys_of(table), by(_BY_WAY_OF[table], parts))
        if table in _BY_WAY_OF
        else by(_keys_of(table), parts)
        for table in tables
    }


def _sums(parts: FromClause, keys: list[Any]) -> Select[Any]:
    return select(*keys, *totals(parts)).group_by(*keys)


def _changes(parts: FromClause, keys: list[Any]) -> Select[Any]:
    ends = (func.max(parts.c[name]).label(name) for name in ("came", "went"))
    return select(*keys, *totals(parts, SUMS), *ends).group_by(*keys)


def _difference(parts: CTE) -> CTE:
    """By day and all keys, `parts` less what the slots were counted as before.

    Keys for which nothing differs are left out.
    `came` and `went` are the longest of the calls counted now and before.
    """
    before = parts_before(SLOTS).subquery("before")
    plus = select(
        parts.c.slot,
        *(parts.c[name] for name in (*KEYS, *SUMS)),
        parts.c[LONGEST].label("came"),
        null().label("went"),
    )
    minus = select(
        before.c.slot,
        *(before.c[key] for key in KEYS),
        *((-before.c[name]).label(name) for name in SUMS),
        null().label("came"),
        before.c[LONGEST].label("went"),
    )
    both = union_all(plus, minus).subquery("both")
    day = func.date_trunc("day", both.c.slot, "UTC").label("slot")
    keys = [both.c[key] for key in KEYS]
    sums = {name: func.rollup_sum(both.c[name]) for name in SUMS}
    came, went = func.max(both.c.came), func.max(both.c.went)
    differs = or_(*(total != ZERO for total in sums.values()), came.is_distinct_from(went))
    return (
        select(
            day,
            *keys,
            *(func.nullif(total, ZERO).label(name) for name, total in sums.items()),
            came.label("came"),
            went.label("went"),
        )
        .group_by(day, *keys)
        .having(differs)
        .cte("change")
    )


def _fill(table: Table, sums: CTE) -> Insert:
    """The quarter-hours of a roll-up, whose rows were deleted before."""
    names = [*_keys_of(table), *MEASURES]
    return insert(table).from_select(names, select(*(sums.c[name] for name in names)))


def _move(table: Table, change: CTE) -> ReturningInsert[Any]:
    """The rows of a day table, by the difference.

    If the longest call that came is no shorter than the longest that went, the day's is the
    longer of it and the one before. If the one that went was shorter than the day's, that one
    stands. Else nobody knows yet, and it is stored below 0 until it has been looked for.
    """
    names = [*_keys_of(table), *SUMS]
    came, went = (func.coalesce(change.c[name], ZERO) for name in ("came", "went"))
    query = select(
        *(change.c[name] for name in names),
        case((came >= went, came), else_=-went).label(LONGEST),
    )
    statement = insert(table).from_select([*names, LONGEST], query)
    new, stands = statement.excluded[LONGEST], table.c[LONGEST]
    longest = case((-new < stands, func.greatest(stands, new)), else_=new)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_=_more(table, statement) | {LONGEST: longest},
    ).returning(table.c.calls, table.c[LONGEST])


def _by_month(table: Table, change: CTE) -> CTE:
    """The change of a table of months, from that of the table of its days."""
    return months.by_month(table, change).cte(f"change_{table.name}")


def _move_month(table: Table, change: CTE) -> ReturningInsert[Any]:
    """The rows of a table of months, by the difference."""
    names = [*_keys_of(table), *SUMS]
    query = select(*(change.c[name] for name in names))
    statement = insert(table).from_select(names, query)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_=_more(table, statement)
    ).returning(table.c.calls, ZERO.label(LONGEST))


def _more(table: Table, statement: Insert) -> dict[str, Any]:
    """What is stored, and what comes to it."""
    return {name: table.c[name] + statement.excluded[name] for name in SUMS}


def _remember(parts: CTE) -> Insert:
    """`rollup_counted` of the slots; one that has no calls any more keeps a row."""
    slot = func.unnest(SLOTS).table_valued(column("slot", INSTANT), name="given")
    slot = slot.render_derived()
    values = func.array_agg(as_part(parts)).filter(parts.c.slot.is_not(None)).label("parts")
    query = (
        select(slot.c.slot, func.clock_timestamp().label("counted_at"), values)
        .join_from(slot, parts, parts.c.slot == slot.c.slot, isouter=True)
        .group_by(slot.c.slot)
    )
    statement = insert(rollup_counted).from_select(["slot", "counted_at", "parts"], query)
    return statement.on_conflict_do_update(
        index_elements=[rollup_counted.c.slot],
        set_={name: statement.excluded[name] for name in ("counted_at", "parts")},
    )


def _outcome(table: Table, move: CTE) -> Select[*tuple[Any, ...]]:
    """Of a table that moved: its name, the rows without calls, those of unknown longest."""
    return select(
        literal_column(f"'{table.name}'").label("name"),
        func.count().filter(move.c.calls == ZERO).label("empty"),
        func.count().filter(move.c[LONGEST] < ZERO).label("unsure"),
    )


def _count() -> CompoundSelect[Any]:
    parts = parts_of_calls(_starts, _ends).cte("part")
    sums = _added_up(QUARTERS, parts, _sums)
    changes = _added_up(DAYS, _difference(parts), _changes)
    delayed = delays.of_calls(parts)
    writes = [
        _remember(parts),
        insert(rollup_pdd).from_select([c.name for c in rollup_pdd.columns], delayed),
        *(_fill(table, sums[table]) for table in QUARTERS),
    ]
    moves = {table: _move(table, changes[table]) for table in DAYS}
    for table, days in MONTHS.items():
        moves[table] = _move_month(table, _by_month(table, changes[days]))
    outcomes = union_all(
        *(_outcome(table, move.cte(f"write_{table.name}")) for table, move in moves.items())
    )
    return outcomes.add_cte(*(write.cte(f"write_{write.table.name}") for write in writes))


COUNT = _count()
"""Count `slots` anew, which are the spans [starts, ends); rows as `_outcome` says."""


def _look_for_longest(table: Table) -> Update:
    keys = [key for key in _keys_of(table) if key != "slot"]
    part = parts_before(_quarters).subquery("part")
    day = func.date_trunc("day", part.c.slot, "UTC")
    same = and_(table.c.slot == day, *(table.c[key] == part.c[key] for key in keys))
    found = (
        select(*table.primary_key, func.coalesce(func.max(part.c[LONGEST]), ZERO).label("is"))
        .join_from(table, part, same, isouter=True)
        .where(table.c.slot == func.any(_days), table.c[LONGEST] < ZERO)
        .group_by(*table.primary_key)
        .subquery("found")
    )
    return (
        update(table)
        .where(*(key == found.c[key.name] for key in table.primary_key))
        .values({LONGEST: found.c["is"]})
    )


LOOK_FOR_LONGEST = {table: _look_for_longest(table) for table in DAYS}
"""By day table: find the longest call of the rows of `days` whose longest is unknown."""
