"""Attempts made into calls: legs and retries are counted once, and nothing else is."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection

from cdrstats.accounts import EVERYONE, Scope
from cdrstats.clock import Window
from cdrstats.filters import Comparison, Filters
from cdrstats.metrics import METRICS, Parts, total
from cdrstats.traffic import Question, ask

from .factories import NOON, add_call

HOUR = Window(NOON, NOON + timedelta(hours=1))


def attempt(conn: Connection, second: float, **given: Any) -> None:
    """An attempt of 1001 to 200 that nobody answers, 10 s long."""
    row = {
        "starting_date": NOON + timedelta(seconds=second),
        "caller_id_number": "1001",
        "destination_number": "200",
        "duration": 10,
        "billsec": 0,
        "hangup_cause_id": 17,
        "switch_id": 1,
    } | given
    add_call(conn, **row)


def collapsed(conn: Connection, window: Window = HOUR, scope: Scope = EVERYONE) -> Parts:
    answers = ask(conn, scope, Question(window, collapsed=True))
    return answers[0].parts if answers else Parts()


def test_retries_are_one_call_and_the_last_attempt_decides(conn: Connection) -> None:
    attempt(conn, 0)
    attempt(conn, 60)  # 50 s after the end of the first
    attempt(conn, 90, billsec=30, duration=40, hangup_cause_id=16, pdd_ms=2000)
    found = collapsed(conn)
    assert (found.attempts, found.calls, found.answered) == (3, 1, 1)
    assert (found.billsec, found.duration, found.longest) == (30, 130, 30)
    assert (found.pdd_ms, found.pdd_calls, found.delivered) == (2000, 1, 1)
    assert METRICS["asr"].of(found) == 100.0
    plain = total(answer.parts for answer in ask(conn, EVERYONE, Question(HOUR, step="minute")))
    assert (plain.attempts, plain.calls) == (3, 3)


@pytest.mark.parametrize(("gap_s", "calls"), [(60, 1), (60.5, 2)])
def test_a_retry_begins_within_a_minute_of_the_end(
    conn: Connection, gap_s: float, calls: int
) -> None:
    attempt(conn, 0)
    attempt(conn, 10 + gap_s)
    assert collapsed(conn).calls == calls


@pytest.mark.parametrize(
    "other",
    [
        {"caller_id_number": "1002"},
        {"destination_number": "201"},
        {"switch_id": 2},
    ],
)
def test_another_pair_of_numbers_is_another_call(conn: Connection, other: Any) -> None:
    attempt(conn, 0)
    attempt(conn, 20, **other)
    assert collapsed(conn).calls == 2


def test_after_an_answer_the_same_numbers_are_a_new_call(conn: Connection) -> None:
    attempt(conn, 0, billsec=5)
    attempt(conn, 15)
    assert collapsed(conn).calls == 2


def test_callers_without_a_number_do_not_retry_each_other(conn: Connection) -> None:
    attempt(conn, 0, caller_id_number="")
    attempt(conn, 15, caller_id_number="")
    assert collapsed(conn).calls == 2


def test_legs_of_one_call_id_are_one_call(conn: Connection) -> None:
    attempt(conn, 0, callid="a", destination_number="300", sell_cost=Decimal(1))
    attempt(conn, 1, callid="a", destination_number="301", billsec=8, sell_cost=Decimal(2))
    attempt(conn, 2, callid="a", switch_id=2, destination_number="302")
    found = collapsed(conn)
    assert (found.attempts, found.calls, found.answered) == (3, 2, 1)
    assert (found.billsec, found.sell_cost) == (8, Decimal(3))


def test_a_call_counts_where_its_first_attempt_starts(conn: Connection) -> None:
    attempt(conn, -30)
    attempt(conn, 10, billsec=5)
    attempt(conn, 3599, caller_id_number="1")
    attempt(conn, 3605, caller_id_number="1", billsec=7)
    found = collapsed(conn)
    assert (found.calls, found.answered, found.billsec) == (1, 1, 7)
    before = Window(NOON - timedelta(hours=1), NOON)
    assert collapsed(conn, before).answered == 1


def test_a_customer_sees_its_own_calls_only(conn: Connection) -> None:
    attempt(conn, 0, user_id=2)
    attempt(conn, 0, user_id=3, caller_id_number="7")
    assert collapsed(conn, scope=Scope(frozenset({2}))).calls == 1
    assert collapsed(conn, scope=Scope(frozenset())).calls == 0


def filtered(conn: Connection, **chosen: Any) -> int:
    question = Question(HOUR, filters=Filters(**chosen), collapsed=True)
    return sum(answer.parts.calls for answer in ask(conn, EVERYONE, question))


def test_a_filter_by_outcome_finds_what_the_calls_came_to(conn: Connection) -> None:
    attempt(conn, 0, carrier_id=4)
    attempt(conn, 20, billsec=5, hangup_cause_id=16, carrier_id=5, pdd_ms=700)
    (split,) = ask(conn, EVERYONE, Question(HOUR, ("hangup_cause_id",), collapsed=True))
    assert (split.key, split.parts.calls) == ((16,), 1)
    assert filtered(conn, hangup_cause_ids=(16,)) == 1
    assert filtered(conn, hangup_cause_ids=(17,)) == 0
    assert (filtered(conn, answered=True), filtered(conn, answered=False)) == (1, 0)
    assert (filtered(conn, carrier_ids=(5,)), filtered(conn, carrier_ids=(4,))) == (1, 0)
    assert (filtered(conn, counted="short"), filtered(conn, counted="pdd_calls")) == (1, 1)
    assert filtered(conn, authorized=False) == 0
    for field, value in (("duration", 30), ("pdd_ms", 700), ("buy_rate", 0)):
        assert filtered(conn, comparisons=(Comparison(field, "=", Decimal(value)),)) == 1
        assert filtered(conn, comparisons=(Comparison(field, ">", Decimal(value)),)) == 0


def test_a_filter_by_number_chooses_the_attempts(conn: Connection) -> None:
    attempt(conn, 0, callid="a", accountcode="x")
    attempt(conn, 1, callid="a", billsec=5)
    (answer,) = ask(
        conn, EVERYONE, Question(HOUR, filters=Filters(accountcodes=("x",)), collapsed=True)
    )
    assert (answer.parts.attempts, answer.parts.calls, answer.parts.answered) == (1, 1, 0)


@pytest.mark.parametrize(("minutes", "calls"), [(60, 1), (61, 2), (24 * 60, 2)])
def test_an_id_that_was_given_out_again_is_another_call(
    conn: Connection, minutes: int, calls: int
) -> None:
    attempt(conn, 0, callid="a")
    attempt(conn, minutes * 60, callid="a", destination_number="300")
    days = Window(NOON, NOON + timedelta(days=2))
    assert collapsed(conn, days).calls == calls
    cut = NOON + timedelta(minutes=30)
    halves = Window(NOON, cut), Window(cut, days.end)
    assert sum(collapsed(conn, half).calls for half in halves) == calls
