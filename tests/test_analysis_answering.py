"""Signs of false answers: the rule by itself, and what is counted beside plain Python."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from cdrstats.accounts import EVERYONE, Scope
from cdrstats.analysis import Answering, Suspicion, answering, suspicions
from cdrstats.clock import Window
from cdrstats.errors import BadRequest
from cdrstats.filters import Comparison, Filters
from cdrstats.money import ZERO
from cdrstats.traffic import Key, Question

from .factories import NOON, add_call

HOUR = Window(NOON, NOON + timedelta(hours=1))
BOB = Scope(frozenset({2}))
ROUTES = ("country_id", "carrier_id")
A, B, C = (1,), (2,), (3,)


def judged(found: dict[Key, Answering]) -> dict[Key, Suspicion]:
    return {row.key: row for row in suspicions(found)}


def timed(calls: int, quick: int) -> Answering:
    return Answering(answered=calls, timed=calls, quick=quick)


def lasting(calls: int, brief: int) -> Answering:
    return Answering(answered=calls, brief=brief)


def test_answers_within_a_second_are_a_sign_from_thirty_per_cent_on() -> None:
    assert judged({A: timed(100, 30)})[A].signs == ("quick",)
    assert judged({A: timed(100, 29)})[A].signs == ()
    assert judged({A: timed(1000, 299)})[A].signs == ()


def test_quick_answers_are_of_those_with_a_post_dial_delay() -> None:
    found = judged({A: Answering(answered=200, timed=40, quick=12)})[A]
    assert found.own.quick_share == 30
    assert found.signs == ("quick",)
    unknown = judged({A: Answering(answered=200)})[A]
    assert (unknown.own.quick_share, unknown.signs) == (None, ())


def test_brief_calls_are_a_sign_at_twice_the_share_of_the_others() -> None:
    others = lasting(1000, 100)
    assert judged({A: lasting(1000, 200), B: others})[A].signs == ("brief",)
    assert judged({A: lasting(1000, 199), B: others})[A].signs == ()
    assert judged({A: lasting(1000, 200), B: others})[B].signs == ()


def test_the_others_are_all_other_routes_together() -> None:
    found = judged({A: lasting(100, 50), B: lasting(100, 30), C: lasting(300, 10)})
    assert found[A].others == lasting(400, 40)
    assert found[B].others == lasting(400, 60)
    assert found[B].signs == ("brief",)


def test_where_the_others_have_no_brief_calls_chance_decides() -> None:
    assert judged({A: lasting(40, 1), B: lasting(1000, 0)})[A].signs == ("brief",)
    assert judged({A: lasting(40, 1), B: lasting(40, 0)})[A].signs == ()
    assert judged({A: lasting(40, 0), B: lasting(1000, 0)})[A].signs == ()


def test_twice_as_much_by_chance_is_no_sign() -> None:
    """4 and 2 of 40: p = 0.68."""
    assert judged({A: lasting(40, 4), B: lasting(40, 2)})[A].signs == ()


def test_fewer_than_thirty_calls_tell_nothing() -> None:
    few = judged({A: Answering(29, 29, 29, 29), B: lasting(1000, 10)})
    assert (few[A].signs, few[A].told) == ((), False)
    assert not few[B].told  # nothing to compare it with, and no delays
    enough = judged({A: Answering(30, 30, 30, 30), B: lasting(1000, 10)})
    assert (enough[A].signs, enough[A].told) == (("quick", "brief"), True)
    alone = judged({A: timed(30, 0)})[A]
    assert (alone.told, alone.others) == (True, Answering())


def test_signs_come_first_then_what_exceeds_the_others_most() -> None:
    found = {
        A: Answering(answered=500, timed=500, quick=200, brief=50),
        B: Answering(answered=400, timed=400, quick=280, brief=90),
        C: lasting(900, 0),
        (4,): lasting(20, 20),
    }
    assert [row.key for row in suspicions(found)] == [B, A, C, (4,)]
    assert judged(found)[B].signs == ("quick", "brief")
    assert judged(found)[B].excess == 70 - 40
    assert judged({A: lasting(5, 1)})[A].excess == 0
    assert suspicions({}) == []


def invented() -> list[dict[str, Any]]:
    """Calls in the hour and around it, of three carriers to three countries."""
    chance = random.Random(5)
    ends = (-1, 0, 3599, 3600)
    return [
        {
            "starting_date": NOON + timedelta(seconds=chance.choice([*ends, 60, 1800, 1801])),
            "country_id": chance.choice((0, 724, 826)),
            "carrier_id": chance.choice((0, 1, 2)),
            "user_id": chance.choice((1, 2)),
            "billsec": chance.choice((0, 0, 1, 9, 10, 11, 300)),
            "pdd_ms": chance.choice((None, 0, 999, 1000, 1001, 9000)),
        }
        for _ in range(400)
    ]


def counted(calls: list[dict[str, Any]]) -> dict[Key, Answering]:
    """The oracle: one call after the other."""
    found: dict[Key, list[int]] = {}
    for call in calls:
        if not call["billsec"] or not HOUR.start <= call["starting_date"] < HOUR.end:
            continue
        row = found.setdefault((call["country_id"], call["carrier_id"]), [0, 0, 0, 0])
        row[0] += 1
        if call["pdd_ms"] is not None:
            row[1] += 1
            row[2] += call["pdd_ms"] <= 1000
        row[3] += call["billsec"] <= 10
    return {key: Answering(*row) for key, row in found.items()}


@pytest.fixture
def stored(conn: Connection) -> list[dict[str, Any]]:
    calls = invented()
    for call in calls:
        add_call(conn, **call)
    return calls


def test_calls_are_counted_as_plain_python_counts_them(
    conn: Connection, stored: list[dict[str, Any]]
) -> None:
    question = Question(HOUR, ROUTES)
    assert answering(conn, EVERYONE, question) == counted(stored)
    assert len(counted(stored)) == 9
    bobs = [call for call in stored if call["user_id"] == 2]
    by_country: dict[Key, Answering] = {}
    for (country, _), one in counted(bobs).items():
        known = by_country.get((country,), Answering(0, 0, 0, 0))
        by_country[(country,)] = Answering(*map(sum, zip(known, one, strict=True)))
    theirs = Question(HOUR, ("country_id",))
    assert answering(conn, BOB, theirs) == by_country
    assert answering(conn, Scope(frozenset()), theirs) == {}
    with pytest.raises(BadRequest, match="You may not see this of calls: carrier"):
        answering(conn, BOB, question)


def test_filters_say_which_calls_are_looked_at(
    conn: Connection, stored: list[dict[str, Any]]
) -> None:
    def found(filters: Filters) -> dict[Key, Answering]:
        return answering(conn, EVERYONE, Question(HOUR, ROUTES, filters=filters))

    kept = [call for call in stored if call["country_id"] == 724 and call["billsec"] > 9]
    longer = Comparison("billsec", ">", ZERO + 9)
    assert found(Filters(country_ids=(724,), comparisons=(longer,))) == counted(kept)
    assert found(Filters(answered=False)) == {}


def test_an_answered_call_without_talk_is_a_brief_one(conn: Connection) -> None:
    add_call(conn, billsec=0, answered=True, carrier_id=4)
    add_call(conn, billsec=0, carrier_id=4)
    found = answering(conn, EVERYONE, Question(HOUR, ("carrier_id",)))
    assert found == {(4,): Answering(1, 0, 0, 1)}


def test_legs_and_retries_are_one_call_where_that_is_asked(conn: Connection) -> None:
    for billsec, second in ((0, 0), (5, 30)):
        add_call(
            conn,
            starting_date=NOON + timedelta(seconds=second),
            billsec=billsec,
            duration=billsec + 10,
            carrier_id=4,
            callid="one",
            caller_id_number="34911",
            destination_number="44207",
            pdd_ms=1000 if billsec else 7000,
        )
    asked = Question(HOUR, ("carrier_id",), collapsed=True)
    assert answering(conn, EVERYONE, asked) == {(4,): Answering(1, 1, 1, 1)}
