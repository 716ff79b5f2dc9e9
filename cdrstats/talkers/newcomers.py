"""Numbers, and destinations of accounts, that were never met before.

    keys of the window, newest first --batches--> those without an earlier call --> the list

A key costs one descent of an index in each month until a call is met; no history is scanned.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    column,
    func,
    literal,
    select,
    text,
    true,
    tuple_,
)

from cdrstats.accounts import Scope
from cdrstats.clock import Window
from cdrstats.db.limits import PATIENCE_S, TookTooLong, time_limit
from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters
from cdrstats.talkers.figures import Figures, figures_of, sums
from cdrstats.talkers.ranking import ADVICE, MOST
from cdrstats.talkers.roles import owned, within

Kind = Literal["caller", "callee", "country", "dialcode"]
Key = tuple[Any, ...]
Keys = tuple[Column[Any], ...]

KINDS: tuple[Kind, ...] = get_args(Kind)
_IN_BATCHES = {"stream_results": True, "yield_per": 2000}

_CALL = voip_cdr.c
_KEYS: dict[Kind, Keys] = {
    "caller": (_CALL.caller_id_number,),
    "callee": (_CALL.destination_number,),
    "country": (_CALL.accountcode, _CALL.country_id),
    "dialcode": (_CALL.accountcode, _CALL.country_id, _CALL.dialcode_id),
}
_SEQUENTIAL_SCANS = text("SELECT set_config('enable_seqscan', :value, true)")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A number, or a destination of an account, that had its first call in the window."""

    number: str  # of the caller or callee; of destinations the account code; '' is unknown
    country_id: int | None  # None for callers and callees
    dialcode_id: int | None  # None for all but dial codes
    first_call: datetime
    figures: Figures  # of its calls of the window


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """Who was first met in a window."""

    newcomers: tuple[Newcomer, ...]  # newest first
    more: bool  # there are more than these
    history_start: datetime | None  # start of the oldest call: "ever" is since then


def first_seen(
    conn: Connection,
    scope: Scope,
    window: Window,
    filters: Filters,
    kind: Kind,
    count: int = 50,
) -> FirstSeen:
    """The newest `count` of those whose first call ever started in `window`.

    "caller" and "callee" are numbers; "country" is an account code with a country that was
    called on it; "dialcode" with a country and a dial code. Ever is of all calls that `scope`
    may read: `filters` choose who is listed (whoever has a call in the window that passes) and
    which calls the figures are over, but a call that does not pass was a call all the same.
    Only what came in after their cut-off was none yet.

    Raises:
        BadRequest: for a kind that does not exist, or an odd `count`.
        TookTooLong: after PATIENCE_S seconds.
    """
    if kind not in KINDS:
        raise BadRequest(f"There is no first call by {kind!r}; use {', '.join(KINDS)}.")
    if not 1 <= count <= MOST:
        raise BadRequest(f"A list of first calls has 1 to {MOST:,} of them.")
    keys = _KEYS[kind]
    with time_limit(conn, PATIENCE_S, ADVICE):
        found = _never_met(conn, scope, window, filters, keys, count + 1)
        listed = found[:count]
        figures = _figures(conn, scope, window, filters, keys, [key for key, _ in listed])
        start = _history_start(conn, scope, filters)
    return FirstSeen(
        tuple(
            _newcomer(key, first, figures[key])
            for key, first in listed
            if key in figures  # its calls may just have been deleted
        ),
        len(found) > count,
        start,
    )


def _newcomer(key: Key, first_call: datetime, figures: Figures) -> Newcomer:
    number, country_id, dialcode_id = (*key, None, None)[:3]
    return Newcomer(number, country_id, dialcode_id, first_call, figures)


