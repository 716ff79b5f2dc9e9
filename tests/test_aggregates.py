"""Roll-ups say what the calls say, whatever happens to the calls."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, update

from cdrstats import aggregates
from cdrstats.aggregates.reading import DAYS, MONTHS, QUARTERS
from cdrstats.clock import SLOT, Window
from cdrstats.db.schema import (
    rollup_cause_day,
    rollup_counted,
    rollup_country,
    rollup_country_day,
    rollup_customer,
    rollup_customer_cause_day,
    rollup_customer_country_day,
    rollup_log,
    rollup_switch,
    voip_cdr,
)

from .factories import NOON, add_call

DAY = NOON.replace(hour=0)


def calls(conn: Connection, table: Table = rollup_switch) -> list[tuple[Any, ...]]:
    """Keys, in the order of the table, calls and billsec of every row."""
    columns = [*table.primary_key, table.c.calls, table.c.billsec]
    return [tuple(row) for row in conn.execute(select(*columns).order_by(*columns))]


def counted(conn: Connection, *moments: datetime) -> int:
    aggregates.note_changed(conn, moments or [NOON])
    return aggregates.refresh(conn)


def test_a_slot_includes_its_start_and_excludes_its_end(conn: Connection) -> None:
    last = NOON + SLOT - timedelta(microseconds=1)
    for start in (NOON - timedelta(microseconds=1), NOON, last, NOON + SLOT):
        add_call(conn, starting_date=start)

    assert counted(conn, NOON) == 1
    assert calls(conn) == [(NOON, 0, 2, 120)]
    assert counted(conn, last, NOON + SLOT, NOON - timedelta(seconds=1)) == 3
    assert calls(conn) == [(NOON - SLOT, 0, 1, 60), (NOON, 0, 2, 120), (NOON + SLOT, 0, 1, 60)]
    assert calls(conn, rollup_country_day) == [(DAY, 0, 0, 4, 240)]


def test_a_day_ends_at_midnight_utc(conn: Connection) -> None:
    midnight = DAY + timedelta(days=1)
    add_call(conn, starting_date=midnight - timedelta(microseconds=1))
    add_call(conn, starting_date=midnight)

    assert counted(conn, midnight, midnight - timedelta(seconds=1)) == 2
    assert calls(conn, rollup_cause_day) == [(DAY, 0, 16, 1, 60), (midnight, 0, 16, 1, 60)]


def test_every_rollup_counts_by_its_own_keys(conn: Connection) -> None:
    add_call(conn, user_id=1, switch_id=2, country_id=34, hangup_cause_id=16)
    add_call(conn, user_id=5, switch_id=2, country_id=34, hangup_cause_id=17, billsec=0)
    counted(conn)

    assert calls(conn) == [(NOON, 2, 2, 60)]
    assert calls(conn, rollup_country) == [(NOON, 2, 34, 2, 60)]
    assert calls(conn, rollup_customer) == [(1, NOON, 2, 1, 60), (5, NOON, 2, 1, 0)]
    assert calls(conn, rollup_country_day) == [(DAY, 2, 34, 2, 60)]
    assert calls(conn, rollup_cause_day) == [(DAY, 2, 16, 1, 60), (DAY, 2, 17, 1, 0)]
    assert calls(conn, rollup_customer_country_day) == [
        (1, DAY, 2, 34, 1, 60),
        (5, DAY, 2, 34, 1, 0),
    ]
    assert calls(conn, rollup_customer_cause_day) == [
        (1, DAY, 2, 16, 1, 60),
        (5, DAY, 2, 17, 1, 0),
    ]


def test_refreshing_twice_changes_nothing(conn: Connection) -> None:
    add_call(conn)
    counted(conn)
    before = calls(conn), calls(conn, rollup_country_day)

    assert counted(conn) == 1
    assert (calls(conn), calls(conn, rollup_country_day)) == before
    assert aggregates.refresh(conn) == 0


def test_a_call_deleted_by_hand_leaves_the_rollups_once_its_slot_is_noted(
    conn: Connection,
) -> None:
    add_call(conn, country_id=34)
    gone = add_call(conn, country_id=44)
    counted(conn)
    conn.execute(delete(voip_cdr).where(voip_cdr.c.dedup_key == gone["dedup_key"]))
    counted(conn)

    assert calls(conn, rollup_country) == [(NOON, 0, 34, 1, 60)]
    assert calls(conn, rollup_country_day) == [(DAY, 0, 34, 1, 60)]
    assert aggregates.verify(conn) == []


def test_the_last_call_of_a_slot_leaves_nothing_behind(conn: Connection) -> None:
    add_call(conn)
    counted(conn)
    conn.execute(delete(voip_cdr))
    counted(conn)

    assert calls(conn) == []
    assert calls(conn, rollup_customer_cause_day) == []
    add_call(conn)
    counted(conn)
    assert calls(conn, rollup_customer_cause_day) == [(0, DAY, 0, 16, 1, 60)]


def test_a_call_moves_between_slots_and_days(conn: Connection) -> None:
    add_call(conn)
    counted(conn)
    later = NOON + timedelta(days=1)
    conn.execute(update(voip_cdr).values(starting_date=later))
    counted(conn, NOON, later)

    assert calls(conn) == [(later, 0, 1, 60)]
    assert calls(conn, rollup_country_day) == [(DAY + timedelta(days=1), 0, 0, 1, 60)]


def test_a_call_that_changes_its_owner_is_the_new_ones(conn: Connection) -> None:
    add_call(conn, user_id=1)
    counted(conn)
    conn.execute(update(voip_cdr).values(user_id=2))
    counted(conn)

    assert calls(conn, rollup_customer) == [(2, NOON, 0, 1, 60)]
    assert calls(conn, rollup_customer_country_day) == [(2, DAY, 0, 0, 1, 60)]


def test_only_so_many_slots_are_counted_at_once_oldest_first(conn: Connection) -> None:
    starts = [NOON + n * SLOT for n in range(5)]
    for start in starts:
        add_call(conn, starting_date=start)
    aggregates.note_changed(conn, starts * 3)

    assert aggregates.refresh(conn, limit=2) == 2
    assert [row[0] for row in calls(conn)] == starts[:2]
    assert aggregates.refresh(conn, limit=9) == 3
    assert aggregates.verify(conn) == []


def test_thousands_of_slots_are_noted_in_one_statement(conn: Connection) -> None:
    first = datetime(2020, 1, 1, tzinfo=UTC)
    aggregates.note_slots(conn, [first + n * SLOT for n in range(20_000)])
    aggregates.note_slots(conn, [])
    assert aggregates.lag(conn).waiting == 20_000


def test_lag_tells_the_oldest_note(conn: Connection) -> None:
    assert aggregates.lag(conn) == aggregates.Lag(0, None)
    aggregates.note_changed(conn, [NOON])
    noted_at = conn.execute(select(rollup_log.c.noted_at)).scalar_one()
    aggregates.note_changed(conn, [NOON, NOON + SLOT])
    assert aggregates.lag(conn) == aggregates.Lag(3, noted_at)


def test_rebuilding_notes_what_has_calls_or_counts(conn: Connection) -> None:
    add_call(conn)
    counted(conn)
    conn.execute(delete(voip_cdr))
    add_call(conn, starting_date=NOON + 4 * SLOT)
    add_call(conn, starting_date=NOON + timedelta(days=3))

    assert aggregates.rebuild(conn, Window(NOON, NOON + timedelta(days=1))) == 2
    aggregates.refresh(conn)
    assert [row[0] for row in calls(conn)] == [NOON + 4 * SLOT]
    assert aggregates.rebuild(conn) == 3  # with the one that was counted as having none


def test_verify_names_each_figure_that_is_wrong(conn: Connection) -> None:
    add_call(conn, switch_id=3, country_id=34)
    counted(conn)
    conn.execute(update(rollup_country).values(billsec=61, buy_cost="0.5"))
    conn.execute(delete(rollup_customer_cause_day))

    found = {(d.table, d.column): (d.stored, d.true) for d in aggregates.verify(conn)}
    assert found.pop(("rollup_country", "billsec")) == (61, 60)
    assert found.pop(("rollup_country", "buy_cost")) == (Decimal("0.5"), 0)
    assert found == {
        ("rollup_customer_cause_day", "calls"): (None, 1),
        ("rollup_customer_cause_day", "answered"): (None, 1),
        ("rollup_customer_cause_day", "delivered"): (None, 1),
        ("rollup_customer_cause_day", "duration"): (None, 70),
        ("rollup_customer_cause_day", "billsec"): (None, 60),
        ("rollup_customer_cause_day", "longest"): (None, 60),
    }


def test_verify_finds_a_call_that_nobody_noted(conn: Connection) -> None:
    add_call(conn, hangup_cause_id=17, billsec=0, pdd_ms=400)
    found = {difference.table for difference in aggregates.verify(conn)}
    assert found == {
        *(table.name for table in (*QUARTERS, *DAYS)),
        "rollup_counted",
        "rollup_pdd",
    }
    difference = aggregates.verify(conn)[0]
    row = difference.as_row()
    assert {name for name, value in row.items() if value is None} == {
        *("user_id", "country_id", "hangup_cause_id", "carrier_id", "dialcode_id"),
        *("accountcode", "direction", "call_type", "cdr_source_type", "bin", "stored"),
    }
    assert {name: value for name, value in row.items() if value is not None} == {
        "table": "rollup_switch",
        "slot": NOON,
        "switch_id": 0,
        "column": "calls",
        "true": 1,
    }


def test_verify_does_not_expect_what_still_waits(conn: Connection) -> None:
    add_call(conn)
    counted(conn)
    add_call(conn)
    aggregates.note_changed(conn, [NOON])
    assert aggregates.verify(conn) == []

    conn.execute(update(rollup_country_day).values(calls=7))
    assert [(d.stored, d.true) for d in aggregates.verify(conn)] == [(7, 1)]


def test_repair_mends_days_whatever_was_done_to_them(conn: Connection) -> None:
    for start in (NOON, NOON + 3 * SLOT, NOON + timedelta(days=1)):
        add_call(conn, starting_date=start, user_id=4)
    counted(conn, NOON, NOON + 3 * SLOT, NOON + timedelta(days=1))
    conn.execute(update(rollup_customer_country_day).values(calls=9, user_id=77))
    conn.execute(delete(rollup_counted))
    conn.execute(update(rollup_switch).values(slot=rollup_switch.c.slot + timedelta(minutes=1)))

    assert aggregates.repair(conn, aggregates.verify(conn)) == 2
    assert aggregates.verify(conn) == []
    assert len(calls(conn)) == 3


def test_a_month_is_held_against_its_days_and_added_up_again(conn: Connection) -> None:
    add_call(conn, dialcode_id=34)
    counted(conn)
    for table in MONTHS:
        conn.execute(update(table).values(billsec=61))
    found = aggregates.verify(conn)
    assert {(d.table, d.slot, d.column, d.stored, d.true) for d in found} == {
        (table.name, DAY.replace(day=1), "billsec", 61, 60) for table in MONTHS
    }
    aggregates.repair(conn, found)
    assert aggregates.verify(conn) == []


def test_a_month_without_calls_has_no_row(conn: Connection) -> None:
    call = add_call(conn)
    counted(conn)
    conn.execute(delete(voip_cdr).where(voip_cdr.c.dedup_key == call["dedup_key"]))
    counted(conn)
    for table in (*DAYS, *MONTHS):
        assert conn.execute(select(table)).all() == []


def test_any_history_of_changes_comes_right(conn: Connection) -> None:
    dice = random.Random(7)
    for _ in range(25):
        for _ in range(dice.randrange(6)):
            start = NOON + timedelta(days=20, minutes=dice.randrange(3 * 24 * 60))
            keys: dict[str, Any] = {
                key: dice.randrange(2) for key in ("user_id", "switch_id", "country_id")
            }
            money = Decimal(dice.randrange(10_000)) / 10_000
            keys["carrier_id"] = dice.randrange(2)
            keys["accountcode"] = dice.choice(["", "A"])
            add_call(
                conn,
                starting_date=start,
                billsec=dice.randrange(9),
                buy_cost=money,
                pdd_ms=dice.choice([None, 40, 2000]),
                mos=dice.choice([None, Decimal("4.1")]),
                **keys,
            )
            aggregates.note_changed(conn, [start])
        some = select(voip_cdr.c.dedup_key).order_by(func.random()).limit(dice.randrange(4))
        gone = delete(voip_cdr).where(voip_cdr.c.dedup_key.in_(some))
        moments = conn.execute(gone.returning(voip_cdr.c.starting_date)).scalars()
        aggregates.note_changed(conn, moments)
        aggregates.refresh(conn, limit=dice.randrange(1, 9))
    while aggregates.refresh(conn):
        pass
    assert aggregates.verify(conn) == []
