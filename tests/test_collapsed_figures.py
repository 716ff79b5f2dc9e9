"""Figures over retries and legs as one call, against calls put together in plain Python.

The calls that the oracle makes of the attempts take their place in voip_cdr, where the SQL of
`test_figures` counts them one by one.
"""

import math
import random
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, delete, insert, update

from cdrstats.accounts import EVERYONE, Scope
from cdrstats.clock import Window
from cdrstats.db.schema import hangup_cause, voip_cdr
from cdrstats.filters import Comparison, Filters, TextTest
from cdrstats.metrics import METRICS
from cdrstats.traffic import Question, Step, measure

from .factories import NOON
from .isolation import seen_by
from .test_figures import BLOCKED, label, near, oracle, plain

Attempt = dict[str, Any]
ZONE = "Europe/Madrid"
BOB = Scope(frozenset({2}))
LAST = ("hangup_cause_id", "carrier_id", "pdd_ms", "progresssec", "sip_status", "mos")


def invented() -> list[Attempt]:
    """Attempts of few people who try again, in legs, with call ids that come again."""
    chance = random.Random(23)
    found = []
    for number in range(600):
        start = NOON + timedelta(seconds=chance.randrange(3 * 86_400))
        who = {
            "switch_id": chance.choice([1, 2]),
            "caller_id_number": chance.choice(["", "101", "102", "4930"]),
            "destination_number": chance.choice(["200", "34600"]),
            "user_id": chance.choice([0, 2]),
        }
        gaps = chance.choice([[], [0], [20], [20, 45], [3000], [3600], [3601], [86_400]])
        callid = chance.choice(["", f"id{number}"])
        for gap in [0, *gaps]:
            answered = chance.random() < 0.3
            billsec = chance.choice([0, 1, 6, 40]) if answered else 0
            found.append(
                who
                | {
                    "starting_date": start + timedelta(seconds=gap),
                    "dedup_key": uuid.UUID(int=chance.getrandbits(128)),
                    "callid": callid,
                    "answered": answered,
                    "billsec": billsec,
                    "duration": billsec + chance.randrange(30),
                    "accountcode": chance.choice(["", "a"]),
                    "country_id": chance.choice([0, 724]),
                    "carrier_id": chance.choice([0, 4]),
                    "hangup_cause_id": chance.choice([1, 16, 17, 19, BLOCKED, 487]),
                    "pdd_ms": chance.choice([None, 0, 480, 4200]),
                    "progresssec": chance.choice([None, 2]),
                    "billed_s": chance.choice([None, 60]),
                    "mos": chance.choice([None, Decimal("4.41"), Decimal("2.75")]),
                    "sip_status": chance.choice([None, 200, 302, 407, 480, 503]),
                    "buy_cost": Decimal(chance.randrange(100)) / 100,
                    "sell_cost": Decimal(chance.randrange(100)) / 100,
                }
            )
    return found


def end(call: Attempt) -> Any:
    return call.get("ended") or call["starting_date"] + timedelta(seconds=call["duration"])


def one(attempts: list[Attempt]) -> Attempt:
    """The oracle: several attempts as one call."""
    first = attempts[0]
    answered = [attempt for attempt in attempts if attempt["answered"]]
    newest = max(attempt["starting_date"] for attempt in answered or attempts)
    # Of attempts that start together, the one with the least key comes first.
    last = next(a for a in answered or attempts if a["starting_date"] == newest)
    billed = [a["billed_s"] for a in attempts if a["billed_s"] is not None]
    ended = max(map(end, attempts))
    return (
        first
        | {name: last[name] for name in LAST}
        | {
            "answered": bool(answered),
            "billsec": max(a["billsec"] for a in attempts),
            "billed_s": sum(billed) if billed else None,
            "buy_cost": sum(a["buy_cost"] for a in attempts),
            "sell_cost": sum(a["sell_cost"] for a in attempts),
            "attempts": sum(a.get("attempts", 1) for a in attempts),
            "ended": ended,
            "duration": math.ceil((ended - first["starting_date"]).total_seconds()),
        }
    )


def joined(
    attempts: list[Attempt],
    same: Callable[[Attempt], object],
    goes_on: Callable[[Attempt, Attempt], bool],
) -> list[Attempt]:
    """Those that are the `same`, and go on one from another, made one."""
    groups: dict[object, list[list[Attempt]]] = defaultdict(list)
    for attempt in sorted(attempts, key=lambda a: (a["starting_date"], a["dedup_key"])):
        group = groups[same(attempt)]
        if group and goes_on(group[-1][-1], attempt):
            group[-1].append(attempt)
        else:
            group.append([attempt])
    return [one(some) for group in groups.values() for some in group]


