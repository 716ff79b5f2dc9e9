"""The job that writes downloads: whole or not at all, ended, stopped, killed."""

import contextlib
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text, update

from cdrstats import downloads
from cdrstats.db.schema import download
from cdrstats.downloads import Download, writing
from cdrstats.errors import BadRequest
from cdrstats.folders import RESERVE_BYTES

from .downloads import (
    ANA,
    BEN,
    BOB,
    DAY,
    STRANGER,
    add_five_calls,
    as_it_stands,
    asked,
    exported,
    files_in,
    never,
)
from .factories import NOON, add_call
from .waiting import eventually

KEPT = timedelta(days=7)
"""As long as nobody sets it otherwise."""
MANY = 20_000
FORMATS = ("csv", "jsonl", "json", "xlsx", "parquet")


@pytest.fixture
def calls(fresh_engine: Engine) -> Engine:
    add_five_calls(fresh_engine)
    return fresh_engine


@pytest.fixture
def many_calls(fresh_engine: Engine) -> Engine:
    with fresh_engine.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO voip_cdr (starting_date, dedup_key, destination_number)"
                " SELECT CAST(:noon AS timestamptz) + n * interval '1 s',"
                " md5(n::text)::uuid, n::text FROM generate_series(1, :many) n"
            ),
            {"noon": NOON, "many": MANY},
        )
    return fresh_engine


# Writing


@pytest.mark.parametrize("kind", FORMATS)
def test_a_download_is_what_the_page_exports(calls: Engine, tmp_path: Path, kind: Any) -> None:
    one = asked(calls, kind=kind)
    assert downloads.write_waiting(calls, tmp_path, never) == 1
    row = as_it_stands(calls, one)
    path = downloads.path_of(tmp_path, one.id, kind)
    assert (row.state, row.rows_done, row.rows_expected) == ("done", 5, 5)
    assert (row.bytes, row.error) == (path.stat().st_size, None)
    assert row.started_at <= row.finished_at == row.expires_at - KEPT
    assert files_in(tmp_path) == [f"{one.id}.{kind}"]
    if kind != "xlsx":  # a workbook holds the time at which it was made
        assert path.read_bytes() == exported(calls, kind)
    assert downloads.write_waiting(calls, tmp_path, never) == 0


def test_a_customers_download_holds_its_calls_alone(calls: Engine, tmp_path: Path) -> None:
    bobs, nobodys = asked(calls, BOB), asked(calls, STRANGER)
    assert downloads.write_waiting(calls, tmp_path, never) == 2
    of_bob = downloads.path_of(tmp_path, bobs.id, "csv").read_bytes()
    assert of_bob == exported(calls, "csv", BOB.scope)
    assert of_bob.count(b"\n") == 2  # the header, and the one of the five that is Bob's
    assert as_it_stands(calls, nobodys).rows_done == 0


def test_columns_and_filters_are_those_of_the_query(calls: Engine, tmp_path: Path) -> None:
    query = f"{DAY}&columns=Start&columns=Duration&where=duration+%3E%3D+71"
    with calls.begin() as conn:
        add_call(conn, duration=71)
    one = asked(calls, query=query)
    downloads.write_waiting(calls, tmp_path, never)
    lines = downloads.path_of(tmp_path, one.id, "csv").read_text().splitlines()
    assert lines == ["starting_date,duration", "2026-03-10 12:00:00+00,71"]


def test_a_moving_period_is_that_of_the_asking(calls: Engine, tmp_path: Path) -> None:
    one, later = asked(calls, query="period=24h"), asked(calls, query="period=24h")
    with calls.begin() as conn:
        for which, at in ((one, NOON), (later, NOON + 2 * timedelta(days=1))):
            moved = update(download).where(download.c.id == which.id)
            conn.execute(moved.values(asked_at=at))
    downloads.write_waiting(calls, tmp_path, never)
    assert as_it_stands(calls, one).rows_done == 5
    assert as_it_stands(calls, later).rows_done == 0


