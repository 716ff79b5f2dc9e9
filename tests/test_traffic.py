"""Figures equal what plain Python counts over the same calls."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, select, text

from cdrstats import aggregates
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.clock import Window
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import hangup_cause
from cdrstats.filters import Filters, newest_start
from cdrstats.metrics import ALL, METRICS, SUMS, Parts
from cdrstats.traffic import (
    Answer,
    Question,
    ask,
    plan,
    series,
)

from .factories import NOON, add_call
from .isolation import seen_by

ALICE = EVERYONE
BOB = Scope(frozenset({2}))
CHARLIE = Scope(frozenset())
MADRID = ZoneInfo("Europe/Madrid")
HOUR = Window(NOON, NOON + timedelta(hours=1))
Call = dict[str, Any]


def counted(conn: Connection) -> None:
    """Bring the roll-ups up to date."""
    aggregates.rebuild(conn)
    while aggregates.refresh(conn, limit=10_000):
        pass


@pytest.fixture(scope="module")
def invented() -> list[Call]:
    """Calls around the night in which Madrid's clocks go forward, dense around midnight."""
    chance = random.Random(7)
    calls = []
    for number in range(1500):
        start = datetime(2026, 3, 27, tzinfo=UTC) + timedelta(
            seconds=chance.choice(
                [chance.randrange(4 * 86_400), 2 * 86_400 - 3600 + number % 7200]
            )
        )
        answered = chance.random() < 0.5
        billsec = chance.choice([0, 1, 6, 7, 90, 3600]) if answered else 0
        calls.append(
            {
                "starting_date": start,
                "answered": answered,
                "answered_at": start if answered else None,
                "billsec": billsec,
                "duration": billsec + chance.randrange(20),
                "pdd_ms": chance.choice([None, 0, 1500, 4200]),
                "hangup_cause_id": chance.choice([0, 1, 16, 17, 18, 21, 34, 41, 487]),
                "country_id": chance.choice([0, 724, 826, 250]),
                "switch_id": chance.choice([0, 1, 2]),
                "user_id": chance.choice([0, 1, 2]),
                "direction": chance.choice([0, 1, 2]),
                "call_type": chance.choice([0, 1, 2]),
                "cdr_source_type": chance.choice([3, 4]),
                "carrier_id": chance.choice([0, 5]),
                "progresssec": chance.choice([None, 0, 3]),
                "billed_s": chance.choice([None, 0, 60, 120]),
                "mos": chance.choice([None, Decimal("4.41"), Decimal("3.1")]),
                "sip_status": chance.choice([None, 200, 302, 407, 480, 486, 503, 603]),
                "dialcode_id": chance.choice([0, 34, 447]),
                "accountcode": chance.choice(["", "a", "b"]),
                "buy_cost": Decimal(chance.randrange(1000)) / 1000,
                "sell_cost": Decimal(chance.randrange(2000)) / 1000,
            }
        )
    return calls


@pytest.fixture
def filled(conn: Connection, invented: list[Call]) -> Connection:
    for call in invented:
        add_call(conn, **call)
    counted(conn)
    return conn


def parts_of(calls: list[Call], delivering: set[int]) -> Parts:
    """The oracle: one call after the other."""
    answered = [call for call in calls if call["answered"]]
    pdd = [call["pdd_ms"] for call in calls if call["pdd_ms"] is not None]
    billed = [call["billed_s"] for call in calls if call["billed_s"] is not None]
    mos = [call["mos"] for call in calls if call["mos"] is not None]
    statuses = [call["sip_status"] for call in calls if call["sip_status"] is not None]
    rang = [c for c in calls if c["pdd_ms"] is not None or c["progresssec"] is not None]
    return Parts(
        calls=len(calls),
        answered=len(answered),
        delivered=sum(c["answered"] or c["hangup_cause_id"] in delivering for c in calls),
        cancelled=sum(not c["answered"] and c["hangup_cause_id"] in (16, 487) for c in rang),
        short=sum(1 <= call["billsec"] <= 6 for call in answered),
        blocked=0,
        duration=sum(call["duration"] for call in calls),
        billsec=sum(call["billsec"] for call in calls),
        longest=max((call["billsec"] for call in calls), default=0),
        billed=sum(billed),
        billed_calls=len(billed),
        pdd_ms=sum(pdd),
        pdd_calls=len(pdd),
        mos=sum(mos, Decimal(0)),
        mos_calls=len(mos),
        invites=len(statuses),
        sip_ok=statuses.count(200),
        sip_redirected=statuses.count(302),
        sip_challenged=statuses.count(407),
        sip_effective=sum(status in (200, 480, 486, 603) for status in statuses),
        sip_failed=statuses.count(503),
        buy_cost=sum((call["buy_cost"] for call in calls), Decimal(0)),
        sell_cost=sum((call["sell_cost"] for call in calls), Decimal(0)),
        attempts=len(calls),
    )


