"""Rules beside a plain program that looks at each window of each key, call by call."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from cdrstats import fraud
from cdrstats.fraud import Found
from cdrstats.fraud.backtest import backtest

from .factories import NOON
from .fraud import DAY, a_call, add, evaluate, found

Call = dict[str, Any]
Holds = Callable[[list[Call]], bool]


def cases(calls: list[Call], key: str, window_s: float, holds: Holds) -> set[tuple[Any, ...]]:
    """What there should be: by key the first and last call, how many, and what they cost."""
    by_key = defaultdict(list)
    for call in calls:
        by_key[call["user_id"], call[key]].append(call)
    return {
        (*owner_and_key, case[0], case[-1], len(case))
        for owner_and_key, own in by_key.items()
        for case in _apart(_within(own, timedelta(seconds=window_s), holds))
    }


def _within(own: list[Call], window: timedelta, holds: Holds) -> list[Any]:
    """The starts of the calls that lie in a window which holds."""
    kept: dict[Any, Any] = {}
    for last in own:
        end = last["starting_date"]
        inside = [each for each in own if end - window < each["starting_date"] <= end]
        if holds(inside):
            kept |= {each["dedup_key"]: each["starting_date"] for each in inside}
    return sorted(kept.values())


def _apart(starts: list[Any]) -> Iterator[list[Any]]:
    case: list[Any] = []
    for start in starts:
        if case and start - case[-1] >= timedelta(minutes=60):
            yield case
            case = []
        case.append(start)
    if case:
        yield case


def told(found_: list[Found]) -> set[tuple[Any, ...]]:
    return {
        (each.user_id, each.key, each.first_call, each.last_call, each.calls) for each in found_
    }


def unallocated(inside: list[Call]) -> bool:
    bad = sum(call["hangup_cause_id"] in (1, 28) for call in inside)
    return len(inside) >= 4 and bad >= 0.5 * len(inside)


def pings(inside: list[Call]) -> bool:
    numbers = {call["destination_e164"] for call in inside}
    answered = sum(call["answered"] for call in inside)
    ring = median(call["duration"] - call["billsec"] for call in inside)
    count = len(inside)
    return (
        count >= 4 and len(numbers) >= 0.75 * count and answered <= 0.25 * count and ring <= 4
    )


RULES: dict[str, tuple[str, float, Holds, dict[str, Any]]] = {
    "F4": ("caller_id_number", 600, lambda inside: len(inside) >= 4, {"calls": 4}),
    "F8": ("destination_e164", 600, lambda inside: len(inside) >= 4, {"calls": 4}),
    "F9": ("caller_id_number", 300, unallocated, {"attempts": 4, "invalid_share": 1}),
    "F10": (
        "caller_id_number",
        600,
        pings,
        {"attempts": 4, "distinct_share": 0.75, "answered_share": 0.25},
    ),
}

CALLS = st.lists(
    st.builds(
        lambda at, caller, callee, cause, billsec, ring, user: a_call(
            at * 50,
            caller_id_number=f"91050000{caller}",
            destination_number=f"003465012345{callee}",
            hangup_cause_id=cause,
            billsec=billsec,
            duration=billsec + ring,
            user_id=user,
        ),
        st.integers(0, 150),
        st.integers(0, 1),
        st.integers(0, 5),
        st.sampled_from([1, 16, 17, 28]),
        st.sampled_from([0, 0, 0, 30]),
        st.integers(1, 7),
        st.sampled_from([0, 7]),
    ),
    max_size=40,
)


@pytest.mark.parametrize("rule", RULES)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(calls=CALLS)
def test_a_rule_finds_what_looking_at_each_window_finds(
    conn: Connection, rule: str, calls: list[Call]
) -> None:
    key, window_s, holds, thresholds = RULES[rule]
    unlike = {"per_minute": 1000} if rule == "F4" else {}
    with conn.begin_nested() as part:
        add(conn, calls)
        seen = told(found(conn, rule, **(thresholds | unlike)))
        part.rollback()
    mine = [dict(call, user_id=0) for call in calls] if rule == "F8" else calls
    assert seen == cases(mine, key, window_s, holds)


def invented(seed: int, count: int) -> list[Call]:
    """Calls of a day, busy enough that rules find something, in the order they come in."""
    dice = random.Random(seed)
    calls = []
    for _ in range(count):
        prefix = dice.choice(["0034650", "0022077", "0044770"])
        billsec = dice.choice([0, 0, 5, 60, 900])
        calls.append(
            a_call(
                # By bursts: an hour of many calls, and hours of few.
                dice.choice([0, 0, 40_000]) + int(3600 * dice.random() ** 3 * 4),
                caller_id_number=f"9105000{dice.randrange(12):02}",
                destination_number=f"{prefix}{dice.randrange(40):06}",
                accountcode=f"ACC-{dice.randrange(4)}",
                user_id=dice.choice([0, 7, 8]),
                billsec=billsec,
                duration=billsec + dice.randrange(1, 9),
                hangup_cause_id=16 if billsec else dice.choice([1, 17, 19, 21, 28]),
                sell_rate=dice.choice([0, 0.2, 0.6]),
                carrier_id=dice.randrange(3),
                country_id=dice.choice([724, 270]),
            )
        )
    return sorted(calls, key=lambda call: call["starting_date"])


LOW: dict[str, dict[str, str]] = {
    "F5": {"above": "1", "baseline_calls": "5"},
    "F6": {"longest_s": "900"},
    "F7": {"run": "2"},
    "F8": {"calls": "12"},
    "F9": {"attempts": "8"},
    "F10": {"attempts": "6", "distinct_share": "0.8", "answered_share": "0.2"},
    "F15": {"answered": "20", "short_times": "1"},
    "F16": {"daily": "60"},
    "F18": {"in_row": "6"},
}
"""Thresholds low enough that invented calls pass them here and there."""

JUDGED = [id for id, rule in fraud.RULES.items() if not rule.not_judged and id != "F12"]


def test_evaluated_as_they_come_and_all_at_once_calls_make_the_same_cases(
    fresh_engine: Engine,
) -> None:
    """But for F12, which looks back from when it is asked."""
    with fresh_engine.begin() as conn:
        sets = {id: fraud.change_rule(conn, id, LOW.get(id)) for id in JUDGED}
    rest = invented(7, 1500)
    while rest:
        # Calls that start at once come in together.
        end = rest[min(89, len(rest) - 1)]["starting_date"]
        part = [call for call in rest if call["starting_date"] <= end]
        rest = rest[len(part) :]
        with fresh_engine.begin() as conn:
            add(conn, part)
        evaluate(fresh_engine, NOON + timedelta(days=1))
    with fresh_engine.begin() as conn:
        again = [each.asked for each in sets.values() if each.asked]
        at_once = backtest(conn, again, DAY, "UTC").found
        kept = fraud.list_cases(conn, limit=10_000)

    def tell(each: Any) -> tuple[Any, ...]:
        names = (
            "rule",
            "user_id",
            "key",
            "first_call",
            "last_call",
            "calls",
            "cost",
            "reasons",
        )
        told = tuple(getattr(each, name) for name in names)
        return (*told[:-1], tuple(sorted(told[-1])))

    assert {tell(each) for each in kept if each.rule in JUDGED} == {tell(o) for o in at_once}
    assert len({each.rule for each in at_once}) >= 8


def test_each_statement_is_planned_with_indexes_alone(conn: Connection) -> None:
    """What has come in is found by its id, whatever is stored."""
    conn.execute(text("SET LOCAL enable_seqscan = off"))
    plan = conn.execute(
        text("EXPLAIN SELECT 1 FROM voip_cdr WHERE id > 5 AND id <= 9")
    ).scalars()
    assert "id_idx" in "".join(plan)
