"""The histograms of post-dial delays: where a bin begins, and what is in it."""

import random
from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, func, literal, select, update

from cdrstats import aggregates
from cdrstats.aggregates.histogram import SHORTEST, bin_of, edges_of
from cdrstats.db.schema import rollup_pdd, rollup_pdd_day, voip_cdr

from .factories import NOON, add_call

DAY = NOON.replace(hour=0)


def holds(bin_: int, delay_ms: int) -> bool:
    """The rule, word for word, in exact numbers."""
    if bin_ == -1:
        return delay_ms < 50
    ratio = Fraction(11, 10)
    return 50 * ratio**bin_ <= delay_ms < 50 * ratio ** (bin_ + 1)


def counted(conn: Connection, *moments: datetime) -> None:
    aggregates.note_changed(conn, moments or [NOON])
    while aggregates.refresh(conn):
        pass


def rows(conn: Connection, table: Table) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in conn.execute(select(table).order_by(*table.primary_key))]


def test_bins_begin_at_fifty_milliseconds_and_grow_by_a_tenth() -> None:
    assert edges_of(SHORTEST) == (0, 50)
    assert edges_of(0) == pytest.approx((50, 55))
    assert edges_of(1) == pytest.approx((55, 60.5))
    assert all(edges_of(n)[1] == edges_of(n + 1)[0] for n in range(-1, 150))


def test_every_delay_is_in_the_bin_that_the_rule_says(conn: Connection) -> None:
    dice = random.Random(3)
    delays = [0, 1, 49, 50, 54, 55, 60, 61, 2**31 - 1]
    delays += [int(50 * Fraction(11, 10) ** n) + near for n in range(150) for near in (0, 1)]
    delays += [dice.randrange(100_000) for _ in range(500)]
    given = func.unnest(literal(delays)).table_valued("delay", name="given").render_derived()
    found = conn.execute(select(given.c.delay, bin_of(given.c.delay))).all()

    assert len(found) == len(delays)
    assert [row for row in found if not holds(row[1], row[0])] == []


def test_calls_are_counted_by_quarter_hour_day_switch_and_bin(conn: Connection) -> None:
    later = NOON + timedelta(hours=2)
    for start, switch_id, pdd_ms in [
        *((NOON, 1, delay) for delay in (0, 49, 50, 54, 55)),
        (NOON, 2, 52),
        (later, 1, 54),
        (NOON, 1, None),
    ]:
        add_call(conn, starting_date=start, switch_id=switch_id, pdd_ms=pdd_ms)
    counted(conn, NOON, later)

    assert rows(conn, rollup_pdd) == [
        (NOON, 1, -1, 2),
        (NOON, 1, 0, 2),
        (NOON, 1, 1, 1),
        (NOON, 2, 0, 1),
        (later, 1, 0, 1),
    ]
    assert rows(conn, rollup_pdd_day) == [
        (DAY, 1, -1, 2),
        (DAY, 1, 0, 3),
        (DAY, 1, 1, 1),
        (DAY, 2, 0, 1),
    ]


def test_histograms_follow_whatever_happens_to_the_calls(conn: Connection) -> None:
    dice = random.Random(5)
    for _ in range(12):
        moments = [
            NOON + timedelta(minutes=dice.randrange(2 * 24 * 60))
            for _ in range(dice.randrange(8))
        ]
        for moment in moments:
            delay = dice.choice([None, 0, 49, 50, 700, 5000])
            add_call(conn, starting_date=moment, switch_id=dice.randrange(2), pdd_ms=delay)
        some = select(voip_cdr.c.dedup_key).order_by(func.random()).limit(dice.randrange(3))
        gone = delete(voip_cdr).where(voip_cdr.c.dedup_key.in_(some))
        left = list(conn.execute(gone.returning(voip_cdr.c.starting_date)).scalars())
        counted(conn, *moments, *left, NOON)

    truth: Counter[tuple[Any, ...]] = Counter()
    for call in conn.execute(select(voip_cdr)):
        if call.pdd_ms is not None:
            (bin_,) = [n for n in range(-1, 60) if holds(n, call.pdd_ms)]
            day = call.starting_date.replace(hour=0, minute=0)
            truth[day, call.switch_id, bin_] += 1
    assert {row[:-1]: row[-1] for row in rows(conn, rollup_pdd_day)} == truth
    assert aggregates.verify(conn) == []


def test_verify_and_repair_know_the_histograms(conn: Connection) -> None:
    add_call(conn, pdd_ms=50)
    counted(conn)
    conn.execute(update(rollup_pdd).values(calls=4))
    conn.execute(delete(rollup_pdd_day))

    found = aggregates.verify(conn)
    assert [(d.table, d.keys, d.column, d.stored, d.true) for d in found] == [
        ("rollup_pdd", {"switch_id": 0, "bin": 0}, "calls", 4, 1),
        ("rollup_pdd_day", {"switch_id": 0, "bin": 0}, "calls", None, 4),
    ]
    assert aggregates.repair(conn, found) == 1
    assert aggregates.verify(conn) == []


def test_what_waits_is_no_difference(conn: Connection) -> None:
    add_call(conn, pdd_ms=50)
    counted(conn)
    add_call(conn, pdd_ms=70)
    aggregates.note_changed(conn, [NOON])
    assert aggregates.verify(conn) == []
