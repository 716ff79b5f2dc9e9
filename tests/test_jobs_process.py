"""Real job processes: who leads, and what SIGTERM, SIGKILL and a lost database do to them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select, text

from cdrstats import aggregates
from cdrstats.aggregates.views import matv_hour, matv_min
from cdrstats.db.schema import cdr_import, jobs_state, rollup_switch, voip_cdr
from cdrstats.health import control
from cdrstats.health.jobs import job_runs
from cdrstats.health.jobs import jobs_state as read_state

from .conftest import administer
from .factories import add_staged
from .test_views import AS_IN_THE_CONTRACT, drop_both
from .waiting import eventually

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent


class House:
    """One database, and the processes that a test starts on it."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.env = os.environ | {
            "CDRSTATS_DATABASE_URL": engine.url.render_as_string(hide_password=False).replace(
                "+psycopg2", ""
            ),
            "CDRSTATS_VAR_DIR": str(folder),
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def jobs(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-m", "jobs"], cwd=ROOT, env=self.env)
        self.processes.append(process)
        return process

    def leading_jobs(self) -> subprocess.Popen[bytes]:
        process = self.jobs()
        eventually(lambda: self.leader() == process.pid)
        return process

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cdrstats", *words],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def leader(self) -> int | None:
        with self.engine.connect() as conn:
            return read_state(conn).pid if control.is_led(conn) else None

    def ask(self, look: Callable[[Connection], Any]) -> Any:
        with self.engine.connect() as conn:
            return look(conn)


@pytest.fixture
def house(fresh_engine: Engine, tmp_path: Path) -> Iterator[House]:
    house = House(fresh_engine, tmp_path)
    yield house
    for process in house.processes:
        process.kill()
        process.wait()


def end(process: subprocess.Popen[bytes]) -> None:
    """Send SIGTERM, and wait for an orderly end."""
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


@contextmanager
def import_held_up(house: House) -> Iterator[None]:
    """One staged row, whose mediation has begun and cannot go on."""
    with house.engine.connect() as holder:
        holder.execute(text("LOCK TABLE voip_cdr"))
        add_and_tell(house, 1)
        held_up = text(
            "SELECT EXISTS (SELECT FROM job_run WHERE job = 'import' AND state = 'running'"
            " AND started_at < now() - interval '1 s')"
        )
        eventually(lambda: house.ask(lambda conn: conn.execute(held_up).scalar()))
        yield


def add_and_tell(house: House, count: int) -> None:
    with house.engine.begin() as conn:
        for n in range(count):
            add_staged(conn, duration=60 + n)
        conn.execute(text("NOTIFY cdrstats, 'import'"))


def test_one_leads_and_a_standby_takes_over_when_it_is_killed(house: House) -> None:
    first = house.leading_jobs()
    with house.engine.begin() as conn:
        conn.execute(text("INSERT INTO job_run (job, state) VALUES ('left', 'running')"))
    others = [house.jobs(), house.jobs()]
    eventually(lambda: house.ask(wanting_to_lead) == 3)
    assert house.leader() == first.pid

    first.kill()
    pids = [process.pid for process in others]
    eventually(lambda: house.leader() in pids)
    (left,) = house.ask(lambda conn: job_runs(conn, name="left"))
    assert (left.state, left.error) == ("error", "The job process ended before this run did.")

    standby = next(process for process in others if process.pid != house.leader())
    end(standby)
    others.remove(standby)
    end(others[0])


def wanting_to_lead(conn: Connection) -> int:
    count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    lead = text(f"{count} AND application_name LIKE '%-jobs-lead'")
    return conn.execute(lead).scalar_one()


def test_sigterm_cancels_what_does_not_end_by_itself(house: House) -> None:
    process = house.leading_jobs()
    with import_held_up(house):
        end(process)
    last = house.ask(lambda conn: job_runs(conn, limit=1, name="import"))[0]
    assert last.state == "error"
    assert "QueryCanceled" in last.error
    assert house.ask(lambda conn: conn.execute(select(cdr_import.c.imported)).scalar()) is False


def test_a_pause_is_kept_across_restarts(house: House) -> None:
    first = house.leading_jobs()
    assert house.command("jobs", "pause").returncode == 0
    end(first)
    house.leading_jobs()
    add_and_tell(house, 1)
    (row,) = json.loads(house.command("jobs", "status", "--json").stdout)
    assert (row["running"], row["paused"], row["busy"]) == (True, True, [])
    refused = house.command("job", "run", "views")
    assert refused.returncode == 2
    assert "paused" in refused.stderr
    assert house.ask(calls) == 0

    assert house.command("jobs", "resume").returncode == 0
    eventually(lambda: house.ask(calls) == 1)


def test_pausing_waits_for_what_runs_or_says_so(house: House) -> None:
    house.leading_jobs()
    with import_held_up(house):
        late = house.command("jobs", "pause", "--wait", "1")
        assert late.returncode == 1
        assert "still running" in late.stderr
        assert "import" in late.stderr
    assert house.command("jobs", "pause").returncode == 0
    assert house.ask(calls) == 1


def test_a_job_is_run_by_the_process_or_without_one(house: House) -> None:
    alone = house.command("job", "run", "housekeeping", "--json")
    (row,) = json.loads(alone.stdout)
    assert (row["job"], row["state"]) == ("housekeeping", "done")

    process = house.leading_jobs()
    (row,) = json.loads(house.command("job", "run", "rollup", "--json").stdout)
    assert (row["job"], row["state"], row["done"]) == ("rollup", "done", 0)

    unknown = house.command("job", "run", "nonsense")
    assert unknown.returncode == 2
    names = (
        "alarms, channels, digests, downloads, fraud, housekeeping, import, inbox, mail,"
        " rollup, views, watch"
    )
    assert f"there are {names}" in unknown.stderr
    listed = json.loads(house.command("job", "list", "--json").stdout)
    assert [row["name"] for row in listed] == [
        "alarms",
        "channels",
        "digests",
        "downloads",
        "fraud",
        "housekeeping",
        "import",
        "inbox",
        "mail",
        "rollup",
        "views",
        "watch",
    ]
    end(process)


def test_a_lost_connection_is_made_again(house: House) -> None:
    process = house.leading_jobs()
    for _ in range(2):
        led_since = house.ask(led_from)
        with house.engine.begin() as conn:
            conn.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name LIKE '%-jobs%'"
                )
            )
        eventually(lambda before=led_since: house.ask(led_from) > before)
        eventually(lambda: house.leader() == process.pid)
    add_and_tell(house, 1)
    eventually(lambda: house.ask(calls))
    end(process)


