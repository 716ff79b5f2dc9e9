"""Calls that rules of fraud look at, and what they find in them."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert

from cdrstats import fraud
from cdrstats.clock import Window
from cdrstats.db.schema import voip_cdr
from cdrstats.fraud import Asked, Case, Found
from cdrstats.fraud.backtest import backtest
from cdrstats.settings import read_settings

from .factories import NOON

DAY = Window(NOON - timedelta(days=7), NOON + timedelta(days=7))
NIGHT = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
SPAIN, GAMBIA = 724, 270


def a_call(at: datetime | float, **given: Any) -> dict[str, Any]:
    """An outgoing call to Spain, answered for a minute, so many seconds after noon."""
    start = at if isinstance(at, datetime) else NOON + timedelta(seconds=at)
    call = {
        "starting_date": start,
        "dedup_key": uuid.uuid4(),
        "user_id": 0,
        "direction": 2,
        "call_type": 0,
        "country_id": SPAIN,
        "dialcode_id": 34,
        "hangup_cause_id": 16,
        "caller_id_number": "910500001",
        "destination_number": "0034650123456",
        "billsec": 60,
        "accountcode": "ACC-1",
        "carrier_id": 0,
        "cdr_source_type": 0,
        "buy_rate": 0,
        "sell_rate": 0,
        "buy_cost": 0,
        "sell_cost": 0,
        "pdd_ms": None,
        "sip_status": None,
        "data": None,
    } | given
    digits = call["destination_number"].removeprefix("00")
    call.setdefault("destination_e164", digits if len(digits) > 6 else "")
    call.setdefault("answered", call["billsec"] > 0)
    call.setdefault("duration", call["billsec"] + 10)
    return call


def add(conn: Connection, calls: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Store calls, each as it came in: in one order, one after the other."""
    rows = list(calls)
    for start in range(0, len(rows), 5000):
        conn.execute(insert(voip_cdr), rows[start : start + 5000])
    return rows


def asked(rule: str, **thresholds: Any) -> Asked:
    found = fraud.rule_named(rule)
    return Asked(found, found.thresholds(thresholds))


def found(conn: Connection, rule: str, window: Window = DAY, **thresholds: Any) -> list[Found]:
    """The cases of one rule in all calls."""
    tested = backtest(conn, [asked(rule, **thresholds)], window, "UTC")
    assert tested.troubles == {}
    return tested.found


def evaluate(engine: Engine, now: datetime = NOON, **variables: str) -> list[Case]:
    return fraud.evaluate(engine, read_settings(variables), now)
