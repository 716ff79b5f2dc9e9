"""Every metric, step and zone against SQL written for that alone, over randomised calls.

The calls lie around the days on which clocks change; the SQL divides voip_cdr as it is, and
knows nothing of roll-ups, parts or steps.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, insert, text, update

from cdrstats import aggregates
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.clock import Window
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import hangup_cause, voip_cdr
from cdrstats.filters import Filters
from cdrstats.metrics import METRICS, SUMS, Number
from cdrstats.traffic import Question, Step, ask, folded, measure, store

from .conftest import copied
from .isolation import seen_by

CLOCKS_CHANGE = {
    "Europe/Madrid": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "Asia/Kathmandu": (date(2026, 3, 29), date(2026, 10, 25)),  # they never do
}
BLOCKED = 47

ORACLE = """
    count(*) AS calls,
    count(*) AS attempts,
    sum(CASE WHEN answered THEN 1 ELSE 0 END) AS answered,
    sum(billsec) / 60.0 AS minutes,
    sum(billed_s) / 60.0 AS billed_minutes,
    100.0 * sum(CASE WHEN answered THEN 1 ELSE 0 END)
        / nullif(sum(CASE WHEN answered OR hangup_cause_id <> 47 THEN 1 ELSE 0 END), 0) AS asr,
    100.0 * sum(CASE WHEN answered THEN 1 ELSE 0 END) / count(*) AS abr,
    1.0 * sum(billsec) / nullif(sum(CASE WHEN answered THEN 1 ELSE 0 END), 0) AS acd,
    max(CASE WHEN answered THEN billsec END) AS mcd,
    100.0 * sum(CASE WHEN answered OR hangup_cause_id IN (17, 18, 19, 20, 21) THEN 1 ELSE 0 END)
        / nullif(sum(CASE WHEN answered OR hangup_cause_id <> 47 THEN 1 ELSE 0 END), 0) AS ner,
    100.0 * sum(CASE WHEN answered OR hangup_cause_id IN (17, 18, 19, 20, 21)
            OR hangup_cause_id IN (16, 487) AND coalesce(pdd_ms, progresssec) IS NOT NULL
            THEN 1 ELSE 0 END)
        / nullif(sum(CASE WHEN answered OR hangup_cause_id <> 47 THEN 1 ELSE 0 END), 0)
        AS ner_extended,
    100.0 * sum(CASE WHEN answered AND billsec >= 1 AND billsec <= 6 THEN 1 ELSE 0 END)
        / nullif(sum(CASE WHEN answered THEN 1 ELSE 0 END), 0) AS sdr,
    avg(pdd_ms) / 1000 AS pdd,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY pdd_ms) / 1000.0 AS pdd_p50,
    percentile_disc(0.95) WITHIN GROUP (ORDER BY pdd_ms) / 1000.0 AS pdd_p95,
    avg(mos) AS mos,
    100.0 * sum(CASE WHEN sip_status = 200 THEN 1 ELSE 0 END)
        / nullif(sum(CASE WHEN sip_status / 100 <> 3 THEN 1 ELSE 0 END), 0) AS ser,
    100.0 * sum(CASE WHEN sip_status IN (200, 480, 486, 600, 603) THEN 1 ELSE 0 END)
        / nullif(sum(CASE WHEN sip_status / 100 <> 3 AND sip_status NOT IN (401, 402, 407)
            THEN 1 ELSE 0 END), 0) AS seer,
    100.0 * sum(CASE WHEN sip_status IN (408, 500, 503, 504) THEN 1 ELSE 0 END)
        / nullif(count(sip_status), 0) AS isa,
    sum(buy_cost) AS buy_cost,
    sum(sell_cost) AS sell_cost,
    sum(sell_cost - buy_cost) AS margin,
    100.0 * sum(sell_cost - buy_cost) / nullif(sum(sell_cost), 0) AS margin_percent
