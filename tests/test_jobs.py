"""How one job runs, and what keeps the house in order."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select, update

from cdrstats.db.partitions import coming_months, existing_months
from cdrstats.db.schema import cdr_import, import_file, job_run, session
from cdrstats.errors import BadRequest
from cdrstats.health import control
from cdrstats.health.jobs import JobRun, job_runs
from cdrstats.settings import Settings, read_settings
from jobs.housekeeping import keep_house
from jobs.runner import Runner
from jobs.schedule import Job, Work, make_jobs

from .factories import NOON, add_staged
from .people import signed_in_as
from .waiting import eventually

IDLE = timedelta(hours=12)
"""As long as nobody sets it otherwise."""


def a_job(work: Work, name: str = "test") -> Job:
    return Job(name, "Does what the test says.", timedelta(hours=1), work)


def runs(engine: Engine) -> list[JobRun]:
    with engine.connect() as conn:
        return job_runs(conn)


def outcomes(engine: Engine) -> list[tuple[str, int | None, str | None]]:
    return [(run.state, run.done, run.error) for run in reversed(runs(engine))]


class Slow:
    """A work that lasts until it is let go, and counts how often it began."""

    def __init__(self) -> None:
        self.begun = 0
        self.let_go = threading.Event()

    def __call__(self, stop: Callable[[], bool]) -> int:
        self.begun += 1
        while not self.let_go.wait(0.01) and not stop():
            pass
        return 1


@pytest.fixture
def slow() -> Iterator[Slow]:
    work = Slow()
    yield work
    work.let_go.set()


def in_thread(runner: Runner, *args: object) -> threading.Thread:
    thread = threading.Thread(target=runner.run, args=args)
    thread.start()
    return thread


def queue(engine: Engine, name: str = "test") -> int:
    with engine.begin() as conn:
        return control.queue_run(conn, name, "alice")


def test_each_run_is_recorded(fresh_engine: Engine) -> None:
    Runner(fresh_engine, [a_job(lambda stop: 3)]).run("test")

    (run,) = runs(fresh_engine)
    assert (run.job, run.state, run.done, run.error) == ("test", "done", 3, None)
    assert run.requested_by == "schedule"
    assert run.started_at is not None
    assert run.finished_at is not None
    assert run.finished_at >= run.started_at


def test_a_job_that_fails_is_recorded_and_takes_nobody_down(fresh_engine: Engine) -> None:
    def wrong(stop: Callable[[], bool]) -> int:
        raise BadRequest("Nobody can do that.")

    def broken(stop: Callable[[], bool]) -> int:
        raise ZeroDivisionError("a\nb")

    def refused(stop: Callable[[], bool]) -> int:
        with fresh_engine.begin() as conn:
            conn.exec_driver_sql("SELECT 1 / 0")
        return 1

    jobs = [a_job(wrong), a_job(broken, "b"), a_job(refused, "c"), a_job(lambda stop: 1, "d")]
    runner = Runner(fresh_engine, jobs)
    for job in jobs:
        runner.run(job.name)

    assert outcomes(fresh_engine) == [
        ("error", None, "Nobody can do that."),
        ("error", None, "ZeroDivisionError: a b"),
        ("error", None, "DivisionByZero: division by zero"),
        ("done", 1, None),
    ]


def test_a_run_that_was_asked_for_says_by_whom(fresh_engine: Engine) -> None:
    run_id = queue(fresh_engine)
    runner = Runner(fresh_engine, [a_job(lambda stop: 1)])
    runner.run("test", run_id)
    runner.run("test", run_id)  # once is enough

    (run,) = runs(fresh_engine)
    assert (run.id, run.state, run.requested_by) == (run_id, "done", "alice")


def test_a_job_that_nobody_knows_is_an_error(fresh_engine: Engine) -> None:
    Runner(fresh_engine, []).run("nonsense", queue(fresh_engine, "nonsense"))
    assert outcomes(fresh_engine) == [("error", None, "There is no job called nonsense.")]


def test_nothing_begins_while_jobs_are_paused(fresh_engine: Engine) -> None:
    runner = Runner(fresh_engine, [a_job(lambda stop: 1)])
    with fresh_engine.begin() as conn:
        control.pause(conn, "alice")
    runner.run("test")
    run_id = queue(fresh_engine)
    runner.run("test", run_id)
    assert outcomes(fresh_engine) == [("queued", None, None)]

    with fresh_engine.begin() as conn:
        control.resume(conn)
    runner.run("test", run_id)
    assert outcomes(fresh_engine) == [("done", 1, None)]


def test_whoever_pauses_sees_what_has_begun(fresh_engine: Engine, slow: Slow) -> None:
    thread = in_thread(Runner(fresh_engine, [a_job(slow)]), "test")
    eventually(lambda: slow.begun == 1)
    with fresh_engine.begin() as conn:
        control.pause(conn, "alice")
        assert control.busy(conn) == ["test"]
    slow.let_go.set()
    thread.join(5)
    with fresh_engine.begin() as conn:
        assert control.busy(conn) == []


def test_a_scheduled_run_gives_way_to_one_under_way(fresh_engine: Engine, slow: Slow) -> None:
    thread = in_thread(Runner(fresh_engine, [a_job(slow)]), "test")
    eventually(lambda: slow.begun == 1)
    Runner(fresh_engine, [a_job(slow)]).run("test")  # as another process would
    slow.let_go.set()
    thread.join(5)
    assert slow.begun == 1
    assert outcomes(fresh_engine) == [("done", 1, None)]


def test_a_run_that_was_asked_for_follows_the_one_under_way(
    fresh_engine: Engine, slow: Slow
) -> None:
    runner = Runner(fresh_engine, [a_job(slow)])
    threads = [in_thread(runner, "test")]
    eventually(lambda: slow.begun == 1)
    threads.append(in_thread(runner, "test", queue(fresh_engine)))
    time.sleep(0.3)
    assert slow.begun == 1
    slow.let_go.set()
    for thread in threads:
        thread.join(5)
    assert outcomes(fresh_engine) == [("done", 1, None)] * 2


def test_news_during_a_run_is_followed_by_one_more(fresh_engine: Engine, slow: Slow) -> None:
    runner = Runner(fresh_engine, [a_job(slow)])
    threads = [in_thread(runner, "test")]
    eventually(lambda: slow.begun == 1)
    threads += [in_thread(runner, "test", None, True) for _ in range(3)]
    time.sleep(0.3)
    slow.let_go.set()
    for thread in threads:
        thread.join(5)
    assert slow.begun == 2


def test_stopping_ends_a_run_between_its_parts(fresh_engine: Engine, slow: Slow) -> None:
    runner = Runner(fresh_engine, [a_job(slow)])
    thread = in_thread(runner, "test")
    eventually(lambda: slow.begun == 1)
    assert runner.stop(5)
    thread.join(5)
    assert outcomes(fresh_engine) == [("done", 1, None)]
    runner.run("test")
    assert slow.begun == 1  # nothing begins any more


def test_what_does_not_stop_is_told(fresh_engine: Engine) -> None:
    let_go = threading.Event()
    runner = Runner(fresh_engine, [a_job(lambda stop: int(let_go.wait(10)))])
    thread = in_thread(runner, "test")
    eventually(lambda: len(runs(fresh_engine)) == 1)
    assert not runner.stop(0.1)
    let_go.set()
    thread.join(5)
    assert runner.stop(0.1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})


def test_the_jobs_have_names_of_their_own_and_say_when(
    fresh_engine: Engine, settings: Settings
) -> None:
    jobs = make_jobs(fresh_engine, settings)
    names = [
        "inbox",
        "import",
        "rollup",
        "views",
        "housekeeping",
        "downloads",
        "mail",
        "channels",
        "alarms",
        "watch",
        "digests",
        "fraud",
    ]
    assert [job.name for job in jobs] == names
    assert jobs[1].schedule == "every 15 s, and at once when told"
    assert jobs[4].schedule == "every hour"


def test_every_job_of_an_idle_installation_finds_nothing_to_do(
    fresh_engine: Engine, settings: Settings
) -> None:
    jobs = make_jobs(fresh_engine, settings)
    runner = Runner(fresh_engine, jobs)
    for _ in range(2):
        for job in jobs:
            runner.run(job.name)
    assert outcomes(fresh_engine)[-9:] == [("done", 0, None)] * 9


def test_housekeeping_makes_the_coming_months(fresh_engine: Engine, settings: Settings) -> None:
    now = datetime(2031, 11, 20, tzinfo=UTC)
    assert keep_house(fresh_engine, settings, now, lambda: False) == 4
    assert set(coming_months(now)) <= existing_months(fresh_engine)
    assert keep_house(fresh_engine, settings, now, lambda: False) == 0


def test_housekeeping_forgets_sessions_that_have_ended(
    fresh_engine: Engine, settings: Settings
) -> None:
    with fresh_engine.begin() as conn:
        signed_in_as(conn, "ana", "analyst")
    now = datetime.now(UTC)
    for later, left in ((timedelta(0), 1), (IDLE + timedelta(minutes=1), 0)):
        keep_house(fresh_engine, settings, now + later, lambda: False)
        with fresh_engine.connect() as conn:
            count = select(func.count()).select_from(session)
            assert conn.execute(count).scalar_one() == left


def test_housekeeping_forgets_old_runs_and_idle_ones_sooner(
    fresh_engine: Engine, settings: Settings
) -> None:
    now = NOON + timedelta(days=100)
    ages = {
        "old": (timedelta(days=14, seconds=1), 5),
        "young": (timedelta(days=14), 5),
        "idle": (timedelta(days=1, seconds=1), 0),
        "just idle": (timedelta(days=1), 0),
    }
    with fresh_engine.begin() as conn:
        for name, (age, done) in ages.items():
            ended = {"state": "done", "finished_at": now - age, "done": done}
            conn.execute(insert(job_run).values(job=name, **ended))
        failed = {"state": "error", "finished_at": now - timedelta(days=2), "error": "no"}
        conn.execute(insert(job_run).values(job="failed", **failed))
        conn.execute(insert(job_run).values(job="queued"))

    keep_house(fresh_engine, settings, now, lambda: False)
    left = {run.job for run in runs(fresh_engine)}
    assert left == {"young", "just idle", "failed", "queued"}


def test_staging_is_kept_unless_told_otherwise(
    fresh_engine: Engine, settings: Settings
) -> None:
    def staged() -> set[int]:
        with fresh_engine.connect() as conn:
            return set(conn.execute(select(cdr_import.c.id)).scalars())

    with fresh_engine.begin() as conn:
        file = {"name": "x", "sha256": "0", "size_bytes": 1, "source": "x", "switch_id": 0}
        add = insert(import_file).returning(import_file.c.id)
        loaded = {"loaded_at": NOON - timedelta(days=1)}
        file_id = conn.execute(add.values(**file, **loaded)).scalar_one()
        long_ago = NOON - timedelta(days=30, seconds=1)
        old = add_staged(conn, starting_date=long_ago, imported=True)
        add_staged(conn, starting_date=NOON - timedelta(days=30), imported=True)
        add_staged(conn, starting_date=long_ago)  # waits
        add_staged(conn, starting_date=long_ago, imported=True, file_id=file_id)
        add_staged(conn, starting_date=None, imported=True)

    everything = staged()
    keep_house(fresh_engine, settings, NOON, lambda: False)
    assert staged() == everything
    keep_house(fresh_engine, replace(settings, keep_staging_days=30), NOON, lambda: False)
    assert staged() == everything - {old}

    with fresh_engine.begin() as conn:
        loaded = {"loaded_at": NOON - timedelta(days=31)}
        conn.execute(update(import_file).values(**loaded))
    keep_house(fresh_engine, replace(settings, keep_staging_days=30), NOON, lambda: True)
    assert staged() == everything - {old}  # told to stop
    keep_house(fresh_engine, replace(settings, keep_staging_days=30), NOON, lambda: False)
    assert len(staged()) == 3
    with fresh_engine.connect() as conn:
        assert conn.execute(select(func.count()).select_from(import_file)).scalar_one() == 1
