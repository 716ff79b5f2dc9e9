"""Each measure of each roll-up is what plain Python counts over the calls."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, func, select, text, update

from cdrstats import aggregates
from cdrstats.aggregates.reading import DAYS, KEYS, MEASURES, MONTHS, QUARTERS
from cdrstats.db.schema import (
    hangup_cause,
    rollup_account_day,
    rollup_country,
    rollup_country_cause_day,
    rollup_country_day,
    rollup_kind,
    rollup_route_day,
    rollup_switch,
    voip_cdr,
)

from .factories import NOON, add_call

DAY = NOON.replace(hour=0)
Call = dict[str, Any]

DELIVERED = {17, 18, 19, 20, 21, 815, 816, 819}
BLOCKED = {34, 42}
DULL = {
    "answered_at": None, "pdd_ms": None, "progresssec": None, "mos": None, "sip_status": None,
    "billed_s": None, "buy_cost": Decimal(0), "sell_cost": Decimal(0), "carrier_id": 0,
    "dialcode_id": 0, "accountcode": "", "direction": 0, "call_type": 0, "cdr_source_type": 0,
}  # fmt: skip


def counted(conn: Connection, *moments: datetime) -> None:
    aggregates.note_changed(conn, moments or [NOON])
    while aggregates.refresh(conn):
        pass


def measures_of(calls: list[Call]) -> dict[str, Any]:
    """The oracle: one call after the other."""
    sums: dict[str, Any] = dict.fromkeys(MEASURES, 0)
    for given in calls:
        call = DULL | given
        answered, cause, status = call["answered"], call["hangup_cause_id"], call["sip_status"]
        rang = call["pdd_ms"] is not None or call["progresssec"] is not None
        sums["calls"] += 1
        sums["answered"] += answered
        sums["delivered"] += answered or cause in DELIVERED
        sums["cancelled"] += not answered and cause in (16, 487) and rang
        sums["short"] += answered and 1 <= call["billsec"] <= 6
        sums["blocked"] += not answered and cause in BLOCKED
        sums["duration"] += call["duration"]
        sums["billsec"] += call["billsec"]
        sums["longest"] = max(sums["longest"], call["billsec"])
        for total, number, value in (
            ("billed", "billed_calls", call["billed_s"]),
            ("pdd_ms", "pdd_calls", call["pdd_ms"]),
            ("mos", "mos_calls", call["mos"]),
        ):
            if value is not None:
                sums[total] += value
                sums[number] += 1
        if status is not None:
            sums["invites"] += 1
            sums["sip_ok"] += status == 200
            sums["sip_redirected"] += status // 100 == 3
            sums["sip_challenged"] += status in (401, 402, 407)
            sums["sip_effective"] += status in (200, 480, 486, 600, 603)
            sums["sip_failed"] += status in (408, 500, 503, 504)
        sums["buy_cost"] += Decimal(call["buy_cost"])
        sums["sell_cost"] += Decimal(call["sell_cost"])
    return sums


def quarter_of(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def expected(calls: list[Call], table: Table) -> dict[tuple[Any, ...], dict[str, Any]]:
    groups: dict[tuple[Any, ...], list[Call]] = defaultdict(list)
    for given in calls:
        call = DULL | given
        quarter = quarter_of(call["starting_date"])
        day = quarter.replace(hour=0, minute=0)
        if table in MONTHS:
            call["slot"] = day.replace(day=1)
        else:
            call["slot"] = day if table in DAYS else quarter
        groups[tuple(call[key.name] for key in table.primary_key)].append(call)
    return {
        keys: {name: value for name, value in measures_of(some).items() if name in table.c}
        for keys, some in groups.items()
    }


def stored(conn: Connection, table: Table) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = conn.execute(select(table)).mappings()
    keys = [key.name for key in table.primary_key]
    return {
        tuple(row[key] for key in keys): {m: row[m] for m in MEASURES if m in table.c}
        for row in rows
    }


@pytest.fixture
def blocking(conn: Connection) -> Connection:
    """An operator has said which causes stand for no circuit."""
    conn.execute(
        update(hangup_cause).where(hangup_cause.c.id.in_(BLOCKED)).values(blocked=True)
    )
    return conn


def invent(dice: random.Random) -> Call:
    answered = dice.random() < 0.5
    billsec = dice.choice([0, 1, 6, 7, 90, 3600]) if answered else 0
    return {
        "starting_date": NOON + timedelta(seconds=dice.randrange(2 * 86_400)),
        "answered": answered,
        "billsec": billsec,
        "duration": billsec + dice.randrange(20),
        "billed_s": dice.choice([None, 0, 60, 120]),
        "pdd_ms": dice.choice([None, 0, 49, 50, 1500, 4200]),
        "progresssec": dice.choice([None, 0, 3]),
        "mos": dice.choice([None, Decimal(1), Decimal("4.375")]),
        "sip_status": dice.choice(
            [None, 200, 302, 401, 402, 404, 407, 408, 480, 486, 500, 503, 504, 600, 603]
        ),
        "hangup_cause_id": dice.choice([0, 16, 17, 19, 34, 42, 487, 1_000_000]),
        "buy_cost": Decimal(dice.randrange(3)) / 1000,
        "sell_cost": Decimal(dice.randrange(3)) / 1000,
        "user_id": dice.choice([0, 1]),
        "switch_id": dice.choice([0, 1]),
        "country_id": dice.choice([0, 724]),
        "carrier_id": dice.choice([0, 9]),
        "dialcode_id": dice.choice([0, 34, 447_911_123_456]),
        "accountcode": dice.choice(["", "a", "b"]),
        "direction": dice.choice([0, 1, 2]),
        "call_type": dice.choice([0, 1, 2]),
        "cdr_source_type": dice.choice([3, 4]),
    }


def test_every_measure_of_every_rollup_is_what_python_counts(blocking: Connection) -> None:
    dice = random.Random(11)
    calls = [add_call(blocking, **invent(dice)) for _ in range(400)]
    counted(blocking, *(call["starting_date"] for call in calls[:250]))
    gone = calls.pop(dice.randrange(250))
    blocking.execute(delete(voip_cdr).where(voip_cdr.c.dedup_key == gone["dedup_key"]))
    moments = [call["starting_date"] for call in [*calls, gone]]
    counted(blocking, *moments)

    assert KEYS[0] == "user_id"
    for table in (*QUARTERS, *DAYS, *MONTHS):
        assert stored(blocking, table) == expected(calls, table), table.name


@pytest.mark.parametrize("table", [rollup_switch, rollup_country_day])
def test_what_is_counted(blocking: Connection, table: Table) -> None:
    add_call(blocking, billsec=6, pdd_ms=1500, buy_cost="0.10", sell_cost="0.25", billed_s=60)
    add_call(blocking, billsec=7, pdd_ms=0, buy_cost="0.001", mos="4.2", sip_status=200)
    add_call(blocking, billsec=0, answered=True)  # answered, and hung up within the second
    add_call(blocking, billsec=0, hangup_cause_id=17, sip_status=486)  # busy: delivered
    add_call(blocking, billsec=0, hangup_cause_id=34, duration=3)  # no circuit: not delivered
    add_call(blocking, billsec=0, hangup_cause_id=16, pdd_ms=400, billed_s=0)  # gave up
    add_call(blocking, billsec=0, hangup_cause_id=16)  # gave up before it rang
    add_call(blocking, billsec=0, hangup_cause_id=1_000_000)  # in no table of causes
    counted(blocking)

    sums = {c.name: func.sum(c) for c in table.columns if c.name not in table.primary_key}
    row = blocking.execute(select(*(total.label(name) for name, total in sums.items()))).one()
    assert row._asdict() == {
        "calls": 8,
        "answered": 3,
        "delivered": 4,
        "cancelled": 1,
        "short": 1,
        "blocked": 1,
        "duration": 7 * 70 + 3,
        "billsec": 13,
        "longest": 7,
        "billed": 60,
        "billed_calls": 2,
        "pdd_ms": 1900,
        "pdd_calls": 3,
        "mos": Decimal("4.2"),
        "mos_calls": 1,
        "invites": 2,
        "sip_ok": 1,
        "sip_redirected": 0,
        "sip_challenged": 0,
        "sip_effective": 2,
        "sip_failed": 0,
        "buy_cost": Decimal("0.101"),
        "sell_cost": Decimal("0.25"),
    }


def test_rfc_6076s_hundred_invites_add_up_by_kind(conn: Connection) -> None:
    answers = {200: 45, 302: 5, 401: 6, 402: 1, 407: 3, 480: 8, 486: 12, 600: 1, 603: 4}
    answers |= {408: 3, 500: 2, 503: 5, 504: 1, 404: 4}
    for status, number in answers.items():
        for _ in range(number):
            add_call(conn, sip_status=status)
    counted(conn)

    t = rollup_switch.c
    row = conn.execute(
        select(
            t.invites, t.sip_ok, t.sip_redirected, t.sip_challenged, t.sip_effective,
            t.sip_failed,
        )
    ).one()  # fmt: skip
    assert row == (100, 45, 5, 10, 70, 11)


def test_routes_accounts_and_kinds_have_rows_of_their_own(conn: Connection) -> None:
    add_call(conn, carrier_id=3, country_id=724, dialcode_id=34_911, accountcode="x", user_id=1)
    add_call(conn, carrier_id=4, country_id=724, dialcode_id=34_911, accountcode="", user_id=1)
    add_call(conn, direction=1, call_type=2, cdr_source_type=3)
    counted(conn)

    def keys(table: Table) -> list[tuple[Any, ...]]:
        columns = [*table.primary_key, table.c.calls]
        return [tuple(row) for row in conn.execute(select(*columns).order_by(*columns))]

    assert keys(rollup_route_day) == [
        (DAY, 0, 0, 0, 0, 1),
        (DAY, 0, 3, 724, 34_911, 1),
        (DAY, 0, 4, 724, 34_911, 1),
    ]
    assert keys(rollup_account_day) == [
        (0, DAY, 0, "", 1),
        (1, DAY, 0, "", 1),
        (1, DAY, 0, "x", 1),
    ]
    assert keys(rollup_country_cause_day) == [(0, DAY, 0, 16, 1), (724, DAY, 0, 16, 2)]
    assert keys(rollup_kind) == [(NOON, 0, 0, 0, 0, 2), (NOON, 0, 1, 2, 3, 1)]


def longest(conn: Connection, table: Table) -> list[int]:
    query = select(table.c.longest).order_by(*table.primary_key)
    return list(conn.execute(query).scalars())


def test_the_longest_call_of_a_day_grows_and_shrinks_with_its_calls(conn: Connection) -> None:
    hours = [NOON + timedelta(hours=n) for n in range(3)]
    first, second, third = (
        add_call(conn, starting_date=hour, billsec=billsec, country_id=34)
        for hour, billsec in zip(hours, (100, 300, 200), strict=True)
    )
    counted(conn, *hours)
    assert longest(conn, rollup_country_day) == [300]
    assert longest(conn, rollup_country) == [100, 300, 200]

    def remove(call: Call) -> None:
        conn.execute(delete(voip_cdr).where(voip_cdr.c.dedup_key == call["dedup_key"]))
        counted(conn, call["starting_date"])

    remove(first)  # not the longest: nothing to look for
    assert longest(conn, rollup_country_day) == [300]
    remove(second)
    assert longest(conn, rollup_country_day) == [200]
    add_call(conn, starting_date=NOON, billsec=250, country_id=34)
    counted(conn)
    assert longest(conn, rollup_country_day) == [250]
    conn.execute(update(voip_cdr).values(billsec=0, answered=False))
    counted(conn, *hours)
    assert longest(conn, rollup_country_day) == [0]
    assert aggregates.verify(conn) == []
    remove(third)
    assert aggregates.verify(conn) == []


def test_one_key_loses_its_longest_call_to_another_of_the_same_length(conn: Connection) -> None:
    add_call(conn, country_id=34, billsec=500)
    add_call(conn, country_id=34, billsec=20)
    add_call(conn, country_id=44, billsec=500)
    counted(conn)
    moved = update(voip_cdr).where(voip_cdr.c.country_id == 34, voip_cdr.c.billsec == 500)
    conn.execute(moved.values(country_id=44))
    counted(conn)

    assert longest(conn, rollup_country_day) == [20, 500]
    assert aggregates.verify(conn) == []


def test_lengths_that_add_up_to_the_same_still_change_the_longest(conn: Connection) -> None:
    calls = [add_call(conn, billsec=30, duration=70) for _ in range(2)]
    counted(conn)
    for call, billsec in zip(calls, (20, 40), strict=True):
        one = update(voip_cdr).where(voip_cdr.c.dedup_key == call["dedup_key"])
        conn.execute(one.values(billsec=billsec))
    counted(conn)
    assert longest(conn, rollup_country_day) == [40]
    for call in calls:
        one = update(voip_cdr).where(voip_cdr.c.dedup_key == call["dedup_key"])
        conn.execute(one.values(billsec=30))
    counted(conn)
    assert longest(conn, rollup_country_day) == [30]


def test_verify_holds_the_longest_call_against_the_calls(conn: Connection) -> None:
    add_call(conn, billsec=30)
    add_call(conn, billsec=50)
    counted(conn)
    conn.execute(update(rollup_country_day).values(longest=80))
    conn.execute(update(rollup_kind).values(longest=30))

    found = aggregates.verify(conn)
    assert [(d.table, d.column, d.stored, d.true) for d in found] == [
        ("rollup_kind", "longest", 30, 50),
        ("rollup_country_day", "longest", 80, 50),
    ]
    aggregates.repair(conn, found)
    assert aggregates.verify(conn) == []


def test_a_part_has_all_keys_and_measures_in_their_order(conn: Connection) -> None:
    names = conn.execute(
        text(
            "SELECT attname FROM pg_attribute"
            " WHERE attrelid = 'rollup_part'::regclass ORDER BY attnum"
        )
    ).scalars()
    assert tuple(names) == (*KEYS, *MEASURES)
