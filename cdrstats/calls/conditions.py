"""A search as WHERE clauses, and its columns. What people type stays a parameter."""

import operator
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, func, select

from cdrstats.accounts import Scope
from cdrstats.calls.search import NAMES, Comparison, Search, TextTest
from cdrstats.clock import Window
from cdrstats.db.schema import (
    country,
    customer,
    dialcode,
    hangup_cause,
    source_type,
    switch,
    voip_cdr,
)

Condition = ColumnElement[bool]

_COMPARE = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_NAMES: dict[str, tuple[Any, Any, str]] = {
    "switch": (switch.c.id, switch.c.name, "switch_id"),
    "customer": (customer.c.id, customer.c.name, "user_id"),
    "country": (country.c.id, country.c.name, "country_id"),
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


def allowed(scope: Scope, calls: FromClause = voip_cdr) -> list[Condition]:
    return [] if scope.user_ids is None else [scope.covers(calls.c.user_id)]


def conditions(
    search: Search, calls: FromClause = voip_cdr, by_index: bool = False
) -> list[Condition]:
    """Everything the search asks for but its window.

    Args:
        calls: `voip_cdr`, or some of its rows.
        by_index: the text tests are written so that their indexes can be used, else so that
            they cannot: under a LIMIT the planner relies too much on its estimate of how many
            numbers begin with 34.
    """
    found = search.filters.conditions(calls)
    for test in search.texts:
        if test.value or test.operator == "equals":  # else every text passes
            found.append(text_condition(test, by_index, calls))
    found += [_compared(comparison, calls) for comparison in search.comparisons]
    if search.answered is not None:
        found.append(calls.c.answered.is_(search.answered))
    if search.authorized is not None:
        found.append(calls.c.authorized.is_(search.authorized))
    return found


def text_condition(test: TextTest, by_index: bool, calls: FromClause = voip_cdr) -> Condition:
    """One text test; `by_index`: in the form that the column's index serves."""
    column, value = calls.c[test.field], test.value
    if not test.indexed:
        return _in_any_case(column, test)
    if test.operator == "equals":
        by_index = by_index or test.field == "accountcode"  # an index in the order of time
        return column == value if by_index else func.concat(column, "") == value
    if test.operator == "begins":
        return _starts(column, value) if by_index else func.left(column, len(value)) == value
    if by_index:
        return _starts(func.reverse(column), value[::-1])
    return func.right(column, len(value)) == value


def _in_any_case(column: ColumnElement[str], test: TextTest) -> Condition:
    text, value = func.lower(column), func.lower(test.value)
    match test.operator:
        case "equals":
            return text == value
        case "begins":
            return func.left(text, func.length(value)) == value
        case "contains":
            return func.strpos(text, value) > 0
        case "ends":
            return func.right(text, func.length(value)) == value


def _starts(text: ColumnElement[str], prefix: str) -> Condition:
    """`text` begins with `prefix`, as a range of a text_pattern_ops index.

    Not LIKE: it is not leakproof, so under row-level security it would not use the index; and
    its wildcards would have to be escaped.
    """
    after = successor(prefix)
    least = text.bool_op("~>=~")(prefix)
    return least if after is None else and_(least, text.bool_op("~<~")(after))


def successor(prefix: str) -> str | None:
    """The least text that is greater than all that begin with `prefix`, by UTF-8 bytes.

    None if there is none. Bytes of UTF-8 sort as code points do; surrogates are none.
    """
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if following == 0xD800 else following)


def _compared(comparison: Comparison, calls: FromClause) -> Condition:
    column = calls.c[comparison.field]
    if comparison.operator == "between":
        return column.between(comparison.value, comparison.upper)
    found: Condition = _COMPARE[comparison.operator](column, comparison.value)
    return found
