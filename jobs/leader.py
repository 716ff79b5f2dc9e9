"""One process leads: it holds the advisory lock, keeps the schedule, and hears what is new.

The others stand by and try for the lock every second. It lives on a connection of its own, so
it ends with the process or with the database, and never later.
"""

import logging
import os
import socket
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from select import select as ready
from time import monotonic
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Connection, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from cdrstats.db.engine import sql
from cdrstats.db.schema import job as job_table
from cdrstats.db.schema import job_run
from cdrstats.health.control import leader_lock
from jobs.runner import Runner
from jobs.schedule import Job

log = logging.getLogger(__name__)

STANDBY_S = 1.0
LOOK_S = 0.25
BEAT_S = 2.0
CALM_S = 1.0
"""A job is woken no more often than this, however much news there is."""

_CLOSE_STALE = sql(__package__, "close_stale_runs")
_PUBLISH = sql(__package__, "publish_leader")
_BEAT = sql(__package__, "beat")


def win(conn: Connection, stop: threading.Event) -> bool:
    """Wait until this process leads; false if it is to stop before that."""
    told = False
    while not try_to_win(conn):
        if not told:
            log.info("standby pid=%d", os.getpid())
            told = True
        if stop.wait(STANDBY_S):
            return False
    return not stop.is_set()


def try_to_win(conn: Connection) -> bool:
    """Become the leader, if nobody is; `conn` is in autocommit mode and kept meanwhile."""
    won: bool = conn.execute(select(func.pg_try_advisory_lock(leader_lock()))).scalar_one()
    if won:
        conn.execute(_CLOSE_STALE)
    return won


class Leader:
    """Keeps the schedule as long as `conn`, which holds the lock, lives."""

    def __init__(
        self, conn: Connection, runner: Runner, jobs: Sequence[Job], stop: threading.Event
    ) -> None:
        self._conn = conn
        self._runner = runner
        self._jobs = jobs
        self._stop = stop
        self._paused = False
        self._asked: set[int] = set()
        self._to_wake: dict[str, float] = {}  # when, in monotonic time, by job
        self._woken_at: dict[str, float] = {}
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            # By schedule, woken, and on demand: none waits for the others' threads.
            executors={"default": ThreadPoolExecutor(3 * len(jobs))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def lead(self) -> None:
        """Run the jobs until told to stop.

        Raises:
            DBAPIError, psycopg2.Error: the connection, and the lock with it, is lost.
        """
        # Jobs never call the scheduler: it waits for them while it holds its own lock.
        for job in self._jobs:
            self._scheduler.add_job(
                self._runner.run,
                "interval",
                [job.name],
                id=job.name,
                seconds=job.every.total_seconds(),
                next_run_time=datetime.now(UTC),
            )
        self._publish()
        self._scheduler.start()
        log.info("leading pid=%d jobs=%s", os.getpid(), ",".join(j.name for j in self._jobs))
        try:
            self._listen()
        finally:
            self._scheduler.shutdown(wait=False)

    def _listen(self) -> None:
        """Beat, hear, wake, until told to stop."""
        self._conn.execute(text("LISTEN cdrstats"))
        raw: Any = self._conn.connection.driver_connection
        beat_at = monotonic()
        while not self._stop.is_set():
            now = monotonic()
            if now >= beat_at:
                self._beat()
                self._start_asked()
                beat_at = now + BEAT_S
            self._wake(now)
            if ready([raw], [], [], LOOK_S)[0]:
                raw.poll()
            while raw.notifies:
                self._hear(raw.notifies.pop(0).payload)

    def _hear(self, news: str) -> None:
        if news == "state":
            self._beat()
        if news in ("run", "state"):
            self._start_asked()
        for job in self._jobs:
            if job.wakes_on == news:
                self._wake_soon(job.name)

    def _wake_soon(self, name: str) -> None:
        at = max(monotonic(), self._woken_at.get(name, 0.0) + CALM_S)
        self._to_wake.setdefault(name, at)

    def _wake(self, now: float) -> None:
        for name in [name for name, at in self._to_wake.items() if at <= now]:
            del self._to_wake[name]
            self._woken_at[name] = now
            self._scheduler.add_job(self._runner.run, args=[name, None, True])

    def _start_asked(self) -> None:
        """Start the runs that wait in job_run; while paused they stay there."""
        if self._paused:
            return
        queued = select(job_run.c.id, job_run.c.job).where(job_run.c.state == "queued")
        found = self._conn.execute(queued.order_by(job_run.c.id)).all()
        for run_id, name in found:
            if run_id not in self._asked:
                self._scheduler.add_job(self._runner.run, args=[name, run_id])
        self._asked = {run_id for run_id, _ in found}

    def _beat(self) -> None:
        """Show that we live, and when jobs run next; learn whether they are paused."""
        paused = self._conn.execute(_BEAT).scalar_one()
        if paused != self._paused:
            log.info("paused" if paused else "resumed")
        if self._paused and not paused:
            self._asked.clear()
            for job in self._jobs:
                self._wake_soon(job.name)
        self._paused = paused
        for job in self._jobs:
            planned = self._scheduler.get_job(job.name).next_run_time
            next_run_at = None if paused else planned
            self._conn.execute(
                update(job_table)
                .where(job_table.c.name == job.name)
                .where(job_table.c.next_run_at.is_distinct_from(next_run_at))
                .values(next_run_at=next_run_at)
            )

    def _publish(self) -> None:
        """Show who leads, and which jobs there are."""
        who = {"host": socket.gethostname(), "pid": os.getpid()}
        self._conn.execute(_PUBLISH, who)
        names = [job.name for job in self._jobs]
        self._conn.execute(delete(job_table).where(job_table.c.name.not_in(names)))
        for job in self._jobs:
            shown = {"description": job.description, "schedule": job.schedule}
            statement = insert(job_table).values(name=job.name, **shown)
            self._conn.execute(
                statement.on_conflict_do_update(index_elements=[job_table.c.name], set_=shown)
            )
