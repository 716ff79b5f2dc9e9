"""A back-test says what the same rule, run live window by window, would have said."""

from datetime import timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, event, text

from cdrstats import aggregates, alarms
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.accounts.isolation import confine
from cdrstats.aggregates.draining import drain
from cdrstats.alarms import NO_CALENDAR, Backtest, Calendar, Rule, backtest, understood
from cdrstats.alarms.backtest import MOST_WINDOWS
from cdrstats.clock import Window, month_of
from cdrstats.db.engine import snapshot
from cdrstats.db.partitions import make_months
from cdrstats.errors import BadRequest

from .alarms import HOUR, LAG, MIDNIGHT, a_rule, look
from .conftest import copied

DAY = timedelta(days=1)
MADRID = ZoneInfo("Europe/Madrid")
LENGTH = 24 * DAY  # the clocks of Madrid change on its 20th
NOW = MIDNIGHT + LENGTH + LAG


def fill(engine: Engine) -> None:
    """Calls of a month, of which some hours have none and some hardly any answered."""
    chance = Random(5)
    rows = []
    for n in range(-24 * 9, 24 * 24):
        calls = chance.choice((0, 3, 12, 15, 20))
        share = chance.choice((0.2, 0.5, 0.9))
        rows += [{"at": MIDNIGHT + HOUR * n, "calls": calls, "answered": round(calls * share)}]
    make_months(engine, [month_of(MIDNIGHT - 9 * DAY)])
    with engine.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO voip_cdr"
                " (starting_date, dedup_key, user_id, switch_id, answered, billsec)"
                " SELECT :at + n * interval '3 minutes', gen_random_uuid(), 7, 0,"
                " n < :answered, CASE WHEN n < :answered THEN 60 ELSE 0 END"
                " FROM generate_series(0, :calls - 1) AS n"
            ),
            rows,
        )
        aggregates.rebuild(conn)
    drain(engine)


def tried(
    engine: Engine, rule: Rule, scope: Scope = EVERYONE, calendar: Calendar = NO_CALENDAR
) -> Backtest:
    with snapshot(engine) as conn:
        confine(conn, scope)
        return backtest(conn, understood(conn, scope, rule), calendar, NOW, LENGTH + LAG)


RULES: list[dict[str, Any]] = [
    {"clear_at": 60, "clear_windows": 2, "min_calls": 10},
    {"length": "5min", "metric": "calls", "condition": "greater", "threshold": 1},
    {"length": "quarter", "renotify": HOUR, "escalate": 2 * HOUR},
    {"length": "day", "zone": MADRID, "metric": "minutes", "threshold": 125},
    {"length": "week", "zone": MADRID, "metric": "acd", "threshold": 61},
    {"zone": MADRID, "condition": "decrease", "compare": "week", "threshold": 20},
    {
        "metric": "calls",
        "condition": "increase_percent",
        "compare": "previous",
        "threshold": 50,
        "cooldown": 5 * HOUR,
    },
]


@pytest.fixture(scope="module")
def filled(server: str, template_database: str) -> Any:
    with copied(server, template_database) as engine:
        fill(engine)
        yield engine


@pytest.mark.parametrize("given", RULES, ids=lambda given: str(given.get("length", "hour")))
def test_it_equals_the_evaluation_run_window_by_window(
    filled: Engine, given: dict[str, Any]
) -> None:
    rule = a_rule(**given)
    with filled.begin() as conn:
        first = alarms.windows_of(rule, Window(MIDNIGHT, NOW))[0]
        begins = first.start if first.start >= MIDNIGHT else first.end
        watched = alarms.add(conn, None, rule, begins)
    steps = 24 if rule.length == "5min" else 24 * 2
    for n in range(steps + 1):
        look(filled, n * LENGTH / steps / HOUR)
    with filled.connect() as conn:
        live = alarms.windows_decided(conn, watched.id, MIDNIGHT)
        told = alarms.events(conn, [watched], MIDNIGHT)
    found = tried(filled, rule)
    assert [
        (
            each.seen.window,
            each.seen.value,
            each.seen.calls,
            each.verdict,
            each.event,
            each.told,
        )
        for each in found.windows
    ] == [
        (each.window, each.value, each.calls, each.verdict, each.event, each.told)
        for each in live
    ]
    assert [each.told for each in found.windows if each.told] == [each.told for each in told]
    assert found.fired == sum(each.event == "fired" for each in live) > 0
    assert found.changes == [each for each in found.windows if each.event or each.told]
    with filled.begin() as conn:
        alarms.remove(conn, watched.id)


def test_it_asks_once(filled: Engine) -> None:
    statements: list[str] = []

    def note(conn: Connection, cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    rule = a_rule()
    with snapshot(filled) as conn:
        asked = understood(conn, EVERYONE, rule)
        event.listen(filled, "before_cursor_execute", note)
        backtest(conn, asked, NO_CALENDAR, NOW, LENGTH)
        event.remove(filled, "before_cursor_execute", note)
    assert sum("rollup" in statement for statement in statements) <= 2


def test_a_customer_is_told_of_their_calls_alone(filled: Engine) -> None:
    nobody = tried(filled, a_rule(), Scope(frozenset({8})))
    assert {each.verdict for each in nobody.windows} == {"insufficient"}
    theirs, all_of_them = (
        tried(filled, a_rule(), scope) for scope in (Scope(frozenset({7})), EVERYONE)
    )
    assert theirs == all_of_them


def test_what_is_left_out_is_left_out(filled: Engine) -> None:
    calendar = Calendar((Window(MIDNIGHT, MIDNIGHT + 2 * HOUR),), frozenset())
    found = tried(filled, a_rule(), calendar=calendar)
    assert [each.verdict for each in found.windows[:3]].count("maintenance") == 2


def test_too_much_is_said(filled: Engine) -> None:
    with filled.connect() as conn:
        asked = understood(conn, EVERYONE, a_rule(length="5min"))
        for days in (367, MOST_WINDOWS // 288 + 1):
            with pytest.raises(BadRequest, match="give fewer"):
                backtest(conn, asked, NO_CALENDAR, NOW, days * DAY)
        assert backtest(conn, asked, NO_CALENDAR, NOW, timedelta()).windows == ()