def step_label(moment: datetime, step: str | None, zone: ZoneInfo) -> object:
    """What the clocks of the zone call the step; the offset tells repeated hours apart."""
    local = moment.astimezone(zone)
    match step:
        case "quarter":
            return (local.date(), local.hour, local.minute // 15, local.utcoffset())
        case "hour":
            return (local.date(), local.hour, local.utcoffset())
        case "day":
            return local.date()
        case "week":
            return local.isocalendar()[:2]
        case "month":
            return (local.year, local.month)
    return None


def expected(
    calls: list[Call], question: Question, delivering: set[int]
) -> dict[tuple[object, object], Parts]:
    groups: dict[tuple[object, object], list[Call]] = defaultdict(list)
    for call in calls:
        if not question.window.start <= call["starting_date"] < question.window.end:
            continue
        if any(call[name] not in kept for name, kept in question.filters.values().items()):
            continue
        label = step_label(call["starting_date"], question.step, question.zone)
        groups[label, tuple(call[name] for name in question.by)].append(call)
    return {group: parts_of(some, delivering) for group, some in groups.items()}


WINDOWS = {
    "all": Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 30, tzinfo=UTC)),
    "ragged": Window(
        datetime(2026, 3, 27, 5, 7, 31, tzinfo=UTC),
        datetime(2026, 3, 30, 17, 52, 3, tzinfo=UTC),
    ),
    "local days": Window(
        datetime(2026, 3, 27, 23, tzinfo=UTC), datetime(2026, 3, 30, 22, tzinfo=UTC)
    ),
    "minutes": Window(
        datetime(2026, 3, 28, 23, 2, tzinfo=UTC), datetime(2026, 3, 28, 23, 9, tzinfo=UTC)
    ),
}


@pytest.mark.parametrize("scope", [ALICE, BOB, Scope(frozenset({0, 1})), CHARLIE])
def test_every_question_equals_the_oracle(
    filled: Connection, invented: list[Call], scope: Scope
) -> None:
    delivering = set(
        filled.execute(select(hangup_cause.c.id).where(hangup_cause.c.delivered)).scalars()
    )
    assert {17, 18, 19, 20, 21} <= delivering
    mine = [c for c in invented if scope.user_ids is None or c["user_id"] in scope.user_ids]
    splits: list[tuple[str, ...]] = [
        (),
        ("country_id",),
        ("hangup_cause_id",),
        ("switch_id",),
        ("user_id", "country_id"),
        ("country_id", "hangup_cause_id"),
        ("accountcode",),
        ("dialcode_id", "direction"),
        ("call_type", "cdr_source_type"),
    ]
    filters = [
        Filters(),
        Filters(country_ids=(724, 0)),
        Filters(switch_ids=(1,), hangup_cause_ids=(16, 17)),
        Filters(user_ids=(2,), accountcodes=("a",)),
        Filters(directions=(1,), call_types=(0, 2)),
        Filters(country_ids=(-1,)),
    ]
    chance = random.Random(1)
    questions = [
        Question(window, by, step, zone, some, parts=parts)
        for window in WINDOWS.values()
        for by in splits
        for step in (None, "quarter", "hour", "day", "week", "month")
        for zone in (MADRID, ZoneInfo("Asia/Kathmandu"), ZoneInfo("UTC"))
        for some in filters
        for parts in (ALL, SUMS, frozenset({"calls"}), frozenset({"calls", "mos", "attempts"}))
        if step != "quarter" or by == ()
    ]
    hidden, used = {name for name in ALL if not scope.shows(name)}, set()
    for question in chance.sample(questions, 200):
        used |= {piece.table for piece in plan(question, scope)}
        with seen_by(filled, scope):
            answers = ask(filled, scope, question)
        found = {
            (
                answer.at and step_label(answer.at, question.step, question.zone),
                answer.key,
            ): answer.parts
            for answer in answers
        }
        assert len(found) == len(answers)
        wanted = expected(mine, question, delivering)
        unasked = dict.fromkeys({*ALL - question.parts, *hidden})
        wanted = {place: parts._replace(**unasked) for place, parts in wanted.items()}
        assert found == wanted, question
    assert len(used) >= (4 if scope is ALICE else 3)


