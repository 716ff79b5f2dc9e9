"""A database filled before 0003 stays true while it is upgraded and counted again."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, select, text

from cdrstats import aggregates
from cdrstats.db.engine import make_engine
from cdrstats.db.migrate import alembic_config, upgrade
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import (
    rollup_account_day,
    rollup_kind,
    rollup_log,
    rollup_pdd,
    rollup_route_day,
    rollup_switch,
    voip_cdr,
)

from .factories import NOON, add_call

DAY = NOON.replace(hour=0)

OLD_ROLLUPS = {
    "rollup_switch": "slot, switch_id",
    "rollup_country": "slot, switch_id, country_id",
    "rollup_cause": "slot, switch_id, hangup_cause_id",
    "rollup_customer": "user_id, slot, switch_id",
    "rollup_country_day": "slot, switch_id, country_id",
    "rollup_cause_day": "slot, switch_id, hangup_cause_id",
    "rollup_customer_country_day": "user_id, slot, switch_id, country_id",
    "rollup_customer_cause_day": "user_id, slot, switch_id, hangup_cause_id",
}
OLD_MEASURES = (
    "calls, answered, delivered, short, duration, billsec, pdd_ms, pdd_calls,"
    " buy_cost, sell_cost"
)
COUNTED = """
    SELECT
        date_bin('15 minutes', starting_date, '2000-01-01 00:00+00') AS slot,
        user_id, switch_id, country_id, hangup_cause_id, count(*) AS calls,
        count(*) FILTER (WHERE answered) AS answered,
        count(*) FILTER (WHERE answered OR hangup_cause_id = 17) AS delivered,
        count(*) FILTER (WHERE answered AND billsec BETWEEN 1 AND 6) AS short,
        sum(duration) AS duration, sum(billsec) AS billsec,
        coalesce(sum(pdd_ms), 0) AS pdd_ms, count(pdd_ms) AS pdd_calls,
        sum(buy_cost) AS buy_cost, sum(sell_cost) AS sell_cost
    FROM voip_cdr
    GROUP BY 1, 2, 3, 4, 5
