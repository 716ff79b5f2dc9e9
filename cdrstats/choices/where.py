"""Conditions on a call as people write them: 'destination begins 0044', 'duration >= 60'.

A text that a call does not have is empty: 'account code is empty'.
"""

from dataclasses import dataclass, field

from cdrstats.errors import BadRequest
from cdrstats.filters import Comparison, TextTest, number

TEXT_FIELDS = {
    "destination": "destination_number",
    "caller number": "caller_id_number",
    "caller name": "caller_id_name",
    "international number": "destination_e164",
    "account code": "accountcode",
    "call id": "callid",
    "channel": "channel",
}
NUMBER_FIELDS = {
    "duration": "duration",
    "talk time": "billsec",
    "post-dial delay": "pdd_ms",
    "progress": "progresssec",
    "answer": "answersec",
    "wait": "waitsec",
    "buy rate": "buy_rate",
    "buy cost": "buy_cost",
    "sell rate": "sell_rate",
    "sell cost": "sell_cost",
}
DIAL_CODE = "dial code"
AUTHORIZED = "authorized"
FIELDS = {
    **TEXT_FIELDS,
    **NUMBER_FIELDS,
    DIAL_CODE: "dialcode_id",
    AUTHORIZED: "authorized",
}
"""What a condition can be about, and the column of a call that it is."""

IS_EMPTY = "is empty"
TEXT_OPERATORS = ("begins", "equals", "contains", "ends", IS_EMPTY)
NUMBER_OPERATORS = (">=", "<=", ">", "<", "=", "between")
AND = " and "
ANSWERS = {"yes": True, "no": False}


@dataclass(slots=True)
class Conditions:
    """What a list of conditions asks for; all of it must hold."""

    texts: list[TextTest] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    dialcode_ids: list[int] = field(default_factory=list)
    authorized: bool | None = None


def equal(name: str, value: str) -> str | None:
    """The condition that a text equals `value`, or is empty; None if none can say so."""
    if not value:
        return f"{name} {IS_EMPTY}"
    return f"{name} equals {value}" if value == value.strip() else None


def operators(name: str) -> tuple[str, ...]:
    """How the field `name` can be tested."""
    if name in (DIAL_CODE, AUTHORIZED):
        return ("=",)
    return TEXT_OPERATORS if name in TEXT_FIELDS else NUMBER_OPERATORS


def parse(conditions: list[str]) -> Conditions:
    """The conditions, each 'field operator value', or 'field is empty'.

    A range is 'duration between 60 and 90'.

    Raises:
        BadRequest: one of them cannot be read; the sentence repeats it.
    """
    found = Conditions()
    for condition in conditions:
        _add(found, condition)
    return found


def _add(found: Conditions, condition: str) -> None:
    name, operator, value = _split(condition)
    if name in TEXT_FIELDS:
        found.texts.append(TextTest(TEXT_FIELDS[name], operator, value))  # type: ignore[arg-type]
    elif name == DIAL_CODE:
        if not (value.isdecimal() and len(value) <= 15):
            raise BadRequest(f"A dial code has digits only, not {value!r}.")
        found.dialcode_ids.append(int(value))
    elif name == AUTHORIZED:
        answer = ANSWERS.get(value.lower())
        if answer is None:
            raise BadRequest(f"A call is authorized or not: yes or no, not {value!r}.")
        if found.authorized not in (None, answer):
            raise BadRequest("No call is both authorized and not.")
        found.authorized = answer
    elif operator == "between":
        low, word, high = value.partition(AND)
        if not word:
            raise BadRequest(f"{condition!r} wants two numbers: '60 and 90'.")
        column = NUMBER_FIELDS[name]
        found.comparisons.append(Comparison(column, "between", number(low), number(high)))
    else:
        found.comparisons.append(
            Comparison(NUMBER_FIELDS[name], operator, number(value))  # type: ignore[arg-type]
        )


def _split(condition: str) -> tuple[str, str, str]:
    for name in FIELDS:
        if not condition.startswith(f"{name} "):
            continue
        told = condition.removeprefix(f"{name} ").strip()
        if told == IS_EMPTY and name in TEXT_FIELDS:
            return name, "equals", ""
        operator, _, value = told.partition(" ")
        if operator in operators(name) and value.strip():
            return name, operator, value.strip()
    raise BadRequest(
        f"{condition!r} is not a condition: give a field, how to compare, and a value,"
        " such as 'destination begins 0044' or 'duration >= 60'."
    )
