"""Calls of many callers, made up by chance, and what plain Python counts of them."""

import random
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, update

from cdrstats import aggregates
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.clock import Window
from cdrstats.db.schema import hangup_cause, switch, voip_cdr
from cdrstats.filters import Comparison, Filters, TextTest
from cdrstats.metrics import Parts
from cdrstats.talkers import Figures

from .factories import NOON

ALICE = EVERYONE
BOB = Scope(frozenset({2}))
CHARLIE = Scope(frozenset())
HOUR = Window(NOON, NOON + timedelta(hours=1))
NO_FILTERS = Filters()
TICK = timedelta(microseconds=1)
EXTENSION_DIGITS = {0: 5, 1: 3, 2: 5, 3: 0}  # switch 4 has no row
BLOCKED = 34
Call = dict[str, Any]

NUMBERS = ["", "0", "7", "101", "102", "1001", "12345", "123456", "34911222333", "10 1", "1a"]
NUMBERS += ["anonymous", "Ünal", "zoe", "Zoe", "+101", "\u0661\u0662", "s", "*97", "0034600"]
SCOPES = [ALICE, BOB, Scope(frozenset({0, 1})), CHARLIE]


def invent() -> list[Call]:
    """Calls of five weeks, most of them of a few numbers, with many ties."""
    chance = random.Random(5)
    calls = []
    for _ in range(700):
        answered = chance.random() < 0.5
        calls.append(
            {
                "starting_date": NOON + timedelta(minutes=chance.randrange(35 * 24 * 60)),
                "dedup_key": uuid.UUID(int=chance.getrandbits(128)),
                "caller_id_number": chance.choice(NUMBERS),
                "destination_number": chance.choice([*NUMBERS, str(chance.randrange(10**9))]),
                "accountcode": chance.choice(["", "a", "A", "b", str(chance.randrange(40))]),
                "answered": answered,
                "billsec": chance.choice([0, 1, 6, 7, 90, 90, 3600]) if answered else 0,
                "duration": 3700,
                "switch_id": chance.choice([0, 1, 2, 3, 4]),
                "user_id": chance.choice([0, 1, 2]),
                "country_id": chance.choice([0, 724, 724, 826, chance.randrange(100)]),
                "dialcode_id": chance.choice([0, 34, 447]),
                "call_type": chance.choice([0, 1, 2]),
                "hangup_cause_id": chance.choice([16, 17, BLOCKED]),
                "sell_cost": Decimal(chance.choice([0, 0, 5, 120])) / 1000,
                "buy_cost": Decimal(chance.choice([0, 0, 5, 7])) / 1000,
            }
        )
    return calls


def add_switches(conn: Connection) -> None:
    for id_, digits in EXTENSION_DIGITS.items():
        if id_:
            row = {"id": id_, "name": f"switch-{id_}", "extension_digits": digits}
            conn.execute(insert(switch), [row])


def block(conn: Connection) -> None:
    marked = update(hangup_cause).where(hangup_cause.c.id == BLOCKED)
    conn.execute(marked.values(blocked=True, delivered=False))


def store(conn: Connection, calls: list[Call]) -> None:
    """Store made-up calls, their switches, and that an operator marked BLOCKED as such."""
    add_switches(conn)
    block(conn)
    conn.execute(insert(voip_cdr), calls)
    aggregates.rebuild(conn)  # customers see the switches that calls of theirs were counted on
    while aggregates.refresh(conn, 10_000):
        pass


def figures_of(calls: list[Call], scope: Scope = EVERYONE) -> Figures:
    talked = [call["billsec"] for call in calls if call["answered"]]
    cost = sum((call["buy_cost"] for call in calls), Decimal(0))
    parts = Parts(
        calls=len(calls),
        answered=len(talked),
        blocked=sum(
            not call["answered"] and call["hangup_cause_id"] == BLOCKED for call in calls
        ),
        billsec=sum(call["billsec"] for call in calls),
        longest=max(talked, default=0),
        sell_cost=sum((call["sell_cost"] for call in calls), Decimal(0)),
        buy_cost=cost if scope.shows("buy_cost") else None,  # type: ignore[arg-type]
    )
    return Figures(parts, max((call["starting_date"] for call in calls), default=None))


WINDOWS = [
    Window(NOON, NOON + timedelta(days=40)),
    Window(NOON + timedelta(days=15), NOON + timedelta(days=29, hours=7, minutes=3)),
    Window(NOON + timedelta(days=3, minutes=1), NOON + timedelta(days=3, minutes=1)),
]
FILTERS = [
    NO_FILTERS,
    Filters(country_ids=(724, 0)),
    Filters(switch_ids=(1,), hangup_cause_ids=(16,)),
    Filters(accountcodes=("a",), answered=True),
    Filters(texts=(TextTest("caller_id_number", "begins", "1"),)),
    Filters(comparisons=(Comparison("billsec", ">", Decimal(6)),)),
    Filters(accountcodes=("no such",)),
]


def passes(call: Call, filters: Filters) -> bool:
    """The oracle of the filters above."""
    return (
        all(call[name] in kept for name, kept in filters.values().items())
        and (filters.answered is None or call["answered"] is filters.answered)
        and all(call[test.field].startswith(test.value) for test in filters.texts)
        and all(call[test.field] > test.value for test in filters.comparisons)
    )


def readable(calls: list[Call], scope: Scope) -> list[Call]:
    return [c for c in calls if scope.user_ids is None or c["user_id"] in scope.user_ids]


def inside(calls: list[Call], window: Window, filters: Filters = NO_FILTERS) -> list[Call]:
    return [
        call
        for call in calls
        if window.start <= call["starting_date"] < window.end and passes(call, filters)
    ]
