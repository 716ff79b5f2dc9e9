"""Calls at once as the figure of a rule, against counting them one by one in plain Python."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from cdrstats import alarms
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.accounts.isolation import confine
from cdrstats.aggregates.draining import drain
from cdrstats.alarms import NO_CALENDAR, Backtest, Contributor, backtest, understood, words
from cdrstats.alarms.reading import contributors
from cdrstats.clock import Window, month_of
from cdrstats.concurrency import store as at_once
from cdrstats.db.engine import snapshot
from cdrstats.db.partitions import make_months

from .alarms import HOUR, LAG, MIDNIGHT, MINUTE, a_rule, add_calls, decided, kept, look, stored

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
GREATER: dict[str, Any] = {"metric": "concurrency", "condition": "greater", "threshold": 2}
Span = tuple[datetime, datetime]


def call(engine: Engine, at: datetime, lasting: timedelta, **given: Any) -> None:
    add_calls(engine, at, 1, 1, duration=lasting // SECOND, **given)


def most(spans: Iterable[Span], window: Window) -> int:
    """The oracle: the level can only rise where a call begins, or the window does."""
    known = list(spans)
    moments = [window.start, *(a for a, _ in known if window.start <= a < window.end)]
    return max(sum(a <= moment < b for a, b in known) for moment in moments)


def tried(engine: Engine, scope: Scope = EVERYONE, hours: float = 1, **given: Any) -> Backtest:
    """What a rule would have said of the hours from MIDNIGHT on."""
    rule = a_rule(**GREATER | given)
    drain(engine)
    with snapshot(engine) as conn:
        confine(conn, scope)
        asked = understood(conn, scope, rule)
        length = HOUR * hours + LAG
        return backtest(conn, asked, NO_CALENDAR, MIDNIGHT + length, length)


def figures(found: Backtest) -> list[float | None]:
    return [each.seen.value for each in found.windows]


def test_a_call_is_in_each_window_that_it_reaches_into(fresh_engine: Engine) -> None:
    call(fresh_engine, MIDNIGHT - 3 * MINUTE, 14 * MINUTE)
    assert figures(tried(fresh_engine, length="5min"))[:5] == [1, 1, 1, 0, 0]
    assert [each.seen.calls for each in tried(fresh_engine, length="5min").windows[:2]] == [
        0,
        0,
    ]


def test_where_one_ends_as_another_begins_there_is_one(fresh_engine: Engine) -> None:
    for n in range(4):
        call(fresh_engine, MIDNIGHT + n * 4 * MINUTE, 4 * MINUTE)
    assert figures(tried(fresh_engine, length="quarter"))[:3] == [1, 1, 0]


def test_one_of_no_duration_is_never_there(fresh_engine: Engine) -> None:
    call(fresh_engine, MIDNIGHT, timedelta())
    found = tried(fresh_engine).windows[0]
    assert (found.seen.value, found.seen.calls, found.verdict) == (0, 1, "calm")


def test_where_nobody_calls_there_are_none(fresh_engine: Engine) -> None:
    rule = kept(fresh_engine, a_rule(**GREATER | {"condition": "less", "threshold": 1}))
    look(fresh_engine, 1)
    assert decided(fresh_engine, rule) == [(0, 0, "fires", "fired")]


def test_of_few_calls_nothing_is_said(fresh_engine: Engine) -> None:
    add_calls(fresh_engine, MIDNIGHT, 9, 9)
    (found,) = tried(fresh_engine, min_calls=10).windows
    assert (found.seen.value, found.verdict) == (9, "insufficient")


def test_a_customer_sees_their_own_alone(fresh_engine: Engine) -> None:
    add_calls(fresh_engine, MIDNIGHT, 5, 5, user_id=7, country_id=724)
    add_calls(fresh_engine, MIDNIGHT, 3, 3, user_id=8)
    assert figures(tried(fresh_engine)) == [8]
    assert figures(tried(fresh_engine, Scope(frozenset({7})))) == [5]
    assert figures(tried(fresh_engine, Scope(frozenset({9})))) == [0]
    assert figures(tried(fresh_engine, query="country=Spain")) == [5]


@pytest.fixture(scope="module")
def invented() -> list[tuple[datetime, int]]:
    """Three days of calls, when each began and how many seconds it lasted; some very long."""
    chance = Random(11)
    lengths = (0, 1, 30, 30, 70, 300, 300, 1800, 7200, 7201, 50_000)
    return [
        (MIDNIGHT - DAY + SECOND * chance.randrange(3 * 86400), chance.choice(lengths))
        for _ in range(600)
    ]


@pytest.mark.parametrize("length", ["5min", "quarter", "hour", "day"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_it_is_what_counting_one_by_one_finds(
    fresh_engine: Engine, invented: list[tuple[datetime, int]], length: str, zone: str
) -> None:
    for at, lasting in invented:
        call(fresh_engine, at, SECOND * lasting)
    found = tried(fresh_engine, hours=48, length=length, zone=ZoneInfo(zone)).windows
    spans = [(at, at + SECOND * lasting) for at, lasting in invented]
    assert len(found) >= {"5min": 576, "quarter": 192, "hour": 47, "day": 1}[length]
    assert [each.seen.value for each in found] == [
        most(spans, each.seen.window) for each in found
    ]
    assert [each.seen.calls for each in found] == [
        sum(each.seen.window.start <= at < each.seen.window.end for at, _ in invented)
        for each in found
    ]


def test_a_week_is_read_day_by_day_and_has_one_peak(fresh_engine: Engine) -> None:
    monday = MIDNIGHT - DAY
    make_months(fresh_engine, [month_of(monday)])
    call(fresh_engine, monday - HOUR, 3 * DAY)
    for n, calls in enumerate((2, 5, 1)):
        add_calls(fresh_engine, monday + n * DAY + HOUR, calls, calls)
    windows = [Window(monday, monday + 7 * DAY), Window(monday + 7 * DAY, monday + 14 * DAY)]
    with fresh_engine.connect() as conn:
        asked = understood(conn, EVERYONE, a_rule(**GREATER))
        found = at_once.peaks(conn, EVERYONE, windows, asked.filters)
        assert at_once.peaks(conn, EVERYONE, [], asked.filters) == []
    assert found == [(6, monday + DAY + HOUR + 4 * SECOND), (0, None)]


def test_who_contributed_adds_up_to_the_peak(fresh_engine: Engine) -> None:
    call(fresh_engine, MIDNIGHT - MINUTE, HOUR, country_id=34)
    add_calls(fresh_engine, MIDNIGHT, 4, 4, country_id=724)
    add_calls(fresh_engine, MIDNIGHT + 30 * MINUTE, 2, 2, country_id=250)
    with fresh_engine.connect() as conn:
        asked = understood(conn, EVERYONE, a_rule(**GREATER))
        hour = Window(MIDNIGHT, MIDNIGHT + HOUR)
        names = asked.names.of("country_id")
        look(fresh_engine, 0)  # counts them
        found = contributors(conn, asked, hour)
        nobody = contributors(conn, asked, Window(hour.end + HOUR, hour.end + 2 * HOUR))
    other = names.get(34, "34")
    assert found == [Contributor("Spain", 4, 4), Contributor(str(other), 0, 1)]
    assert nobody == []


def test_a_late_call_that_reaches_in_is_told(fresh_engine: Engine) -> None:
    add_calls(fresh_engine, MIDNIGHT + HOUR, 3, 3)
    rule = kept(fresh_engine, a_rule(**GREATER | {"threshold": 3}))
    look(fresh_engine, 2)
    assert decided(fresh_engine, rule)[1] == (3, 3, "calm", "")
    call(fresh_engine, MIDNIGHT + 10 * MINUTE, 90 * MINUTE)
    look(fresh_engine, 2.1)
    with fresh_engine.connect() as conn:
        notes = [each.note for each in alarms.windows_decided(conn, rule.id, MIDNIGHT)]
    assert notes == [
        "With late calls: 1 of 1 calls (calm).",
        "With late calls: 4 of 3 calls (fires).",
    ]
    assert decided(fresh_engine, rule)[1] == (3, 3, "calm", "")


CHANGES: list[tuple[dict[str, Any], list[tuple[float | None, str]]]] = [
    (
        {"condition": "increase_percent", "compare": "previous", "threshold": 50},
        [(0, "insufficient"), (4, "insufficient"), (7, "fires"), (0, "calm")],
    ),
    (
        {"condition": "decrease", "compare": "previous", "threshold": 6},
        [(0, "calm"), (4, "calm"), (7, "calm"), (0, "fires")],
    ),
    (
        {"condition": "less", "threshold": 4},
        [(0, "fires"), (4, "calm"), (7, "calm"), (0, "fires")],
    ),
]


@pytest.mark.parametrize(("given", "expected"), CHANGES, ids=lambda given: str(given)[:30])
def test_it_is_compared_as_any_figure(
    fresh_engine: Engine, given: dict[str, Any], expected: list[tuple[float | None, str]]
) -> None:
    add_calls(fresh_engine, MIDNIGHT + HOUR, 4, 4)
    add_calls(fresh_engine, MIDNIGHT + 2 * HOUR, 7, 7)
    rule = kept(fresh_engine, a_rule(**GREATER | given))
    look(fresh_engine, 4)
    assert stored(fresh_engine, rule).trouble is None
    live = decided(fresh_engine, rule)
    assert [(value, verdict) for value, _, verdict, _ in live] == expected
    again = tried(fresh_engine, hours=4, **given).windows
    assert [(e.seen.value, e.seen.calls, e.verdict, e.event) for e in again] == live


def test_what_is_usual_is_that_of_the_weeks_before(fresh_engine: Engine) -> None:
    first = MIDNIGHT - timedelta(weeks=8)
    make_months(fresh_engine, [month_of(first), month_of(first + timedelta(days=28))])
    for week, calls in enumerate((20, 24, 18, 17, 23, 21, 19, 22, 50)):
        at = first + timedelta(weeks=week)
        add_calls(fresh_engine, at, calls, calls)
        if week < 8:
            add_calls(fresh_engine, at + HOUR, 20, 0)
    rule = kept(fresh_engine, a_rule(**GREATER | {"condition": "unusual", "threshold": 3.5}))
    call(fresh_engine, MIDNIGHT + 50 * MINUTE, HOUR)
    look(fresh_engine, 2)
    with fresh_engine.connect() as conn:
        high, silent = alarms.windows_decided(conn, rule.id, MIDNIGHT)
    assert (high.value, high.usual, high.verdict) == (50, 20.5, "fires")
    assert (silent.value, silent.calls, silent.usual, silent.verdict) == (1, 0, 20, "fires")
    assert round(silent.z or 0, 2) == round(0.6745 * (1 - 20) / (0.05 * 20), 2)
    found = tried(fresh_engine, hours=2, condition="unusual", threshold=3.5).windows
    assert [(each.seen.value, each.seen.z) for each in found] == [
        (each.value, each.z) for each in (high, silent)
    ]


def test_it_is_no_ratio() -> None:
    rule = alarms.with_defaults(a_rule(**GREATER))
    assert rule.min_calls == 0
    assert words.condition(rule) == "Concurrent calls is above 2 in an hour"
