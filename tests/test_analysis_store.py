"""What is unusual in stored calls, beside what plain Python makes of the same calls."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, event, text

from cdrstats import aggregates
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.analysis import Mark, unusual
from cdrstats.clock import Window
from cdrstats.db.partitions import make_months
from cdrstats.filters import Filters
from cdrstats.metrics import METRICS
from cdrstats.traffic import Question

BOB = Scope(frozenset({2}))
CHARLIE = Scope(frozenset())
MADRID = ZoneInfo("Europe/Madrid")
CALLS = METRICS["calls"]
HOUR = timedelta(hours=1)
FIRST = datetime(2026, 1, 25, tzinfo=UTC)
LAST = datetime(2026, 4, 6, 12, tzinfo=UTC)
SPIKE, OUTAGE = datetime(2026, 4, 5, 9, tzinfo=UTC), datetime(2026, 4, 5, 15, tzinfo=UTC)


def invented() -> Counter[tuple[datetime, int]]:
    """How many calls of customers 1 and 2 started in each hour; none in Madrid's nights."""
    chance = random.Random(3)
    counts: Counter[tuple[datetime, int]] = Counter()
    at = FIRST
    while at < LAST:
        by_day = 7 <= at.astimezone(MADRID).hour < 21
        counts[at, 1] = chance.randrange(8, 13) if by_day else 0
        counts[at, 2] = chance.randrange(3) if by_day else 0
        at += HOUR
    counts[SPIKE, 1] = 60
    counts[OUTAGE, 1] = counts[OUTAGE, 2] = 0
    return counts


@pytest.fixture
def filled(fresh_engine: Engine) -> Iterator[Connection]:
    make_months(fresh_engine, [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 5)])
    rows = [
        {"at": at, "user": user, "calls": calls}
        for (at, user), calls in invented().items()
        if calls
    ]
    with fresh_engine.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO voip_cdr (starting_date, dedup_key, user_id, switch_id)"
                " SELECT :at + n * interval '1 minute', gen_random_uuid(), :user, :user"
                " FROM generate_series(0, :calls - 1) AS n"
            ),
            rows,
        )
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, limit=10_000):
            pass
        yield conn


def oracle(users: set[int], at: datetime) -> tuple[int, float]:
    """The calls of an hour, and the median of the same hour of the eight weeks before."""
    hours: Counter[str] = Counter()
    for (moment, user), calls in invented().items():
        if user in users:
            hours[moment.astimezone(MADRID).strftime("%Y-%m-%d %H")] += calls
    local = at.astimezone(MADRID)
    labels = [
        f"{(local - timedelta(days=7 * n)).date()} {local.hour:02}"
        for n in range(1, 9)
        if (local - timedelta(days=7 * n)).date().isoformat() != "2026-03-29" or local.hour != 2
    ]
    return hours[local.strftime("%Y-%m-%d %H")], median(hours[label] for label in labels)


SUNDAY = Question(
    Window(datetime(2026, 4, 4, 22, tzinfo=UTC), datetime(2026, 4, 5, 22, tzinfo=UTC)),
    step="hour",
    zone=MADRID,
)


def asked(conn: Connection, scope: Scope, question: Question = SUNDAY) -> list[Mark]:
    return unusual(conn, scope, "calls", question, LAST)[()]


def test_marks_equal_what_python_finds(filled: Connection) -> None:
    for scope, users in ((EVERYONE, {1, 2}), (BOB, {2})):
        found = asked(filled, scope)
        assert [mark.at for mark in found] == [
            SUNDAY.window.start + HOUR * i for i in range(24)
        ]
        for mark in found:
            calls, usual = oracle(users, mark.at)
            assert mark.usual == usual
            assert mark.value == (None if mark.verdict == "missing" else calls)


def test_the_spike_and_the_silence_are_marked_and_the_night_is_not(filled: Connection) -> None:
    found = {mark.at: mark for mark in asked(filled, EVERYONE)}
    striking = {at: mark.verdict for at, mark in found.items() if mark.verdict != "usual"}
    assert striking == {SPIKE: "high", OUTAGE: "missing"}
    assert found[SUNDAY.window.start].value == 0


def test_bob_is_not_told_what_happened_to_others(filled: Connection) -> None:
    assert {mark.verdict for mark in asked(filled, BOB)} == {"usual"}
    assert {mark.verdict for mark in asked(filled, CHARLIE)} == {"no history"}


def test_filters_and_splits_choose_whose_calls_are_judged(filled: Connection) -> None:
    only = Question(SUNDAY.window, (), "hour", MADRID, Filters(switch_ids=(2,)))
    assert {mark.verdict for mark in asked(filled, EVERYONE, only)} == {"usual"}
    split = Question(SUNDAY.window, ("switch_id",), "hour", MADRID)
    by_switch = unusual(filled, EVERYONE, "calls", split, LAST)
    assert set(by_switch) == {(1,), (2,)}
    assert by_switch[2,] == asked(filled, EVERYONE, only)
    assert {mark.at for mark in by_switch[1,] if mark.verdict == "missing"} == {OUTAGE}


def test_a_month_is_asked_for_at_once(filled: Connection) -> None:
    statements: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    event.listen(filled.engine, "before_cursor_execute", note)
    month = Window(SUNDAY.window.end - timedelta(days=30), SUNDAY.window.end)
    asked(filled, EVERYONE, Question(month, (), "hour", MADRID))
    event.remove(filled.engine, "before_cursor_execute", note)
    assert len(statements) == 1
