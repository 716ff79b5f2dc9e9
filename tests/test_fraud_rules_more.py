"""Rules of what is dialled, of routes, and of spending: both sides of each edge."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from cdrstats.db.schema import (
    carrier,
    rollup_customer_day,
)

from .factories import NOON
from .fraud import a_call, add, found

HOUR = timedelta(hours=1)


def keys(cases: list[Any]) -> list[str]:
    return [case.key for case in cases]


def numbers(count: int, distinct: int) -> list[str]:
    """So many numbers, of which so many differ; none is the next of another."""
    return [f"00346501{(n % distinct) * 7:05}" for n in range(count)]


# F8


@pytest.mark.parametrize(("calls", "fires"), [(49, False), (50, True)])
def test_f8_whoever_calls(conn: Connection, calls: int, fires: bool) -> None:
    add(conn, [a_call(11 * n, caller_id_number=f"9105{n:05}", user_id=n) for n in range(calls)])
    assert keys(found(conn, "F8")) == ["34650123456"] * fires


# F9


def scan(attempts: int, unallocated: int, **given: Any) -> list[dict[str, Any]]:
    return [
        a_call(
            4 * n, billsec=0, hangup_cause_id=(1, 28)[n % 2] if n < unallocated else 17, **given
        )
        for n in range(attempts)
    ]


@pytest.mark.parametrize(
    ("attempts", "unallocated", "fires"),
    [(60, 45, True), (20, 20, False), (30, 15, True), (30, 14, False), (29, 29, False)],
)
def test_f9_unallocated_numbers(
    conn: Connection, attempts: int, unallocated: int, fires: bool
) -> None:
    add(conn, scan(attempts, unallocated))
    assert [case.reasons for case in found(conn, "F9")] == [["unallocated"]] * fires


@pytest.mark.parametrize(("invalid", "fires"), [(5, False), (6, True)])
def test_f9_numbers_that_cannot_be(conn: Connection, invalid: int, fires: bool) -> None:
    add(conn, [a_call(4 * n, dialcode_id=0 if n < invalid else 34) for n in range(30)])
    assert [case.reasons for case in found(conn, "F9")] == [["invalid"]] * fires


# F10


def pings(attempts: int, distinct: int, answered: int, ring_s: float, **given: Any) -> Any:
    every = 599 / attempts
    return [
        a_call(
            every * n,
            destination_number=number,
            billsec=5 if n < answered else 0,
            duration=ring_s + (5 if n < answered else 0),
            **given,
        )
        for n, number in enumerate(numbers(attempts, distinct))
    ]


@pytest.mark.parametrize(
    ("attempts", "distinct", "answered", "ring_s", "fires"),
    [
        (40, 38, 1, 2, True),
        (20, 18, 1, 4, True),
        (19, 19, 0, 4, False),
        (20, 17, 1, 4, False),
        (20, 18, 2, 4, False),
        (20, 18, 1, 5, False),
        (400, 390, 220, 14, False),
    ],
)
def test_f10_pings(
    conn: Connection, attempts: int, distinct: int, answered: int, ring_s: int, fires: bool
) -> None:
    add(conn, pings(attempts, distinct, answered, ring_s))
    assert keys(found(conn, "F10")) == ["910500001"] * fires


# F11


@pytest.mark.parametrize(("back", "fires"), [(2, False), (3, True)])
def test_f11_a_range_that_is_called_back(conn: Connection, back: int, fires: bool) -> None:
    came = pings(24, 24, 0, 3, direction=1)
    for n, call in enumerate(came):
        call["caller_id_number"] = f"+2207712{n:03}"
    add(conn, came)
    add(
        conn,
        [a_call(7200 + n * 900, destination_number=f"002207712{n:03}") for n in range(back)],
    )
    assert keys(found(conn, "F11")) == ["2207712xxx"] * fires


def test_f11_a_range_that_did_not_ping(conn: Connection) -> None:
    add(conn, [a_call(n * 900, destination_number=f"002207712{n:03}") for n in range(9)])
    assert found(conn, "F11") == []


# F12


def pumped(minutes: int, **given: Any) -> list[dict[str, Any]]:
    """Long calls to one range beside ordinary ones."""
    ordinary = [a_call(n * 30, destination_number=f"0049{n:03}1234567") for n in range(100)]
    usual = {"destination_number": "0017125551000", "billsec": 1200}
    return ordinary + [a_call(n * 60, **(usual | given)) for n in range(minutes // 20)]


def test_f12_more_and_longer_than_it_was(conn: Connection) -> None:
    add(conn, pumped(800))
    assert found(conn, "F12") == []  # nothing to compare with
    before = [
        a_call(NOON - timedelta(days=2 + n % 7), destination_number="0017125551000")
        for n in range(28)
    ]
    add(conn, before)  # a minute a day
    (case,) = found(conn, "F12")
    assert (case.key, case.reasons) == ("1712555xxx", ["swollen"])
    assert found(conn, "F12", acd_times=20) == []


@pytest.mark.parametrize(("times", "fires"), [(6, True), (3, True), (2.9, False)])
def test_f12_terminating_and_originating(conn: Connection, times: float, fires: bool) -> None:
    """900,000 : 150,000 is 6 : 1; the reference is 3 : 1."""
    add(conn, pumped(900))
    came = {"direction": 1, "caller_id_number": "17125551000", "destination_number": "1001"}
    add(conn, [a_call(0, billsec=round(900 * 60 / times), **came)])
    cases = found(conn, "F12", month_minutes=900)
    assert [case.reasons for case in cases] == [["ratio"]] * fires
    assert found(conn, "F12", month_minutes=901) == []


@pytest.mark.parametrize(("before", "fires"), [(200, True), (210, False)])
def test_f12_growth_on_the_year(conn: Connection, before: int, fires: bool) -> None:
    """From 200,000 to 420,000 is + 110 %; from 210,000 it is + 100 %, and not more."""
    conn.exec_driver_sql(
        "CREATE TABLE voip_cdr_2025_03 PARTITION OF voip_cdr"
        " FOR VALUES FROM ('2025-03-01 00:00+00') TO ('2025-04-01 00:00+00')"
    )
    year_ago = NOON - timedelta(days=366)
    add(conn, pumped(420 * 2))
    add(conn, [a_call(year_ago, destination_number="0017125551000", billsec=before * 120)])
    cases = found(conn, "F12", month_minutes=800)
    assert [case.reasons for case in cases] == [["growth"]] * fires


# F14


def dialled(attempts: int, answered: int, billsec: int) -> list[dict[str, Any]]:
    return [a_call(n * 900, billsec=billsec if n < answered else 0) for n in range(attempts)]


@pytest.mark.parametrize(
    ("attempts", "answered", "billsec", "reasons"),
    [
        (20, 1, 60, ["asr"]),
        (20, 2, 60, []),
        (19, 0, 0, []),
        (20, 10, 14, ["acd"]),
        (20, 10, 15, []),
        (20, 9, 14, []),
        (20, 10, 6, ["acd", "sdr"]),
    ],
)
def test_f14_diallers(
    conn: Connection, attempts: int, answered: int, billsec: int, reasons: list[str]
) -> None:
    add(conn, dialled(attempts, answered, billsec))
    assert [case.reasons for case in found(conn, "F14")] == [reasons] * bool(reasons)


# F15


def routed(carrier_id: int, fast: int, short: int, calls: int = 50) -> list[dict[str, Any]]:
    return [
        a_call(
            n * 60,
            carrier_id=carrier_id,
            pdd_ms=1000 if n < fast else 1001,
            billsec=10 if n < short else 11,
        )
        for n in range(calls)
    ]


@pytest.mark.parametrize(
    ("fast", "short", "reasons"),
    [(15, 0, ["instant"]), (14, 0, []), (0, 20, ["short"]), (0, 19, [])],
)
def test_f15_false_answers(conn: Connection, fast: int, short: int, reasons: list[str]) -> None:
    conn.execute(insert(carrier), [{"id": 1, "name": "cheap"}, {"id": 2, "name": "other"}])
    add(conn, routed(1, fast, short) + routed(2, 0, 10))
    cases = found(conn, "F15")
    assert [(case.key, case.reasons) for case in cases] == (
        [("cheap → 34", reasons)] * bool(reasons)
    )


# F16


def spent(*costs: float, user_id: int = 7) -> list[dict[str, Any]]:
    return [
        a_call(n * 60, user_id=user_id, sell_cost=Decimal(str(cost)))
        for n, cost in enumerate(costs)
    ]


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        ((399.99,), []),
        ((400,), ["warning"]),
        ((399.99, 100), ["warning"]),
        ((400, 100), ["limit", "warning"]),
    ],
)
def test_f16_the_limit_of_a_day(
    conn: Connection, costs: tuple[float, ...], expected: list[str]
) -> None:
    add(conn, spent(*costs) + spent(1, user_id=8))
    cases = found(conn, "F16")
    assert {case.key for case in cases} == {f"day 2026-03-10, {level}" for level in expected}
    assert {case.user_id for case in cases} <= {7}


def test_f16_the_limit_of_a_month(conn: Connection) -> None:
    row = {"user_id": 7, "switch_id": 0}
    for day in (1, 9, 10):  # that of today is counted call by call
        slot = NOON.replace(day=day, hour=0)
        cost = {"sell_cost": 2450 if day < 10 else 4000}
        conn.execute(insert(rollup_customer_day).values(**(row | cost), slot=slot))
    add(conn, spent(99.99))
    assert keys(found(conn, "F16")) == ["month 2026-03, warning"]
    add(conn, spent(0.01))
    assert set(keys(found(conn, "F16"))) == {"month 2026-03, warning", "month 2026-03, limit"}
    assert found(conn, "F16", monthly=0) == []


# F18


def failing(calls: int, **given: Any) -> list[dict[str, Any]]:
    return [a_call(n * 60, carrier_id=1, billsec=0, **given) for n in range(calls)]


@pytest.mark.parametrize(("calls", "fires"), [(29, False), (30, True)])
def test_f18_one_failure_after_the_other(conn: Connection, calls: int, fires: bool) -> None:
    conn.execute(insert(carrier).values(id=1, name="cheap"))
    add(conn, failing(calls))
    assert [(case.key, case.reasons) for case in found(conn, "F18")] == (
        [("cheap", ["in_row"])] * fires
    )


def test_f18_an_answer_ends_the_row(conn: Connection) -> None:
    add(conn, [*failing(40), a_call(20 * 60 + 1, carrier_id=1)])
    assert found(conn, "F18") == []


@pytest.mark.parametrize(("refused", "fires"), [(39, False), (40, True)])
def test_f18_a_trunk_that_refuses(conn: Connection, refused: int, fires: bool) -> None:
    ways: list[dict[str, Any]] = [{"hangup_cause_id": 21}, {"sip_status": 403}]
    bad = [a_call(n * 70, carrier_id=1, billsec=0, **ways[n % 2]) for n in range(refused)]
    add(conn, bad + [a_call(n * 300, carrier_id=1) for n in range(50 - refused)])
    cases = found(conn, "F18", in_row=1000)
    assert [case.reasons for case in cases] == [["refused"]] * fires


# F19, F20


@pytest.mark.parametrize(
    ("calls", "billsec", "fires"), [(9, 30, False), (10, 30, True), (10, 31, False)]
)
def test_f19_probes(conn: Connection, calls: int, billsec: int, fires: bool) -> None:
    add(
        conn,
        [
            a_call(n * 300, destination_number="*97", call_type=2, billsec=billsec, direction=0)
            for n in range(calls)
        ],
    )
    assert keys(found(conn, "F19")) == ["910500001 → *97"] * fires


@pytest.mark.parametrize(("calls", "fires"), [(2, False), (3, True)])
def test_f20_calls_that_are_forwarded_abroad(conn: Connection, calls: int, fires: bool) -> None:
    for n in range(calls):
        linked = {"data": {"linkedid": f"1773140000.{n}"}}
        came = {"direction": 1, "destination_number": "1001", "call_type": 2}
        add(conn, [a_call(n * 600, caller_id_number="447700900123", **came, **linked)])
        add(conn, [a_call(n * 600 + 5, sell_rate=1, **linked)])
    assert keys(found(conn, "F20")) == ["1001 → 34650123456"] * fires