def test_the_twenty_calls(conn: Connection) -> None:
    """d.1.1"""
    answered = [(3, 5), (5, 6), (6, 4), (60, 3), (120, 8), (180, 7), (240, 5), (300, 4)]
    answered += [(90, 6), (196, 2)]
    missed: list[tuple[int, int | None]] = [(17, 3)] * 3 + [(19, 5)] * 2
    missed += [(16, 4), (21, 2), (1, 1), (34, None), (41, None)]
    for billsec, pdd in answered:
        add_call(conn, billsec=billsec, duration=billsec, pdd_ms=pdd * 1000)
    for cause, ringing in missed:
        pdd_ms = None if ringing is None else ringing * 1000
        add_call(conn, billsec=0, duration=0, hangup_cause_id=cause, pdd_ms=pdd_ms)
    counted(conn)
    for window in (HOUR, Window(NOON - timedelta(seconds=1), NOON + timedelta(seconds=1))):
        (answer,) = ask(conn, ALICE, Question(window))
        figures = {name: metric.of(answer.parts) for name, metric in METRICS.items()}
        assert figures["calls"] == 20
        assert figures["minutes"] == 20.0
        assert (figures["asr"], figures["ner"], figures["sdr"]) == (50.0, 80.0, 30.0)
        assert figures["acd"] == 120.0
        assert figures["pdd"] == pytest.approx(76 / 18)


def test_a_window_includes_its_start_and_excludes_its_end(conn: Connection) -> None:
    tick = timedelta(microseconds=1)
    for moment in (NOON - tick, NOON, HOUR.end - tick, HOUR.end):
        add_call(conn, starting_date=moment)
    counted(conn)
    (answer,) = ask(conn, ALICE, Question(HOUR))
    assert answer == Answer(None, (), answer.parts)
    assert answer.parts.calls == 2


def test_a_report_of_a_day_contains_its_first_hour(conn: Connection) -> None:
    """d.1.8"""
    midnight = NOON.replace(hour=0)
    add_call(conn, starting_date=midnight + timedelta(minutes=30))
    counted(conn)
    day = Window(midnight, midnight + timedelta(hours=23, minutes=59))
    line = series(ask(conn, ALICE, Question(day, step="hour")), Question(day, step="hour"))[()]
    assert [answer.parts.calls for answer in line] == [1] + [0] * 23


def test_one_call_every_hour_of_a_year_in_madrid(fresh_engine: Engine) -> None:
    """d.1.7"""
    make_months(fresh_engine, [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 13)])
    with fresh_engine.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO voip_cdr (starting_date, dedup_key)"
                " SELECT hour, gen_random_uuid() FROM generate_series(timestamptz '2026-01-01',"
                " timestamptz '2026-12-31 23:00', interval '1 hour') AS hour"
            )
        )
        counted(conn)
        year = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
        days = ask(conn, ALICE, Question(year, step="day", zone=MADRID))
        calls = {
            a.at.astimezone(MADRID).date().isoformat(): a.parts.calls for a in days if a.at
        }
        assert calls["2026-03-29"] == 23
        assert calls["2026-06-01"] == 24
        assert calls["2026-10-25"] == 25
        assert sum(calls.values()) == 8760
        for parts in (ALL, SUMS):
            months = ask(conn, ALICE, Question(year, step="month", zone=MADRID, parts=parts))
            assert [a.parts.calls for a in months][:4] == [
                31 * 24 - 1,
                28 * 24,
                31 * 24 - 1,
                30 * 24,
            ]


