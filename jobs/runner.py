"""How a job runs: one at a time, recorded, and never taking others down with it."""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from cdrstats.db.engine import sql
from cdrstats.errors import CdrStatsError
from cdrstats.health.control import job_lock
from jobs.schedule import Job

log = logging.getLogger(__name__)

PATIENCE_S = 0.2
"""Between two looks whether the run before has ended."""

_BEGIN_SCHEDULED = sql(__package__, "begin_scheduled_run")
_BEGIN_QUEUED = sql(__package__, "begin_queued_run")
_END = sql(__package__, "end_run")


class Runner:
    """Runs jobs in whatever thread it is called from."""

    def __init__(self, engine: Engine, jobs: Iterable[Job]) -> None:
        self._engine = engine
        self._jobs = {job.name: job for job in jobs}
        self._stopping = threading.Event()
        self._guard = threading.Condition()
        self._expected: set[str] = set()  # jobs with a woken run that has not begun
        self._threads = 0

    def run(self, name: str, run_id: int | None = None, woken: bool = False) -> None:
        """Run the job `name` to its end, whatever that is.

        Args:
            run_id: the queued run that asked for it; None: by schedule, which gives way to a
                run of the same job that is under way.
            woken: there is news; a run under way may have looked before, so it is waited for.
        """
        with self._guard:
            if woken and name in self._expected:
                return
            if woken:
                self._expected.add(name)
            self._threads += 1
        try:
            with self._held(name, wait=woken or run_id is not None) as conn:
                if woken:
                    with self._guard:
                        self._expected.discard(name)
                if conn is not None:
                    self._once(conn, name, run_id)
        except DBAPIError as exc:
            log.warning("job=%s trouble=%r", name, _sentence(exc))
        finally:
            with self._guard:
                if woken:
                    self._expected.discard(name)
                self._threads -= 1
                self._guard.notify_all()

    def stop(self, patience_s: float) -> bool:
        """Ask what runs to end after its transaction; false if it has not by `patience_s`."""
        self._stopping.set()
        with self._guard:
            return self._guard.wait_for(lambda: not self._threads, patience_s)

    @contextmanager
    def _held(self, name: str, wait: bool) -> Iterator[Connection | None]:
        """A connection that holds the job's advisory lock, or None if somebody else does.

        Runs by schedule, on demand and by hand exclude each other, in all processes.
        """
        key = job_lock(name)
        while not self._stopping.is_set():
            with self._engine.connect() as ordinary:
                conn = ordinary.execution_options(isolation_level="AUTOCOMMIT")
                if conn.execute(select(func.pg_try_advisory_lock(key))).scalar_one():
                    try:
                        yield conn
                    finally:
                        if not conn.invalidated:
                            conn.execute(select(func.pg_advisory_unlock(key)))
                    return
            if not wait:
                break
            self._stopping.wait(PATIENCE_S)
        yield None

    def _once(self, conn: Connection, name: str, run_id: int | None) -> None:
        if run_id is None:
            begun = conn.execute(_BEGIN_SCHEDULED, {"job": name}).scalar()
        else:
            begun = conn.execute(_BEGIN_QUEUED, {"id": run_id}).scalar()
        if begun is None:  # paused, or somebody else took it
            return
        began = time.monotonic()
        done, error = self._work(name)
        conn.execute(_END, {"id": begun, "done": done, "error": error})
        level = logging.DEBUG if done == 0 and error is None else logging.INFO
        if error is not None:
            level = logging.ERROR
        ms = round((time.monotonic() - began) * 1000)
        log.log(level, "job=%s done=%s ms=%d error=%r", name, done, ms, error)

    def _work(self, name: str) -> tuple[int | None, str | None]:
        """What was done, or what went wrong: the one place where any error ends."""
        job = self._jobs.get(name)
        if job is None:
            return None, f"There is no job called {name}."
        try:
            return job.work(self._stopping.is_set), None
        except (CdrStatsError, DBAPIError) as exc:
            return None, _sentence(exc)
        except Exception as exc:
            log.exception("job=%s", name)
            return None, _sentence(exc)


def _sentence(exc: Exception) -> str:
    """The error on one line, for a table and a log."""
    if isinstance(exc, CdrStatsError):
        return str(exc)
    reason = exc.orig if isinstance(exc, DBAPIError) else exc
    return f"{type(reason).__name__}: {' '.join(str(reason).split())}"