def made(attempts: list[Attempt]) -> list[Attempt]:
    """The oracle: the calls that attempts come to."""
    calls = joined(
        attempts,
        lambda a: (a["switch_id"], a["callid"] or a["dedup_key"]),
        lambda a, b: b["starting_date"] - a["starting_date"] <= timedelta(hours=1),
    )
    return joined(
        calls,
        lambda a: (a["switch_id"], a["caller_id_number"], a["destination_number"]),
        lambda a, b: (
            b["caller_id_number"] != ""
            and not a["answered"]
            and b["starting_date"] - end(a) <= timedelta(seconds=60)
        ),
    )


WINDOWS = [
    Window(NOON - timedelta(days=1), NOON + timedelta(days=5)),
    Window(NOON + timedelta(hours=5, minutes=7), NOON + timedelta(hours=31, seconds=3)),
]
QUESTIONS: dict[str, tuple[Filters, Callable[[Attempt], bool], str]] = {
    "all": (Filters(), lambda a: True, ""),
    "country": (Filters(country_ids=(724,)), lambda a: a["country_id"] == 724, ""),
    "account": (Filters(accountcodes=("a",)), lambda a: a["accountcode"] == "a", ""),
    "caller": (
        Filters(texts=(TextTest("caller_id_number", "begins", "10"),)),
        lambda a: a["caller_id_number"].startswith("10"),
        "",
    ),
    "cause": (Filters(hangup_cause_ids=(17,)), lambda a: True, "AND hangup_cause_id = 17"),
    "carrier": (Filters(carrier_ids=(4,)), lambda a: True, "AND carrier_id = 4"),
    "answered": (Filters(answered=False), lambda a: True, "AND NOT answered"),
    "talk": (
        Filters(comparisons=(Comparison("duration", ">=", Decimal(60)),)),
        lambda a: True,
        "AND duration >= 60",
    ),
    "part": (Filters(counted="mos_calls"), lambda a: True, "AND mos IS NOT NULL"),
}


@pytest.mark.parametrize("scope", [EVERYONE, BOB], ids=["all", "bob"])
@pytest.mark.parametrize("asked", QUESTIONS)
@pytest.mark.parametrize(
    ("by", "step"), [(None, None), ("hangup_cause_id", None), ("country_id", "day")]
)
def test_every_metric_of_calls_put_together_equals_the_oracle(
    conn: Connection, asked: str, by: str | None, step: Step | None, scope: Scope
) -> None:
    marked = update(hangup_cause).where(hangup_cause.c.id == BLOCKED)
    conn.execute(marked.values(blocked=True))
    attempts = invented()
    conn.execute(insert(voip_cdr), attempts)
    filters, chosen, outcome = QUESTIONS[asked]
    if not all(map(scope.shows, filters.columns())):
        pytest.skip("customers see no carriers")
    shown = [name for name in METRICS if scope.shows(name)]
    with seen_by(conn, scope):
        answers = [
            measure(
                conn,
                scope,
                Question(
                    window, (by,) if by else (), step, ZoneInfo(ZONE), filters, None, True
                ),
                shown,
            )
            for window in WINDOWS
        ]
    seen = [a for a in attempts if scope is EVERYONE or a["user_id"] == 2]
    calls = made([attempt for attempt in seen if chosen(attempt)])
    assert len(calls) < len(seen)
    conn.execute(delete(voip_cdr))
    columns = voip_cdr.c.keys()
    conn.execute(
        insert(voip_cdr), [{n: v for n, v in call.items() if n in columns} for call in calls]
    )
    for window, found in zip(WINDOWS, answers, strict=True):
        wanted = oracle(conn, window, step, ZONE, by, outcome)
        assert len(found) == len(wanted)
        for answer in found:
            place = label(answer.at, step, ZoneInfo(ZONE)), answer.key[0] if by else None
            for name in shown:
                if name != "attempts":
                    assert plain(answer.of(METRICS[name])) == near(wanted[place][name]), name
        if asked == "all" and window is WINDOWS[0]:
            assert sum(answer.parts.attempts for answer in found) == len(seen)
