"""The window and the scope of a search as WHERE clauses, and its columns."""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause, select

from cdrstats.accounts import Scope
from cdrstats.calls.search import NAMES, Search
from cdrstats.clock import Window
from cdrstats.db.schema import (
    carrier,
    country,
    customer,
    dialcode,
    hangup_cause,
    source_type,
    switch,
    voip_cdr,
)
from cdrstats.filters import check

Condition = ColumnElement[bool]

_NAMES: dict[str, tuple[Any, Any, str]] = {
    "switch": (switch.c.id, switch.c.name, "switch_id"),
    "customer": (customer.c.id, customer.c.name, "user_id"),
    "country": (country.c.id, country.c.name, "country_id"),
    "carrier": (carrier.c.id, carrier.c.name, "carrier_id"),
    "hangup_cause": (hangup_cause.c.id, hangup_cause.c.enumeration, "hangup_cause_id"),
    "dialcode": (dialcode.c.id, dialcode.c.name, "dialcode_id"),
    "source_type": (source_type.c.id, source_type.c.name, "cdr_source_type"),
}


def columns_of(names: tuple[str, ...], calls: FromClause = voip_cdr) -> list[Any]:
    """What to select. Names are looked up row by row, which keeps the order of an index."""
    return [_name(name, calls) if name in NAMES else calls.c[name] for name in names]


def _name(name: str, calls: FromClause) -> Any:
    id_, text, column = _NAMES[name]
    return select(text).where(id_ == calls.c[column]).scalar_subquery().label(name)


def within(window: Window, calls: FromClause = voip_cdr) -> list[Condition]:
    moment = calls.c.starting_date
    return [moment >= window.start, moment < window.end]


def in_sight(scope: Scope, search: Search) -> Search:
    """The search without the columns that `scope` may not see.

    Raises:
        BadRequest: it is filtered or sorted by such a one.
    """
    check(scope, (search.order, *search.filters.columns()))
    return replace(search, columns=tuple(filter(scope.shows, search.columns)))


def allowed(scope: Scope, calls: FromClause = voip_cdr) -> list[Condition]:
    return [] if scope.user_ids is None else [scope.covers(calls.c.user_id)]