def test_what_makes_no_sense_any_more_fails_with_the_sentence(
    calls: Engine, tmp_path: Path
) -> None:
    with calls.begin() as conn:
        conn.execute(text("INSERT INTO customer (name) VALUES ('Acme')"))
    one, good = asked(calls, query="customer=Acme"), asked(calls)
    with calls.begin() as conn:
        conn.execute(text("DELETE FROM customer WHERE name = 'Acme'"))
    assert downloads.write_waiting(calls, tmp_path, never) == 1
    row = as_it_stands(calls, one)
    assert (row.state, row.error) == ("failed", "There is no customer called 'Acme'.")
    assert row.expires_at == row.finished_at + KEPT
    assert files_in(tmp_path) == [f"{good.id}.csv"]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_full_disk_fails_it_and_leaves_nothing(
    calls: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    free = shutil.disk_usage("/")._replace(free=RESERVE_BYTES - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    one = asked(calls, kind=kind)
    assert downloads.write_waiting(calls, tmp_path, never) == 0
    row = as_it_stands(calls, one)
    assert (row.state, "room on the disk" in row.error) == ("failed", True)
    assert files_in(tmp_path) == []


def test_who_has_nothing_running_comes_before_who_has(fresh_engine: Engine) -> None:
    first, second, third = asked(fresh_engine), asked(fresh_engine), asked(fresh_engine, BEN)
    begun = [writing._begun(fresh_engine) for _ in range(4)]
    assert [one and one.id for one in begun] == [first.id, third.id, second.id, None]


# Ended


@contextlib.contextmanager
def under_way(engine: Engine, folder: Path, stop: threading.Event) -> Iterator[list[int]]:
    """The job in a thread; what it returned, afterwards."""
    done: list[int] = []
    thread = threading.Thread(
        target=lambda: done.append(downloads.write_waiting(engine, folder, stop.is_set))
    )
    thread.start()
    try:
        yield done
    finally:
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is written, and told of, in many steps, so that it is met on the way."""
    monkeypatch.setattr("cdrstats.calls.exporting.parquet.ROW_GROUP", 200)
    monkeypatch.setattr("cdrstats.downloads.writing.LOOK_S", 0.02)


def half_way(engine: Engine, one: Download) -> bool:
    return 0 < as_it_stands(engine, one).rows_done < MANY


@pytest.mark.usefixtures("small_steps")
def test_one_that_is_cancelled_ends_and_leaves_nothing(
    many_calls: Engine, tmp_path: Path
) -> None:
    one = asked(many_calls, kind="parquet")
    with under_way(many_calls, tmp_path, threading.Event()) as done:
        eventually(lambda: half_way(many_calls, one))
        assert files_in(tmp_path) == [f"{one.id}.parquet.part"]
        with many_calls.begin() as conn:
            downloads.cancel(conn, ANA, one.id)
    row = as_it_stands(many_calls, one)
    assert (done, row.state, row.error) == ([0], "cancelled", None)
    assert 0 < row.rows_done < row.rows_expected == MANY
    assert row.bytes > 0
    assert row.expires_at == row.finished_at + KEPT
    assert files_in(tmp_path) == []
    with many_calls.begin() as conn, pytest.raises(BadRequest, match="not under way any more"):
        downloads.cancel(conn, ANA, one.id)


@pytest.mark.usefixtures("small_steps")
def test_one_that_is_forgotten_ends_too(many_calls: Engine, tmp_path: Path) -> None:
    one = asked(many_calls, kind="parquet")
    with under_way(many_calls, tmp_path, threading.Event()) as done:
        eventually(lambda: half_way(many_calls, one))
        with many_calls.begin() as conn:
            downloads.forget(conn, ANA, one.id)
    assert (done, as_it_stands(many_calls, one), files_in(tmp_path)) == ([0], None, [])


def test_one_that_waits_is_cancelled_before_it_begins(calls: Engine, tmp_path: Path) -> None:
    one = asked(calls)
    with calls.begin() as conn:
        downloads.cancel(conn, ANA, one.id)
    assert downloads.write_waiting(calls, tmp_path, never) == 0
    assert as_it_stands(calls, one).state == "cancelled"


def test_one_is_cancelled_while_the_database_has_nothing_to_show_yet(
    calls: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copying() -> bool:
        blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN"
        copies = "(SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY%')"
        with calls.connect() as conn:
            return conn.execute(text(blocked + copies)).scalar_one() > 0

    monkeypatch.setattr("cdrstats.calls.paging.COUNT_S", 0.1)
    one = asked(calls)
    with calls.connect() as other, other.begin():
        other.execute(text("LOCK TABLE voip_cdr IN ACCESS EXCLUSIVE MODE"))
        with under_way(calls, tmp_path, threading.Event()) as done:
            eventually(copying)
            with calls.begin() as conn:
                downloads.cancel(conn, ANA, one.id)
    row = as_it_stands(calls, one)
    assert (done, row.state, row.error, row.rows_expected) == ([0], "cancelled", None, None)


@pytest.mark.usefixtures("small_steps")
def test_stopping_leaves_it_for_another_time(many_calls: Engine, tmp_path: Path) -> None:
    one, stop = asked(many_calls, kind="parquet"), threading.Event()
    with under_way(many_calls, tmp_path, stop) as done:
        eventually(lambda: half_way(many_calls, one))
        stop.set()
    row = as_it_stands(many_calls, one)
    assert (done, row.state, row.finished_at) == ([0], "waiting", None)
    assert files_in(tmp_path) == []
    assert downloads.write_waiting(many_calls, tmp_path, lambda: True) == 0
    assert downloads.write_waiting(many_calls, tmp_path, never) == 1
    row = as_it_stands(many_calls, one)
    assert (row.state, row.rows_done, row.rows_expected) == ("done", MANY, MANY)


CHILD = """
import sys
from pathlib import Path
import cdrstats.calls.exporting.parquet, cdrstats.downloads.writing
from cdrstats.db.engine import make_engine
cdrstats.calls.exporting.parquet.ROW_GROUP = 200
cdrstats.downloads.writing.LOOK_S = 0.02
engine = make_engine(sys.argv[1], "killed")
cdrstats.downloads.write_waiting(engine, Path(sys.argv[2]), lambda: False)
"""


@pytest.mark.slow
def test_one_whose_process_was_killed_is_begun_again(
    many_calls: Engine, tmp_path: Path
) -> None:
    one, two = asked(many_calls, kind="parquet"), asked(many_calls, BEN, kind="parquet")
    url = many_calls.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(tmp_path)], cwd=Path(__file__).parent.parent
    ) as child:
        eventually(lambda: half_way(many_calls, one))
        child.send_signal(signal.SIGKILL)
    row = as_it_stands(many_calls, one)
    assert (row.state, 0 < row.rows_done < MANY) == ("running", True)
    assert f"{one.id}.parquet.part" in files_in(tmp_path)

    assert downloads.write_waiting(many_calls, tmp_path, never) == 2
    assert files_in(tmp_path) == sorted(f"{each.id}.parquet" for each in (one, two))
    for each in (one, two):
        row = as_it_stands(many_calls, each)
        assert (row.state, row.rows_done, row.error) == ("done", MANY, None)
        written = downloads.path_of(tmp_path, each.id, "parquet").read_bytes()
        assert written == exported(many_calls, "parquet")