def _never_met(
    conn: Connection, scope: Scope, window: Window, filters: Filters, keys: Keys, enough: int
) -> list[tuple[Key, datetime]]:
    """The keys whose first call ever is in the window, with that call, newest first.

    The list ends with the batch that brings it to `enough`.
    """
    deadline = time.monotonic() + PATIENCE_S
    found: list[tuple[Key, datetime]] = []
    met = _by_first_call(scope, window, filters, keys)
    with conn.execute(met, execution_options=_IN_BATCHES) as result:
        # Once the scan of the window is planned: under a LIMIT the planner trusts that a call
        # is met soon in any order, and for what never was, would read every month.
        conn.execute(_SEQUENTIAL_SCANS, {"value": "off"})
        for rows in result.partitions():
            batch = [(tuple(row[:-1]), row[-1]) for row in rows]
            unmet = _unmet_before(scope, window.start, filters, keys, [key for key, _ in batch])
            found += [batch[place - 1] for place in conn.execute(unmet).scalars()]
            if len(found) >= enough:
                break
            if time.monotonic() > deadline:
                raise TookTooLong(f"This took longer than {PATIENCE_S} seconds. {ADVICE}")
    conn.execute(_SEQUENTIAL_SCANS, {"value": "on"})
    return found


def _by_first_call(scope: Scope, window: Window, filters: Filters, keys: Keys) -> Select[Any]:
    """The keys of the window's calls and the first of these, newest first."""
    first = func.min(_CALL.starting_date)
    query = (
        select(*keys, first)
        .where(*within(scope, window, _known(filters)))
        .group_by(*keys)
        .order_by(first.desc(), *(_plain(key) for key in keys))
    )
    conditions = filters.conditions(voip_cdr)
    return query.having(func.bool_or(and_(*conditions))) if conditions else query


def _known(filters: Filters) -> Filters:
    """What says which calls there are, and not which of them are meant."""
    return Filters(cut_off=filters.cut_off)


def _plain(key: Column[Any]) -> ColumnElement[Any]:
    """Texts by their bytes: the rules of a language take longer."""
    return key.collate("C") if isinstance(key.type, Text) else key


def _unmet_before(
    scope: Scope, start: datetime, filters: Filters, keys: Keys, batch: Sequence[Key]
) -> Select[int]:
    """The places in `batch`, from 1, of the keys without a call before `start`, in order."""
    arrays = [
        literal(list(values), ARRAY(key.type))
        for key, values in zip(keys, zip(*batch, strict=True), strict=True)
    ]
    names = [column(key.name, key.type) for key in keys]
    asked = (
        func.unnest(*arrays)
        .table_valued(*names, with_ordinality="place")
        .render_derived(name="asked")
    )
    earlier = (
        select(literal(1).label("met"))
        .where(*(key == asked.c[key.name] for key in keys))
        .where(_CALL.starting_date < start, *owned(scope))
        .where(*_known(filters).conditions(voip_cdr))
        .limit(1)
        .lateral("earlier")
    )
    return (
        select(asked.c.place)
        .select_from(asked.outerjoin(earlier, true()))
        .where(earlier.c.met.is_(None))
        .order_by(asked.c.place)
    )


def _figures(
    conn: Connection,
    scope: Scope,
    window: Window,
    filters: Filters,
    keys: Keys,
    listed: Sequence[Key],
) -> dict[Key, Figures]:
    query = (
        select(*keys, *sums(voip_cdr, scope))
        .where(*within(scope, window, filters), tuple_(*keys).in_(listed))
        .group_by(*keys)
    )
    width = len(keys)
    return {tuple(row[:width]): figures_of(row[width:]) for row in conn.execute(query)}


def _history_start(conn: Connection, scope: Scope, filters: Filters) -> datetime | None:
    """When the oldest call of `scope` started; one descent of an index a customer."""
    oldest = select(func.min(_CALL.starting_date)).where(*_known(filters).conditions(voip_cdr))
    queries = (
        [oldest]
        if scope.user_ids is None
        else [oldest.where(_CALL.user_id == owner) for owner in sorted(scope.user_ids)]
    )
    starts = [conn.execute(query).scalar_one() for query in queries]
    return min((start for start in starts if start is not None), default=None)
