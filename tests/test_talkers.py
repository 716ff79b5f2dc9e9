"""Callers, callees, extensions and account codes equal what plain Python counts."""

import random
from collections import defaultdict
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection, text

from cdrstats import talkers
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.clock import Window
from cdrstats.errors import BadRequest
from cdrstats.filters import Comparison, Filters
from cdrstats.metrics import METRICS, NOTHING, total
from cdrstats.talkers import Figures, Talker, Talkers
from cdrstats.traffic import Question, ask

from .factories import NOON, add_call
from .isolation import seen_by
from .talking import (
    ALICE,
    BLOCKED,
    BOB,
    EXTENSION_DIGITS,
    FILTERS,
    HOUR,
    NO_FILTERS,
    SCOPES,
    TICK,
    WINDOWS,
    Call,
    add_switches,
    block,
    figures_of,
    inside,
    invent,
    readable,
    store,
)

SHOWN = ("asr", "minutes", "acd", "mcd")
ONE_BY_ONE = Filters(comparisons=(Comparison("duration", ">=", Decimal(0)),))
"""Every call passes; no roll-up can tell."""


@pytest.fixture(scope="module")
def invented() -> list[Call]:
    return invent()


@pytest.fixture
def filled(conn: Connection, invented: list[Call]) -> Connection:
    store(conn, invented)
    return conn


def is_extension(call: Call) -> bool:
    caller = call["caller_id_number"]
    digits = EXTENSION_DIGITS.get(call["switch_id"], 0)
    return 1 <= len(caller) <= digits and set(caller) <= set("0123456789")


def parts_played(call: Call, role: str) -> list[tuple[str, str]]:
    """The oracle: (number, counterpart) of a call in a role."""
    caller, callee = call["caller_id_number"], call["destination_number"]
    if role == "caller":
        return [(caller, callee)]
    if role == "callee":
        return [(callee, caller)]
    if role == "account":
        return [(call["accountcode"], callee)]
    found = {(caller, callee)} if is_extension(call) else set()
    return list(found | ({(callee, caller)} if call["call_type"] == 2 else set()))


def value_of(figures: Figures, order: str) -> Decimal:
    parts = figures.parts
    values = {
        "calls": parts.calls,
        "minutes": parts.billsec,
        "sell_cost": parts.sell_cost,
        "buy_cost": parts.buy_cost,
        "mcd": parts.longest if parts.answered else -1,
    }
    return Decimal(values[order])


def expected_top(
    calls: list[Call], role: str, order: str, count: int, scope: Scope = EVERYONE
) -> Talkers:
    groups: dict[str, list[Call]] = defaultdict(list)
    met: dict[str, set[str]] = defaultdict(set)
    for call in calls:
        for number, counterpart in parts_played(call, role):
            groups[number].append(call)
            met[number] |= {counterpart} - {""}
    figures = {number: figures_of(some, scope) for number, some in groups.items()}
    ranked = sorted(groups, key=lambda number: (-value_of(figures[number], order), number))
    rest = [call for number in ranked[count:] for call in groups[number]]
    return Talkers(
        tuple(Talker(number, figures[number], len(met[number])) for number in ranked[:count]),
        figures_of(rest, scope).parts._replace(longest=None) if ranked else NOTHING,
        len(ranked[count:]),
    )


@pytest.mark.parametrize("scope", SCOPES)
def test_the_top_of_every_role_and_order_equals_the_oracle(
    filled: Connection, invented: list[Call], scope: Scope
) -> None:
    mine = readable(invented, scope)
    questions = list(product(WINDOWS, FILTERS, talkers.ROLES, talkers.ORDERS))
    for window, filters, role, order in random.Random(1).sample(questions, 70):
        if not scope.shows(order):
            continue
        expected = expected_top(inside(mine, window, filters), role, order, 7, scope)
        with seen_by(filled, scope):
            found = talkers.top(filled, scope, window, filters, role, order, 7)
        assert found == expected, (window, filters, role, order)


def test_the_leaders_and_the_rest_are_every_call(
    filled: Connection, invented: list[Call]
) -> None:
    window = WINDOWS[0]
    for role in ("caller", "callee", "account"):
        found = talkers.top(filled, ALICE, window, NO_FILTERS, role, count=3)
        calls = sum(leader.figures.parts.calls for leader in found.leaders)
        calls += found.rest.calls
        assert calls == len(invented)


