"""Each rule: the worked numbers, and both sides of each edge."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert

from cdrstats.clock import Window
from cdrstats.db.schema import (
    customer,
    high_risk_prefix,
    holiday,
)

from .factories import NOON
from .fraud import GAMBIA, NIGHT, a_call, add, found

HOUR = timedelta(hours=1)


def keys(cases: list[Any]) -> list[str]:
    return [case.key for case in cases]


def numbers(count: int, distinct: int) -> list[str]:
    """So many numbers, of which so many differ; none is the next of another."""
    return [f"00346501{(n % distinct) * 7:05}" for n in range(count)]


# F4: sliding windows


def test_f4_twelve_calls_in_the_window_that_buckets_would_halve(conn: Connection) -> None:
    add(conn, [a_call(300 + 50 * n) for n in range(12)])
    (case,) = found(conn, "F4", calls=12)
    assert (case.calls, case.facts["calls"]) == (12, 12)


def test_f4_a_call_exactly_a_window_later_is_not_in_it(conn: Connection) -> None:
    add(conn, [a_call(300 + 50 * n) for n in range(13)])
    assert found(conn, "F4", calls=13) == []
    add(conn, [a_call(300 + 600 - 0.000001)])
    assert len(found(conn, "F4", calls=13)) == 1


@pytest.mark.parametrize(("calls", "fires"), [(29, False), (30, True)])
def test_f4_of_ten_minutes(conn: Connection, calls: int, fires: bool) -> None:
    add(conn, [a_call(20 * n) for n in range(calls)])
    assert bool(found(conn, "F4")) is fires


@pytest.mark.parametrize(("calls", "fires"), [(9, False), (10, True)])
def test_f4_of_a_minute(conn: Connection, calls: int, fires: bool) -> None:
    add(conn, [a_call(6 * n) for n in range(calls)])
    assert [case.reasons for case in found(conn, "F4")] == [["per_minute"]] * fires


def test_f4_what_comes_in_is_nobodys_velocity(conn: Connection) -> None:
    add(conn, [a_call(n, direction=1) for n in range(60)])
    add(conn, [a_call(n, call_type=2) for n in range(60)])
    assert found(conn, "F4") == []


def test_calls_of_two_customers_do_not_add_up(conn: Connection) -> None:
    add(conn, [a_call(n, user_id=7 + n % 2) for n in range(18)])
    assert found(conn, "F4") == []


# F1


def at_night(calls: int, **given: Any) -> list[dict[str, Any]]:
    return [a_call(NIGHT + timedelta(minutes=2 * n), **given) for n in range(calls)]


@pytest.mark.parametrize(("calls", "fires"), [(4, False), (5, True)])
def test_f1_calls_abroad_at_night(conn: Connection, calls: int, fires: bool) -> None:
    add(conn, at_night(calls))
    assert [case.reasons for case in found(conn, "F1")] == [["calls", "off_hours"]] * fires


@pytest.mark.parametrize(("cost", "fires"), [("12.4999", False), ("12.5", True)])
def test_f1_cost_of_an_hour_at_night(conn: Connection, cost: str, fires: bool) -> None:
    add(conn, at_night(2, buy_cost=Decimal(cost), sell_cost=Decimal(1)))
    assert [case.reasons for case in found(conn, "F1")] == [["cost", "off_hours"]] * fires


@pytest.mark.parametrize(("duration", "fires"), [(240, False), (241, True)])
def test_f1_lines_at_once_at_night(conn: Connection, duration: int, fires: bool) -> None:
    """The third begins as the first ends, or a second before."""
    add(conn, at_night(3, duration=duration))
    assert [case.reasons for case in found(conn, "F1")] == (
        [["concurrent", "off_hours"]] * fires
    )


def test_f1_working_hours_are_those_of_the_customers_own_clock(conn: Connection) -> None:
    conn.execute(insert(customer).values(id=7, name="Acme", timezone="America/New_York"))
    for user_id, code in ((0, "here"), (7, "there")):
        add(conn, at_night(5, user_id=user_id, accountcode=code))  # 19:00 in New York
    assert keys(found(conn, "F1")) == ["here", "there"]
    assert keys(found(conn, "F1", open_until=20)) == ["here"]


def test_f1_on_a_holiday_and_at_the_weekend_all_day(conn: Connection) -> None:
    calls = [a_call(60 * n) for n in range(5)]
    add(conn, calls)
    assert found(conn, "F1") == []  # a Tuesday
    conn.execute(insert(holiday).values(day=date(2026, 3, 10), name="Fiesta"))
    assert keys(found(conn, "F1")) == ["ACC-1"]
    add(conn, [a_call(86_400 * 4 + 60 * n, accountcode="Saturday") for n in range(5)])
    assert keys(found(conn, "F1")) == ["ACC-1", "Saturday"]


def test_f1_both_days_on_which_clocks_change(conn: Connection) -> None:
    """In Madrid the hour from 2 is missing on 29 March; at 06:30 UTC it is half past eight."""
    conn.execute(insert(customer).values(id=7, name="Acme", timezone="Europe/Madrid"))
    for day, code in ((27, "before"), (30, "after")):
        at = NOON.replace(day=day, hour=6, minute=30)
        add(
            conn,
            [
                a_call(at + n * timedelta(minutes=1), user_id=7, accountcode=code)
                for n in range(5)
            ],
        )
    around = Window(NOON, NOON + timedelta(days=31))
    assert keys(found(conn, "F1", around)) == ["before"]


# F2


def to_gambia(calls: int, every_s: float = 150, **given: Any) -> list[dict[str, Any]]:
    usual = {"destination_number": "002207712345", "country_id": GAMBIA, "dialcode_id": 220}
    return [a_call(every_s * n, **(usual | given)) for n in range(calls)]


@pytest.fixture
def unlisted(conn: Connection) -> Connection:
    """No prefix is of high risk."""
    conn.execute(delete(high_risk_prefix))
    return conn


@pytest.fixture
def listed(unlisted: Connection) -> Connection:
    said = {"kind": "country", "name": "somewhere", "seen_on": NOON.date()}
    rows = [
        {"prefix": prefix, "active": active, **said}
        for prefix, active in (("22", True), ("220", True), ("3465", False))
    ]
    unlisted.execute(insert(high_risk_prefix), rows)
    return unlisted


def test_f2_exposure_of_an_hour(listed: Connection) -> None:
    """24 calls of 300 s at 0.95 a minute, 60/60, are 114.00 an hour."""
    add(listed, to_gambia(24, billsec=300, sell_rate=Decimal("0.95")))
    (case,) = found(listed, "F2")
    assert (case.calls, case.cost, case.cost_per_hour) == (24, 114, 114)
    assert case.key == "ACC-1 → 220"
    assert case.reasons == ["calls", "dear", "listed", "talk_minutes"]


@pytest.mark.parametrize(
    ("calls", "billsec", "fires"),
    [
        (9, 199, []),
        (10, 1, ["calls", "listed"]),
        (9, 200, ["listed", "talk_minutes"]),
        (2, 900, ["listed", "talk_minutes"]),
        (1, 1800, []),  # for F6, if it is long
    ],
)
def test_f2_of_a_listed_prefix(
    listed: Connection, calls: int, billsec: int, fires: list[str]
) -> None:
    add(listed, to_gambia(calls, billsec=billsec))
    assert [case.reasons for case in found(listed, "F2")] == [fires] * bool(fires)


def test_f2_a_prefix_that_is_neither_listed_nor_dear(listed: Connection) -> None:
    add(listed, [a_call(n * 60, sell_rate=Decimal("0.09")) for n in range(50)])
    assert found(listed, "F2") == []
    add(listed, [a_call(n * 60, sell_rate=Decimal("0.5"), accountcode="x") for n in range(10)])
    assert keys(found(listed, "F2")) == ["x → 34650"]


@pytest.mark.parametrize(("distinct", "fires"), [(9, False), (10, True)])
def test_f2_spread_over_a_range(conn: Connection, distinct: int, fires: bool) -> None:
    rate = Decimal("0.1")
    add(
        conn,
        [
            a_call(60 * n, destination_number=f"0034650123{n % distinct:03}", sell_rate=rate)
            for n in range(12)
        ],
    )
    assert keys(found(conn, "F2")) == ["ACC-1 → 34650123xxx"] * fires


# F3


def test_f3_first_calls_to_a_dear_country(unlisted: Connection) -> None:
    conn = unlisted
    dear = {"sell_rate": Decimal("0.2")}
    add(conn, to_gambia(3, every_s=60, **dear))
    assert found(conn, "F3") == []  # an account without a history
    add(conn, [a_call(NOON - timedelta(days=8))])
    (case,) = found(conn, "F3")
    assert (case.key, case.calls) == ("ACC-1 → Gambia", 3)
    assert found(conn, "F3", calls=4) == []
    assert found(conn, "F3", dear=0.21) == []
    add(conn, [a_call(NOON - timedelta(days=9), country_id=GAMBIA)])
    assert found(conn, "F3") == []  # it has been called before


def test_f3_within_the_first_hour(conn: Connection) -> None:
    add(conn, [a_call(NOON - timedelta(days=8))])
    add(conn, to_gambia(3, every_s=1800, sell_rate=Decimal(1)))
    assert found(conn, "F3") == []
    add(conn, to_gambia(1, every_s=0, sell_rate=Decimal(1)))
    assert len(found(conn, "F3")) == 1


# F5


def test_f5_more_lines_than_the_day_before(conn: Connection) -> None:
    """Two at once for a day, then five; six are more than three above."""
    usual = [
        a_call(-80_000 + 600 * n + 30 * m, duration=60) for n in range(100) for m in (0, 1)
    ]
    add(conn, usual)
    add(conn, [a_call(n, duration=60) for n in range(5)])
    assert found(conn, "F5") == []
    add(conn, [a_call(5, duration=60)])
    (case,) = found(conn, "F5")
    assert case.facts == {"concurrent": 6, "usual": 2}
    assert found(conn, "F5", baseline_calls=1000) == []


def test_f5_more_lines_than_there_are(conn: Connection) -> None:
    add(conn, [a_call(n, duration=60) for n in range(5)])
    assert found(conn, "F5") == found(conn, "F5", channels=5) == []
    assert [case.reasons for case in found(conn, "F5", channels=4)] == [["channels"]]


# F6


@pytest.mark.parametrize(
    ("billsec", "rate", "reasons"),
    [
        (14_399, 0, []),
        (14_400, 0, ["long"]),
        (7199, 1, []),
        (7200, 1, ["dear"]),
        (14_400, 1, ["dear", "long"]),
    ],
)
def test_f6_long_calls(conn: Connection, billsec: int, rate: int, reasons: list[str]) -> None:
    add(conn, [a_call(0, billsec=billsec, sell_rate=rate)])
    assert [case.reasons for case in found(conn, "F6")] == [reasons] * bool(reasons)


# F7


def in_turn(*ends: int) -> list[dict[str, Any]]:
    return [a_call(n * 30, destination_number=f"0034650{end:06}") for n, end in enumerate(ends)]


def test_f7_the_longest_run_is_three(conn: Connection) -> None:
    add(conn, in_turn(1, 2, 3, 7, 8))
    assert found(conn, "F7", run=4) == []
    (case,) = found(conn, "F7", run=3)
    assert (case.facts, case.calls) == ({"run": 3}, 3)


@pytest.mark.parametrize(("run", "fires"), [(9, False), (10, True)])
def test_f7_ten_in_a_row(conn: Connection, run: int, fires: bool) -> None:
    add(conn, in_turn(*range(100, 100 + run)))
    assert bool(found(conn, "F7")) is fires


def test_f7_backwards_is_no_run(conn: Connection) -> None:
    add(conn, in_turn(*range(120, 100, -1)))
    assert found(conn, "F7") == []
