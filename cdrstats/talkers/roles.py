"""The numbers of a call, by the part that they play in it.

caller      caller_id_number, beside the numbers that it called
callee      destination_number, beside the numbers that called it
account     accountcode, beside the numbers that were called on it
extension   a number inside the house, beside the numbers that it called or that called it: the
            destination of an internal call; and a caller that is digits only, and not longer
            than its switch's extensions
"""

from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    and_,
    func,
    not_,
    or_,
    select,
    union_all,
)

from cdrstats.accounts import Scope
from cdrstats.clock import Window
from cdrstats.db.schema import switch, voip_cdr
from cdrstats.filters import Filters, check
from cdrstats.numbers import INTERNAL

Role = Literal["caller", "callee", "account", "extension"]

_CALL = voip_cdr.c
_NUMBERS = {
    "caller": (_CALL.caller_id_number, _CALL.destination_number),
    "callee": (_CALL.destination_number, _CALL.caller_id_number),
    "account": (_CALL.accountcode, _CALL.destination_number),
}
_COUNTED = (
    "answered",
    "hangup_cause_id",
    "billsec",
    "sell_cost",
    "buy_cost",
    "starting_date",
)


def owned(scope: Scope) -> list[ColumnElement[bool]]:
    """The WHERE clauses: calls that `scope` may read."""
    return [] if scope.user_ids is None else [scope.covers(_CALL.user_id)]


def within(scope: Scope, window: Window, filters: Filters) -> list[ColumnElement[bool]]:
    """The WHERE clauses: calls of `scope` in `window` that pass `filters`.

    Raises:
        BadRequest: the filters are by what `scope` may not see.
    """
    check(scope, filters.columns())
    return [
        _CALL.starting_date >= window.start,
        _CALL.starting_date < window.end,
        *owned(scope),
        *filters.conditions(voip_cdr, by_index=True),
    ]


def numbers(role: Role, scope: Scope, window: Window, filters: Filters) -> Subquery:
    """A row a call and number: `number` in that role, its `counterpart`, and what is summed.

    Either may be '', which is unknown. A call between two extensions has a row for each; one
    in which an extension calls itself has one.
    """
    if role != "extension":
        number, counterpart = _NUMBERS[role]
        rows = _rows(scope, number, counterpart).where(*within(scope, window, filters))
        return rows.subquery("numbers")
    calls = voip_cdr.outerjoin(switch, switch.c.id == _CALL.switch_id)
    caller, callee = _NUMBERS["caller"]
    inside = _is_short_number(caller)
    made = _rows(scope, caller, callee, calls).where(inside)
    received = _rows(scope, callee, caller, calls).where(
        _CALL.call_type == INTERNAL, or_(callee != caller, not_(inside))
    )
    arms = (arm.where(*within(scope, window, filters)) for arm in (made, received))
    return union_all(*arms).subquery("numbers")


def _rows(
    scope: Scope,
    number: ColumnElement[str],
    counterpart: ColumnElement[str],
    calls: FromClause = voip_cdr,
) -> Select[Any]:
    counted = [_CALL[name] for name in _COUNTED if scope.shows(name)]
    columns = (number.label("number"), counterpart.label("counterpart"), *counted)
    return select(*columns).select_from(calls)


def _is_short_number(caller: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(
        func.length(caller) <= func.coalesce(switch.c.extension_digits, 0),
        caller.regexp_match("^[0-9]+$"),
    )