def led_from(conn: Connection) -> datetime:
    started_at: datetime = conn.execute(select(jobs_state.c.started_at)).scalar_one()
    return started_at


def close_off(house: House, server: str) -> None:
    """Let nobody into the database, and throw out who is in."""
    database = house.engine.url.database
    house.engine.dispose()
    administer(server, f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
    administer(
        server,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{database}' AND pid <> pg_backend_pid()",
    )


def test_a_database_that_is_away_is_waited_for(house: House, server: str) -> None:
    process = house.leading_jobs()
    database = house.engine.url.database
    close_off(house, server)
    time.sleep(4)
    assert process.poll() is None
    administer(server, f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
    eventually(lambda: house.leader() == process.pid)

    close_off(house, server)
    time.sleep(2)
    end(process)
    administer(server, f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")


def test_two_job_processes_do_everything_once(house: House) -> None:
    house.leading_jobs()
    house.jobs()
    for _ in range(5):
        add_and_tell(house, 20)
    eventually(lambda: house.ask(counted) == 100)
    assert house.ask(calls) == 100


def calls(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(voip_cdr)).scalar_one()


def counted(conn: Connection) -> int:
    return conn.execute(select(func.sum(rollup_switch.c.calls))).scalar_one() or 0


def shown(conn: Connection) -> list[int]:
    sums = (select(func.sum(view.c.nbcalls)) for view in (matv_hour, matv_min))
    return [conn.execute(total).scalar_one() or 0 for total in sums]


def test_the_operators_old_procedure(house: House) -> None:
    house.leading_jobs()
    add_and_tell(house, 50)
    eventually(lambda: house.ask(counted) == 50)
    eventually(lambda: house.ask(shown) == [50, 50])
    with house.engine.begin() as conn:  # deleted by hand: it comes back
        gone = conn.execute(
            text("DELETE FROM voip_cdr WHERE duration = 60 RETURNING starting_date")
        ).scalars()
        aggregates.note_changed(conn, gone)
    eventually(lambda: house.ask(counted) == 49)

    assert house.command("jobs", "pause").returncode == 0
    drop_both(house.engine)
    for statement in AS_IN_THE_CONTRACT.values():
        with house.engine.begin() as conn:
            conn.exec_driver_sql(statement)
    with house.engine.begin() as conn:
        conn.execute(text("UPDATE cdr_import SET imported=FALSE"))
    assert house.command("jobs", "resume").returncode == 0

    eventually(lambda: house.ask(counted) == 50)
    eventually(lambda: house.ask(shown) == [50, 50])
    verified = house.command("rollup", "verify", "--json")
    assert (verified.returncode, json.loads(verified.stdout)) == (0, [])
    assert house.ask(calls) == 50
