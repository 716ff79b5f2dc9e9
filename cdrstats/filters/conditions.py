"""Tests of a text or a number of a call. What people type stays a bound parameter."""

import operator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from sqlalchemy import ColumnElement, FromClause, and_, func

from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest

Condition = ColumnElement[bool]

TextOperator = Literal["equals", "begins", "contains", "ends"]
NumberOperator = Literal["=", ">", ">=", "<", "<=", "between"]

TEXTS = (
    "caller_id_number",
    "caller_id_name",
    "destination_number",
    "destination_e164",
    "callid",
    "accountcode",
    "channel",
)
NUMBERS = (
    "duration",
    "billsec",
    "progresssec",
    "answersec",
    "waitsec",
    "pdd_ms",
    "buy_rate",
    "buy_cost",
    "sell_rate",
    "sell_cost",
)
INDEXED: dict[str, frozenset[TextOperator]] = {
    "caller_id_number": frozenset({"equals", "begins", "ends"}),
    "destination_number": frozenset({"equals", "begins", "ends"}),
    "callid": frozenset({"equals", "begins"}),
    "accountcode": frozenset({"equals", "begins"}),
}
"""The tests that an index answers; upper and lower case count in these, and only in these."""


def storable(text: str) -> bool:
    """PostgreSQL can hold the text: it has no NUL, and no half of a character."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def holdable(value: Decimal) -> bool:
    """PostgreSQL can hold the number: so many digits before and after the decimal point."""
    if not value.is_finite():
        return False
    return value.adjusted() < 131_072 and int(value.as_tuple().exponent) >= -16_383


@dataclass(frozen=True, slots=True)
class TextTest:
    """`field` equals, begins with, contains or ends with `value`, taken literally."""

    field: str
    operator: TextOperator
    value: str

    def __post_init__(self) -> None:
        if self.field not in TEXTS:
            raise BadRequest(f"There is no text to search called {self.field!r}.")
        if self.operator not in get_args(TextOperator):
            raise BadRequest(f"A text cannot be searched by {self.operator!r}.")
        if not storable(self.value):
            raise BadRequest("The text to search for holds a character that no call can have.")

    @property
    def indexed(self) -> bool:
        return self.operator in INDEXED.get(self.field, ())


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field` compared with `value`; "between" includes both `value` and `upper`."""

    field: str
    operator: NumberOperator
    value: Decimal
    upper: Decimal | None = None

    def __post_init__(self) -> None:
        if self.field not in NUMBERS:
            raise BadRequest(f"There is no number to compare called {self.field!r}.")
        if self.operator not in get_args(NumberOperator):
            raise BadRequest(f"A number cannot be compared by {self.operator!r}.")
        if (self.operator == "between") != (self.upper is not None):
            raise BadRequest('"Between" needs two numbers, every other comparison one.')
        if not all(holdable(value) for value in (self.value, self.upper) if value is not None):
            raise BadRequest("A number to compare with must be finite, and not that long.")


def number(text: str) -> Decimal:
    """The number that a person typed, with a point or a comma for decimals."""
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise BadRequest(f"{text!r} is not a number.") from None
    if not holdable(value):
        raise BadRequest(f"{text!r} is no number that an amount could be.")
    return value


_COMPARE = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


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


def compared(comparison: Comparison, calls: FromClause = voip_cdr) -> Condition:
    """A comparison of a number."""
    column = calls.c[comparison.field]
    if comparison.operator == "between":
        return column.between(comparison.value, comparison.upper)
    found: Condition = _COMPARE[comparison.operator](column, comparison.value)
    return found