def test_a_window_includes_its_start_and_excludes_its_end(conn: Connection) -> None:
    for moment in (NOON - TICK, NOON, HOUR.end - TICK, HOUR.end):
        add_call(conn, starting_date=moment, caller_id_number="7", sell_cost=Decimal(1))
    (leader,) = talkers.top(conn, ALICE, HOUR, NO_FILTERS, "caller").leaders
    assert (leader.figures.parts.calls, leader.figures.last_call) == (2, HOUR.end - TICK)
    listed = talkers.standouts(conn, ALICE, HOUR, NO_FILTERS, "sell_cost")
    assert [call.starting_date for call in listed] == [HOUR.end - TICK, NOON]


def test_a_number_that_the_switch_did_not_write_is_listed_as_unknown(conn: Connection) -> None:
    add_call(conn, destination_number="34911")
    add_call(conn, destination_number="")
    (leader,) = talkers.top(conn, ALICE, HOUR, NO_FILTERS, "caller").leaders
    assert (leader.number, leader.figures.parts.calls, leader.counterparts) == ("", 2, 1)


def test_figures_over_nothing_are_not_zero(conn: Connection) -> None:
    add_call(conn, billsec=0, caller_id_number="7")
    found = talkers.top(conn, ALICE, HOUR, NO_FILTERS, "caller")
    missed = found.leaders[0].figures
    assert [missed.of(name) for name in SHOWN] == [0.0, 0.0, None, None]
    assert (found.rest, found.rest_numbers) == (NOTHING._replace(longest=None), 0)
    assert [METRICS[name].of(found.rest) for name in ("asr", "acd")] == [None, None]


def test_ratios_come_from_the_sums(conn: Connection) -> None:
    for billsec in (0, 30, 90):
        add_call(conn, billsec=billsec, caller_id_number="7")
    figures = talkers.top(conn, ALICE, HOUR, NO_FILTERS, "caller").leaders[0].figures
    assert [figures.of(name) for name in SHOWN] == [pytest.approx(200 / 3), 2.0, 60.0, 90]


def test_the_asr_of_callers_is_that_of_all_other_pages(
    filled: Connection, invented: list[Call]
) -> None:
    for window in WINDOWS[:2]:
        found = talkers.top(filled, ALICE, window, NO_FILTERS, "caller")
        parts = [*(leader.figures.parts for leader in found.leaders), found.rest]
        assert any(one.blocked for one in parts)
        whole = total(parts)
        (answer,) = ask(filled, ALICE, Question(window, filters=ONE_BY_ONE))
        for name in ("calls", "answered", "asr", "acd", "minutes", "margin"):
            assert METRICS[name].of(whole) == answer.of(METRICS[name]), name


def test_a_call_without_a_circuit_is_no_seizure_of_its_caller(conn: Connection) -> None:
    block(conn)
    for cause, billsec in ((16, 60), (17, 0), (BLOCKED, 0), (BLOCKED, 0)):
        add_call(conn, caller_id_number="7", hangup_cause_id=cause, billsec=billsec)
    figures = talkers.top(conn, ALICE, HOUR, NO_FILTERS, "caller").leaders[0].figures
    assert (figures.of("asr"), figures.of("calls")) == (50.0, 4)
    (met,) = talkers.first_seen(conn, ALICE, HOUR, NO_FILTERS, "caller").newcomers
    assert met.figures == figures


def test_a_number_that_never_answered_comes_last_by_longest(conn: Connection) -> None:
    add_call(conn, billsec=0, caller_id_number="1")
    add_call(conn, billsec=5, caller_id_number="2")
    found = talkers.top(conn, ALICE, HOUR, NO_FILTERS, "caller", "mcd")
    assert [leader.number for leader in found.leaders] == ["2", "1"]


def test_equal_numbers_are_ordered_by_their_characters(conn: Connection) -> None:
    for number in ("b", "Z", "a", "é", "10", "9"):
        add_call(conn, caller_id_number=number)
    found = talkers.top(conn, ALICE, HOUR, NO_FILTERS, "caller")
    assert [leader.number for leader in found.leaders] == ["10", "9", "Z", "a", "b", "é"]


def extensions(conn: Connection) -> dict[str, int]:
    found = talkers.top(conn, ALICE, HOUR, NO_FILTERS, "extension").leaders
    return {leader.number: leader.figures.parts.calls for leader in found}


def test_a_call_between_two_extensions_counts_for_both(conn: Connection) -> None:
    add_call(conn, caller_id_number="101", destination_number="102", call_type=2)
    assert extensions(conn) == {"101": 1, "102": 1}


def test_an_extension_that_calls_itself_has_one_call(conn: Connection) -> None:
    add_call(conn, caller_id_number="101", destination_number="101", call_type=2)
    assert extensions(conn) == {"101": 1}