@pytest.mark.parametrize(
    "zone",
    ["UTC", *("America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"),
     *("Pacific/Auckland", "Pacific/Kiritimati", "Pacific/Pago_Pago")],
)  # fmt: skip
def test_months_of_any_clocks_are_right(fresh_engine: Engine, zone: str) -> None:
    clocks = ZoneInfo(zone)
    make_months(fresh_engine, [datetime(2026, month, 1, tzinfo=UTC) for month in range(2, 8)])
    first = datetime(2026, 2, 3, 4, 30, tzinfo=UTC)
    calls = [first + timedelta(hours=n) for n in range(150 * 24)]
    rows = [{"at": moment, "switch": n % 3} for n, moment in enumerate(calls)]
    with fresh_engine.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO voip_cdr (starting_date, dedup_key, switch_id)"
                " VALUES (:at, gen_random_uuid(), :switch)"
            ),
            rows,
        )
        counted(conn)
        for end in (calls[-1] + timedelta(minutes=15), calls[2900], calls[2900].replace(day=1)):
            window = Window(first + timedelta(days=2), end)
            question = Question(window, ("switch_id",), "month", clocks, parts=SUMS)
            by_month: dict[Any, int] = defaultdict(int)
            for row in rows:
                if window.start <= row["at"] < window.end:
                    by_month[row["at"].astimezone(clocks).strftime("%m"), row["switch"]] += 1
            found = {
                (answer.at.astimezone(clocks).strftime("%m"), answer.key[0]): answer.parts.calls
                for answer in ask(conn, ALICE, question)
                if answer.at
            }
            assert found == by_month


def test_nothing_has_no_answer(conn: Connection) -> None:
    assert ask(conn, ALICE, Question(HOUR)) == []
    assert ask(conn, ALICE, Question(HOUR, by=("country_id",), step="quarter")) == []
    assert ask(conn, ALICE, Question(Window(NOON, NOON))) == []


def test_a_filter_that_matches_nothing_shows_nothing(conn: Connection) -> None:
    add_call(conn)
    counted(conn)
    for filters in (Filters(accountcodes=("no such",)), Filters(country_ids=(99999,))):
        assert ask(conn, ALICE, Question(HOUR, filters=filters)) == []


def test_bob_sees_only_his_calls_and_charlie_none(conn: Connection) -> None:
    for user_id in (1, 2, 2):
        add_call(conn, user_id=user_id)
    counted(conn)
    assert ask(conn, BOB, Question(HOUR))[0].parts.calls == 2
    assert [a.key for a in ask(conn, BOB, Question(HOUR, by=("user_id",)))] == [(2,)]
    assert ask(conn, BOB, Question(HOUR, filters=Filters(user_ids=(1,)))) == []
    assert ask(conn, CHARLIE, Question(HOUR)) == []


def test_gaps_are_steps_of_zero_without_ratios(conn: Connection) -> None:
    add_call(conn, starting_date=NOON + timedelta(minutes=16))
    counted(conn)
    question = Question(HOUR, step="quarter")
    line = series(ask(conn, ALICE, question), question)[()]
    assert [answer.at for answer in line] == [
        NOON + timedelta(minutes=15 * i) for i in range(4)
    ]
    assert [answer.parts.calls for answer in line] == [0, 1, 0, 0]
    assert [METRICS["asr"].of(answer.parts) for answer in line] == [None, 100.0, None, None]


def test_a_day_is_read_whole_only_if_nothing_is_counted_after_the_window(
    conn: Connection,
) -> None:
    for minutes in (0, 10, 20):
        add_call(conn, starting_date=NOON + timedelta(minutes=minutes), dialcode_id=34)
    counted(conn)
    found = []
    for minutes in (5, 15, 21, 30):
        window = Window(NOON - timedelta(days=9), NOON + timedelta(minutes=minutes))
        (answer,) = ask(conn, ALICE, Question(window, by=("dialcode_id",), parts=SUMS))
        found.append(answer.parts.calls)
    assert found == [1, 2, 3, 3]


def test_the_newest_call_is_that_of_the_scope(conn: Connection) -> None:
    assert newest_start(conn, ALICE) is None
    add_call(conn, user_id=1, starting_date=NOON + timedelta(hours=1))
    add_call(conn, user_id=2)
    assert newest_start(conn, ALICE) == NOON + timedelta(hours=1)
    assert newest_start(conn, BOB) == NOON
    assert newest_start(conn, CHARLIE) is None
