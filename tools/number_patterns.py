"""Walk through the numbers that a pattern of phonenumbers allows, digit by digit.

The patterns are sequences, alternatives, digit sets and repetitions, nothing else. A state is
the set of what may still come; it has no members once no number begins that way.
"""

from functools import cache
from re import _parser  # type: ignore[attr-defined]
from typing import Any

Rest = tuple[Any, ...]
"""What is left of one way through the pattern, as nodes of `_nodes`."""

State = frozenset[Rest]


def start(pattern: str) -> State:
    """The state before the first digit."""
    return frozenset({_nodes(_parser.parse(pattern))})


@cache
def step(state: State, digit: str) -> State:
    """The state after one more digit."""
    return frozenset(left for rest in state for left in _after(rest, digit))


def _nodes(parsed: Any) -> Rest:
    """`re`'s own tree as tuples: ("set", digits), ("any", branches), ("rep", lo, hi, part)."""
    return tuple(_node(str(op), value) for op, value in parsed)


def _node(op: str, value: Any) -> tuple[Any, ...]:
    if op == "LITERAL":
        return ("set", chr(value))
    if op == "IN":
        return ("set", "".join(sorted(_members(value))))
    if op == "BRANCH":
        return ("any", tuple(_nodes(branch) for branch in value[1]))
    if op == "SUBPATTERN":
        return ("any", (_nodes(value[-1]),))
    if op == "MAX_REPEAT":
        low, high, part = value
        return ("rep", int(low), int(high), _nodes(part))
    raise ValueError(f"no number pattern has {op}")


def _members(value: Any) -> set[str]:
    digits: set[str] = set()
    for op, member in value:
        if str(op) == "LITERAL":
            digits.add(chr(member))
        elif str(op) == "RANGE":
            digits |= {chr(code) for code in range(member[0], member[1] + 1)}
        else:
            digits |= set("0123456789")
    return digits


@cache
def _after(rest: Rest, digit: str) -> State:
    """Every way on from `rest` once `digit` is taken."""
    if not rest:
        return frozenset()
    (kind, *parts), tail = rest[0], rest[1:]
    if kind == "set":
        return frozenset({tail}) if digit in parts[0] else frozenset()
    if kind == "any":
        return frozenset(left for branch in parts[0] for left in _after(branch + tail, digit))
    low, high, part = parts
    on = (("rep", max(low - 1, 0), high - 1, part), *tail) if high > 1 else tail
    ways = _after(part + on, digit)
    return ways | _after(tail, digit) if low == 0 else ways