"""
ARRAYS = f"user_id, switch_id, country_id, hangup_cause_id, {OLD_MEASURES}".split(", ")


def add_old_call(conn: Connection, **given: Any) -> None:
    """A call as version 0002 stored it: without what 0003 adds."""
    call = {
        "starting_date": NOON,
        "dedup_key": uuid.uuid4(),
        "hangup_cause_id": 16,
        "duration": 70,
        "billsec": 60,
        "answered": given.get("billsec", 60) > 0,
    } | given
    names = ", ".join(call)
    values = ", ".join(f":{name}" for name in call)
    conn.execute(text(f"INSERT INTO voip_cdr ({names}) VALUES ({values})"), call)


def count_as_before(conn: Connection) -> None:
    """The roll-ups of version 0002, all of them, by plain SQL."""
    for table, keys in OLD_ROLLUPS.items():
        day = "date_trunc('day', slot, 'UTC')"
        given = keys.replace("slot", day) if table.endswith("_day") else keys
        sums = ", ".join(f"sum({name})" for name in OLD_MEASURES.split(", "))
        conn.execute(
            text(
                f"INSERT INTO {table} ({keys}, {OLD_MEASURES})"
                f" SELECT {given}, {sums} FROM ({COUNTED}) AS c GROUP BY {given}"
            )
        )
    arrays = ", ".join(f"array_agg({name})" for name in ARRAYS)
    conn.execute(
        text(
            f"INSERT INTO rollup_counted (slot, counted_at, {', '.join(ARRAYS)})"
            f" SELECT slot, now(), {arrays} FROM ({COUNTED}) AS c GROUP BY slot"
        )
    )


@pytest.fixture
def upgraded(empty_database: str) -> Iterator[Engine]:
    """A database of version 0002 with calls and roll-ups, brought up to this version."""
    command.upgrade(alembic_config(empty_database), "0002")
    engine = make_engine(empty_database, "tests")
    make_months(engine, [DAY.replace(day=1)])
    with engine.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO hangup_cause (id, enumeration, cause, delivered)"
                " VALUES (17, 'USER_BUSY', 'Busy', true)"
            )
        )
        add_old_call(conn, user_id=1, country_id=724, dialcode_id=34, accountcode="a")
        add_old_call(conn, user_id=1, country_id=724, billsec=300, direction=1, pdd_ms=1500)
        add_old_call(conn, hangup_cause_id=17, billsec=0, duration=9, sell_cost="0.25")
        later = NOON + timedelta(hours=30)
        quality = '{"mos": 4.4, "sip_term_status": "200", "billed_seconds": 120}'
        add_old_call(conn, starting_date=later, switch_id=2, data=quality)
        nonsense = (
            '{"mos": "excellent", "sip_term_status": "SIP/2.0 200", "billed_seconds": -1}'
        )
        add_old_call(conn, starting_date=later, switch_id=2, data=nonsense)
        count_as_before(conn)
        # Counted as having none any more.
        empty = DAY + timedelta(hours=1)
        conn.execute(
            text("INSERT INTO rollup_counted (slot, counted_at) VALUES (:slot, now())"),
            {"slot": empty},
        )
    engine.dispose()
    upgrade(empty_database)
    yield engine
    engine.dispose()


def test_the_rollups_are_true_before_and_after_they_are_counted_again(
    upgraded: Engine,
) -> None:
    with upgraded.begin() as conn:
        assert aggregates.verify(conn) == []
        before = conn.execute(
            select(rollup_switch.c.slot, rollup_switch.c.calls, rollup_switch.c.billsec)
        ).all()
        noted = set(conn.execute(select(rollup_log.c.slot)).scalars())
        assert noted == {row.slot for row in before}

        assert aggregates.refresh(conn) == 2
        assert aggregates.verify(conn) == []
        after = conn.execute(
            select(rollup_switch.c.slot, rollup_switch.c.calls, rollup_switch.c.billsec)
        ).all()
        assert sorted(after) == sorted(before)


def test_what_was_not_counted_before_is_there_afterwards(upgraded: Engine) -> None:
    with upgraded.begin() as conn:
        aggregates.refresh(conn)
        routes = select(
            rollup_route_day.c.dialcode_id, rollup_route_day.c.calls, rollup_route_day.c.longest
        ).where(rollup_route_day.c.slot == DAY)
        assert sorted(conn.execute(routes).all()) == [(0, 1, 0), (0, 1, 300), (34, 1, 60)]
        accounts = select(rollup_account_day.c.accountcode, rollup_account_day.c.calls)
        assert sorted(conn.execute(accounts).all()) == [("", 1), ("", 1), ("", 2), ("a", 1)]
        directions = select(rollup_kind.c.direction, rollup_kind.c.calls)
        assert sorted(conn.execute(directions).all()) == [(0, 2), (0, 2), (1, 1)]
        assert conn.execute(select(rollup_pdd.c.bin, rollup_pdd.c.calls)).all() == [(35, 1)]


def test_calls_whose_record_told_of_their_quality_have_it_now(upgraded: Engine) -> None:
    with upgraded.begin() as conn:
        told = select(voip_cdr.c.mos, voip_cdr.c.sip_status, voip_cdr.c.billed_s)
        known = [row for row in conn.execute(told) if any(value is not None for value in row)]
        assert known == [(Decimal("4.4"), 200, 120)]
        aggregates.refresh(conn)
        sums = select(
            rollup_switch.c.mos, rollup_switch.c.mos_calls, rollup_switch.c.sip_ok,
            rollup_switch.c.billed, rollup_switch.c.billed_calls,
        ).where(rollup_switch.c.switch_id == 2)  # fmt: skip
        assert conn.execute(sums).one() == (Decimal("4.4"), 1, 1, 120, 1)


def test_no_cause_blocks_until_an_operator_says_so(upgraded: Engine) -> None:
    with upgraded.begin() as conn:
        assert not conn.execute(text("SELECT bool_or(blocked) FROM hangup_cause")).scalar_one()


def test_the_small_tables_are_filled_from_what_was_counted(fresh_engine: Engine) -> None:
    """0006, over roll-ups as version 0005 left them."""
    statements = resources.files("cdrstats.db.migrations").joinpath("versions/0006_months.sql")
    keys = {"country_id": 724, "dialcode_id": 34, "carrier_id": 3, "switch_id": 1}
    with fresh_engine.begin() as conn:
        for code, billsec in (("a", 60), ("a", 0), ("b", 300), ("", 6)):
            add_call(conn, accountcode=code, billsec=billsec, user_id=1, **keys)
        add_call(conn, starting_date=NOON + timedelta(days=1), mos="4.25", buy_cost="0.1")
        aggregates.rebuild(conn)
        aggregates.refresh(conn)
        add_call(conn)
        aggregates.note_changed(conn, [NOON])  # and waits
        for name in ("country_cause_day", "carrier_day", "country_month", "route_month"):
            conn.execute(text(f"DROP TABLE rollup_{name}"))
        conn.execute(text("DROP INDEX rollup_route_day_dialcode_id_idx"))
        conn.exec_driver_sql(statements.read_text("utf-8"))
        assert aggregates.verify(conn) == []
        assert aggregates.refresh(conn) == 1
        assert aggregates.verify(conn) == []
