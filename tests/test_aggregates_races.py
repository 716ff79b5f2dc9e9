"""Roll-ups and their log while others write, refresh and roll back at the same time."""

import random
import threading
import uuid
from datetime import timedelta
from select import select as ready
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, select, text

from cdrstats import aggregates
from cdrstats.aggregates.draining import drain
from cdrstats.clock import SLOT
from cdrstats.db.schema import (
    rollup_switch,
    voip_cdr,
)

from .factories import NOON, add_call

DAY = NOON.replace(hour=0)


def calls(conn: Connection, table: Table = rollup_switch) -> list[tuple[Any, ...]]:
    """Keys, in the order of the table, calls and billsec of every row."""
    columns = [*table.primary_key, table.c.calls, table.c.billsec]
    return [tuple(row) for row in conn.execute(select(*columns).order_by(*columns))]


def test_a_call_committed_during_a_refresh_is_counted_by_the_next(
    fresh_engine: Engine,
) -> None:
    with fresh_engine.begin() as conn:
        add_call(conn)
        aggregates.note_changed(conn, [NOON])

    slow = fresh_engine.connect()
    add_call(slow)  # same slot, not committed yet
    aggregates.note_changed(slow, [NOON])
    with fresh_engine.begin() as conn:
        assert aggregates.refresh(conn) == 1
        assert calls(conn) == [(NOON, 0, 1, 60)]
    slow.commit()
    slow.close()

    with fresh_engine.begin() as conn:
        assert aggregates.refresh(conn) == 1
        assert calls(conn) == [(NOON, 0, 2, 120)]


def test_a_refresh_that_is_rolled_back_keeps_its_notes(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_call(conn)
        aggregates.note_changed(conn, [NOON])
    with fresh_engine.connect() as conn:
        assert aggregates.refresh(conn) == 1
        conn.rollback()
    assert drain(fresh_engine) == 1
    with fresh_engine.begin() as conn:
        assert aggregates.verify(conn) == []


def test_the_second_of_two_refreshers_waits_and_finds_nothing_left(
    fresh_engine: Engine,
) -> None:
    with fresh_engine.begin() as conn:
        add_call(conn)
        aggregates.note_changed(conn, [NOON])

    first = fresh_engine.connect()
    assert aggregates.refresh(first) == 1
    found: list[int] = []

    def refresh() -> None:
        with fresh_engine.begin() as conn:
            found.append(aggregates.refresh(conn))

    second = threading.Thread(target=refresh)
    second.start()
    second.join(0.3)
    assert second.is_alive()
    first.commit()
    first.close()
    second.join(10)
    assert found == [0]


def test_writers_and_refreshers_at_once_agree_in_the_end(fresh_engine: Engine) -> None:
    errors: list[BaseException] = []

    def write(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(15):
            with fresh_engine.begin() as conn:
                moments = [NOON + timedelta(minutes=dice.randrange(300)) for _ in range(8)]
                for moment in moments:
                    add_call(conn, starting_date=moment, user_id=dice.randrange(3))
                aggregates.note_changed(conn, moments)
                if dice.random() < 0.4:
                    doomed = (
                        select(voip_cdr.c.dedup_key).limit(1).with_for_update(skip_locked=True)
                    )
                    gone = delete(voip_cdr).where(voip_cdr.c.dedup_key.in_(doomed))
                    gone_at = conn.execute(gone.returning(voip_cdr.c.starting_date)).scalars()
                    aggregates.note_changed(conn, gone_at)

    def refresh(seed: int) -> None:
        for _ in range(25):
            with fresh_engine.begin() as conn:
                aggregates.refresh(conn, limit=seed)

    def watched(work: Any, seed: int) -> None:
        try:
            work(seed)
        except BaseException as exc:
            errors.append(exc)
            raise

    threads = [threading.Thread(target=watched, args=(write, n)) for n in range(2)]
    threads += [threading.Thread(target=watched, args=(refresh, n)) for n in (1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []

    drain(fresh_engine)
    with fresh_engine.begin() as conn:
        assert aggregates.verify(conn) == []
        total = conn.execute(select(func.sum(rollup_switch.c.calls))).scalar_one()
        assert total == conn.execute(select(func.count()).select_from(voip_cdr)).scalar_one()


def test_draining_stops_between_batches(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        starts = [NOON + n * SLOT for n in range(200)]
        for start in starts:
            add_call(conn, starting_date=start, dedup_key=uuid.uuid4())
        aggregates.note_changed(conn, starts)
    told: list[int] = []
    assert drain(fresh_engine, stop=lambda: bool(told), progress=told.append) == told[0] == 96
    assert drain(fresh_engine) == 104


def test_a_noted_slot_wakes_the_job_process(fresh_engine: Engine) -> None:
    with fresh_engine.connect() as listener:
        listener.execute(text("LISTEN cdrstats"))
        listener.commit()
        with fresh_engine.begin() as conn:
            aggregates.note_changed(conn, [NOON])
        raw: Any = listener.connection.driver_connection
        assert ready([raw], [], [], 5)[0]
        raw.poll()
        assert [notice.payload for notice in raw.notifies] == ["rollup"]