"""

# What the clocks of :zone call the step; in hours and less the offset tells apart what they
# show twice.
_LOCAL = "(starting_date AT TIME ZONE :zone)"
_OFFSET = f"({_LOCAL} - (starting_date AT TIME ZONE 'UTC'))::text"
LABELS = {
    "minute": f"to_char({_LOCAL}, 'YYYY-MM-DD HH24:MI') || {_OFFSET}",
    "quarter": f"to_char(date_bin('15 minutes', {_LOCAL}, '2000-01-01'),"
    f" 'YYYY-MM-DD HH24:MI') || {_OFFSET}",
    "hour": f"to_char({_LOCAL}, 'YYYY-MM-DD HH24') || {_OFFSET}",
    "day": f"to_char({_LOCAL}, 'YYYY-MM-DD')",
    "week": f"to_char({_LOCAL}, 'IYYY-IW')",
    "month": f"to_char({_LOCAL}, 'YYYY-MM')",
    None: "''",
}


def midnight(day: date, zone: tzinfo = UTC) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def invented() -> list[dict[str, Any]]:
    chance = random.Random(11)
    middles = {moment for pair in CLOCKS_CHANGE.values() for moment in pair}
    calls = []
    for middle in sorted(middles):
        for _ in range(260):
            start = midnight(middle) + timedelta(
                seconds=chance.randrange(-36 * 3600, 36 * 3600),
                milliseconds=chance.choice([0, 7]),
            )
            answered = chance.random() < 0.55
            billsec = chance.choice([0, 1, 6, 7, 61, 3600]) if answered else 0
            calls.append(
                {
                    "starting_date": start,
                    "dedup_key": uuid.UUID(int=chance.getrandbits(128)),
                    "answered": answered,
                    "answered_at": start if answered else None,
                    "billsec": billsec,
                    "duration": billsec + chance.randrange(20),
                    "pdd_ms": chance.choice([None, None, 0, 480, 1500, 4200]),
                    "progresssec": chance.choice([None, 2]),
                    "billed_s": chance.choice([None, 60, 120]),
                    "mos": chance.choice([None, Decimal("4.41"), Decimal("2.75")]),
                    "sip_status": chance.choice([None, 200, 302, 407, 480, 486, 503, 600]),
                    "hangup_cause_id": chance.choice([0, 1, 16, 17, 19, 21, 34, BLOCKED, 487]),
                    "country_id": chance.choice([0, 724, 826]),
                    "switch_id": chance.choice([0, 1]),
                    "user_id": chance.choice([0, 2]),
                    "carrier_id": chance.choice([0, 4]),
                    "dialcode_id": chance.choice([0, 34, 447]),
                    "accountcode": chance.choice(["", "a"]),
                    "direction": chance.choice([0, 1, 2]),
                    "call_type": chance.choice([0, 1]),
                    "cdr_source_type": chance.choice([3, 4]),
                    "buy_cost": Decimal(chance.randrange(1000)) / 1000,
                    "sell_cost": Decimal(chance.choice([0, 125, 999])) / 1000,
                }
            )
    return calls


@pytest.fixture(scope="module")
def engine(server: str, template_database: str) -> Iterator[Engine]:
    """A database with the calls of `invented`, counted."""
    with copied(server, template_database) as engine:
        make_months(engine, [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 13)])
        with engine.begin() as conn:
            conn.execute(
                update(hangup_cause).where(hangup_cause.c.id == BLOCKED).values(blocked=True)
            )
            conn.execute(insert(voip_cdr), invented())
            aggregates.rebuild(conn)
            while aggregates.refresh(conn, 10_000):
                pass
        yield engine


def oracle(
    conn: Connection, window: Window, step: Step | None, zone: str, by: str | None, extra: str
) -> dict[tuple[str, object], dict[str, Any]]:
    """The metrics by label of the step and value of `by`."""
    key = by or "NULL::text"
    query = text(
        f"SELECT {LABELS[step]} AS label, {key} AS key, {ORACLE} FROM voip_cdr"
        f" WHERE starting_date >= :start AND starting_date < :end {extra} GROUP BY 1, 2"
    )
    given = {"start": window.start, "end": window.end, "zone": zone}
    used = {name: value for name, value in given.items() if f":{name}" in str(query)}
    return {
        (row["label"], row["key"]): {name: row[name] for name in METRICS}
        for row in conn.execute(query, used).mappings()
    }


def label(moment: datetime | None, step: Step | None, zone: ZoneInfo) -> str:
    """What `LABELS` call the step that starts at `moment`."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    if step in ("day", "week", "month"):
        year, week, _ = local.isocalendar()
        return {
            "day": f"{local:%Y-%m-%d}",
            "week": f"{year}-{week:02d}",
            "month": f"{local:%Y-%m}",
        }[step]
    offset = local.utcoffset() or timedelta()
    minutes, sign = divmod(abs(int(offset.total_seconds())) // 60, 60), offset < timedelta()
    written = f"{'-' if sign else ''}{minutes[0]:02d}:{minutes[1]:02d}:00"
    return f"{local:%Y-%m-%d %H}{'' if step == 'hour' else f':{local:%M}'}{written}"


def plain(value: Number | None) -> float | None:
    return None if value is None else float(value)


def near(value: Any) -> Any:
    return None if value is None else pytest.approx(float(value), rel=1e-9, abs=1e-9)


def check(
    conn: Connection, question: Question, zone: str, scope: Scope = EVERYONE, extra: str = ""
) -> int:
    """Whether all figures are the oracle's; the longest call apart, which is read otherwise."""
    by = question.by[0] if question.by else None
    wanted = oracle(conn, question.window, question.step, zone, by, extra)
    seen = [name for name in METRICS if scope.shows(name)]
    for names in (["mcd"], [name for name in seen if name != "mcd"]):
        with seen_by(conn, scope):
            answers = measure(conn, scope, question, names)
        found = {
            (label(answer.at, question.step, ZoneInfo(zone)), answer.key[0] if by else None): {
                name: plain(answer.of(METRICS[name])) for name in names
            }
            for answer in answers
        }
        assert found.keys() == wanted.keys()
        for place, figures in found.items():
            expected = {name: near(wanted[place][name]) for name in names}
            assert figures == expected, place
    return len(wanted)


@pytest.mark.parametrize("zone", CLOCKS_CHANGE)
@pytest.mark.parametrize("change", [0, 1], ids=["spring", "autumn"])
@pytest.mark.parametrize("step", list(LABELS))
def test_every_metric_equals_the_oracle(
    engine: Engine, zone: str, change: int, step: Step | None
) -> None:
    day = CLOCKS_CHANGE[zone][change]
    windows = [
        # Whole local days around the change, and a ragged stretch over the change itself.
        Window(
            midnight(day - timedelta(days=1), ZoneInfo(zone)),
            midnight(day + timedelta(days=2), ZoneInfo(zone)),
        ),
        Window(
            midnight(day) - timedelta(hours=13, minutes=7, seconds=3),
            midnight(day) + timedelta(hours=17, minutes=52, seconds=31),
        ),
    ]
    with engine.connect() as conn:
        for window in windows:
            question = Question(window, step=step, zone=ZoneInfo(zone))
            assert check(conn, question, zone) > (20 if step in ("minute", "hour") else 0)


@pytest.mark.parametrize(
    "by",
    [
        "country_id",
        "hangup_cause_id",
        "switch_id",
        "user_id",
        "carrier_id",
        "dialcode_id",
        "accountcode",
        "direction",
        "call_type",
        "cdr_source_type",
    ],
)
@pytest.mark.parametrize("step", [None, "day", "week"])
@pytest.mark.parametrize("scope", [EVERYONE, Scope(frozenset({2}))], ids=["all", "bob"])
def test_every_split_equals_the_oracle(
    engine: Engine, by: str, step: Step | None, scope: Scope
) -> None:
    zone = "Europe/Madrid"
    start = datetime(2026, 10, 23, 5, 30, tzinfo=UTC)
    window = Window(start, start + timedelta(days=6, minutes=10))
    question = Question(window, (by,), step, ZoneInfo(zone))
    if not scope.shows(by):
        pytest.skip("customers see no carriers")
    extra = "" if scope is EVERYONE else "AND user_id = 2"
    with engine.connect() as conn:
        assert check(conn, question, zone, scope, extra)


@pytest.mark.parametrize("few", [0, 1_000_000], ids=["by-month", "at-once"])
@pytest.mark.parametrize("by", ["hangup_cause_id", "dialcode_id"])
def test_hours_that_move_are_read_in_either_way(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, by: str, few: int
) -> None:
    """Those of a customer that few calls are of, and those of one that many are of."""
    monkeypatch.setattr(store, "FEW", few)
    zone = "Europe/Madrid"
    start = datetime(2026, 10, 20, 5, 30, tzinfo=UTC)
    question = Question(Window(start, start + timedelta(days=12)), (by,), "day", ZoneInfo(zone))
    with engine.connect() as conn:
        assert check(conn, question, zone, Scope(frozenset({2})), "AND user_id = 2")


@pytest.mark.parametrize("by", ["country_id", "carrier_id", "accountcode", "switch_id"])
@pytest.mark.parametrize("step", [None, "hour", "day", "week"])
@pytest.mark.parametrize("scope", [EVERYONE, Scope(frozenset({2}))], ids=["all", "bob"])
@pytest.mark.parametrize(
    "filters", [Filters(), Filters(directions=(1,), country_ids=(724, 49))]
)
def test_few_values_told_apart_are_those_of_all_values(
    engine: Engine, by: str, step: Step | None, scope: Scope, filters: Filters
) -> None:
    start = datetime(2026, 10, 23, 5, 30, tzinfo=UTC)
    window = Window(start, start + timedelta(days=6, minutes=10))
    if not scope.shows(by):
        pytest.skip("customers see no carriers")
    madrid = ZoneInfo("Europe/Madrid")
    whole = Question(window, (by,), step, madrid, filters, parts=SUMS)
    with engine.connect() as conn:
        every = ask(conn, scope, whole)
        kept = sorted({answer.key for answer in every}, key=str)[::2]
        asked = replace(whole, kept=tuple(key[0] for key in kept))
        found = ask(conn, scope, asked)
    assert every
    expected = {(one.at, one.key): one.parts for one in folded(every, kept)}
    assert {(one.at, one.key): one.parts for one in found} == expected
    assert [one.at for one in found] == sorted(one.at or start for one in found) or not step


@pytest.mark.parametrize("zone", CLOCKS_CHANGE)
@pytest.mark.parametrize("step", [None, "day", "month"])
@pytest.mark.parametrize("by", [None, "switch_id"])
def test_a_period_of_a_year_equals_the_oracle_within_the_error_of_its_histogram(
    engine: Engine, zone: str, step: Step | None, by: str | None
) -> None:
    window = Window(datetime(2026, 1, 1, 3, 7, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    question = Question(window, (by,) if by else (), step, ZoneInfo(zone))
    with engine.connect() as conn:
        wanted = oracle(conn, window, step, zone, by, "")
        answers = measure(conn, EVERYONE, question, list(METRICS))
    assert len(answers) == len(wanted)
    for answer in answers:
        place = label(answer.at, step, ZoneInfo(zone)), answer.key[0] if by else None
        assert answer.spread is None or 0 < answer.spread.error <= 0.05
        for name, metric in METRICS.items():
            value, expected = plain(answer.of(metric)), wanted[place][name]
            if metric.percentile is None or expected is None:
                assert value == near(expected), name
            else:
                assert value == pytest.approx(float(expected), rel=0.05, abs=0.025), name