def test_an_outside_number_is_no_extension(conn: Connection) -> None:
    add_call(conn, caller_id_number="34911222333", destination_number="101", call_type=2)
    add_call(conn, caller_id_number="anonymous", destination_number="101", call_type=2)
    add_call(conn, caller_id_number="102", destination_number="112", call_type=1)
    assert extensions(conn) == {"101": 2, "102": 1}


def test_how_long_an_extension_is_depends_on_its_switch(conn: Connection) -> None:
    add_switches(conn)
    for switch_id in (0, 1, 2, 3, 4):
        add_call(conn, caller_id_number="1001", switch_id=switch_id)
    assert extensions(conn) == {"1001": 2}


@pytest.mark.parametrize("scope", SCOPES)
def test_the_calls_that_stand_out_equal_the_oracle(
    filled: Connection, invented: list[Call], scope: Scope
) -> None:
    mine = readable(invented, scope)
    for window, filters, measure in product(WINDOWS, FILTERS, talkers.MEASURES):
        if not scope.shows(measure):
            continue
        standing_out = sorted(
            (call for call in inside(mine, window, filters) if call[measure]),
            key=lambda call: (call[measure], call["starting_date"], call["dedup_key"]),
            reverse=True,
        )
        with seen_by(filled, scope):
            found = talkers.standouts(filled, scope, window, filters, measure, 15)
        assert [(c.starting_date, c.dedup_key) for c in found] == [
            (call["starting_date"], call["dedup_key"]) for call in standing_out[:15]
        ]


def test_a_call_that_stands_out_tells_what_it_was(conn: Connection) -> None:
    call = add_call(
        conn,
        caller_id_number="101",
        destination_number="0034911",
        accountcode="a",
        country_id=724,
        dialcode_id=34,
        switch_id=3,
        user_id=2,
        sell_cost=Decimal("1.5"),
    )
    (found,) = talkers.standouts(conn, BOB, HOUR, NO_FILTERS, "billsec")
    told = {name: getattr(found, name) for name in found.__slots__}
    unseen = {"buy_cost": None}
    assert told == {name: call.get(name, Decimal(0)) for name in told} | unseen
    assert (told["billsec"], told["duration"], told["hangup_cause_id"]) == (60, 70, 16)


def test_what_was_not_answered_or_cost_nothing_does_not_stand_out(conn: Connection) -> None:
    add_call(conn, billsec=0)
    for measure in talkers.MEASURES:
        assert talkers.standouts(conn, ALICE, HOUR, NO_FILTERS, measure) == ()


def test_nothing_has_no_numbers(conn: Connection) -> None:
    for window in (HOUR, Window(NOON, NOON)):
        for role in talkers.ROLES:
            found = talkers.top(conn, ALICE, window, NO_FILTERS, role)
            assert found == Talkers((), NOTHING, 0)
        for kind in talkers.KINDS:
            seen = talkers.first_seen(conn, ALICE, window, NO_FILTERS, kind)
            assert (seen.newcomers, seen.more, seen.history_start) == ((), False, None)


def test_what_does_not_exist_is_refused_with_a_sentence(conn: Connection) -> None:
    asked: list[Any] = [
        lambda: talkers.top(conn, ALICE, HOUR, NO_FILTERS, "robot"),  # type: ignore[arg-type]
        lambda: talkers.top(conn, ALICE, HOUR, NO_FILTERS, "caller", "age"),  # type: ignore[arg-type]
        lambda: talkers.top(conn, ALICE, HOUR, NO_FILTERS, "caller", count=0),
        lambda: talkers.standouts(conn, ALICE, HOUR, NO_FILTERS, "age"),  # type: ignore[arg-type]
        lambda: talkers.standouts(conn, ALICE, HOUR, NO_FILTERS, "billsec", 1001),
        lambda: talkers.first_seen(conn, ALICE, HOUR, NO_FILTERS, "robot"),  # type: ignore[arg-type]
        lambda: talkers.first_seen(conn, ALICE, HOUR, NO_FILTERS, "caller", 0),
    ]
    for given in asked:
        with pytest.raises(BadRequest, match=r"\.$"):
            given()


def test_the_connection_is_left_as_it_was(conn: Connection) -> None:
    add_call(conn, caller_id_number="7")
    settings = "SELECT current_setting('enable_seqscan'), current_setting('statement_timeout')"
    before = conn.execute(text(settings)).one()
    talkers.top(conn, ALICE, HOUR, NO_FILTERS, "caller")
    talkers.first_seen(conn, ALICE, HOUR, NO_FILTERS, "caller")
    assert conn.execute(text(settings)).one() == before
