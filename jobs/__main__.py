"""`python -m jobs`: lead or stand by, until SIGTERM or Ctrl-C.

SIGTERM ends it within 5 s: what runs may finish its transaction, then is cancelled. A database
that goes away is waited for. Started any number of times, one process leads.
"""

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import click
import psycopg2
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.exc import DBAPIError

from cdrstats import log as logs
from cdrstats.db.database import open_database
from cdrstats.db.engine import make_engine
from cdrstats.db.schema import job_run
from cdrstats.errors import CdrStatsError, ServerTrouble
from cdrstats.settings import Settings, read_settings
from jobs.leader import Leader, try_to_win, win
from jobs.runner import Runner
from jobs.schedule import make_jobs

log = logging.getLogger("jobs")

FINISH_S = 3.5
"""How long a running transaction may take to finish by itself once we are to stop."""

CANCEL_S = 1.0
"""How long it may take to end once it is cancelled."""

SHORTEST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
"""For a database that does not answer; doubled each time."""

ALIVE = {"keepalives_idle": "10", "keepalives_interval": "5", "tcp_user_timeout": "15000"}
"""A server that vanishes without a word is noticed; the leader's lock goes with it."""


@click.command()
@click.option("--once", is_flag=True, help="Run what was asked for, unless another leads; end.")
def main(once: bool) -> None:
    """Run the jobs of CDR-Stats until told to stop."""
    try:
        settings = read_settings()
        logs.configure(settings, "job" if once else "jobs")
        for talker in ("alembic", "apscheduler"):
            logging.getLogger(talker).setLevel(logging.ERROR)
    except CdrStatsError as exc:
        click.echo(str(exc), err=True)
        sys.exit(exc.exit_status)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _serve(settings, stop, _run_asked if once else _lead)
    log.info("stopped pid=%d", os.getpid())


Duty = Callable[[Connection, Engine, Settings, threading.Event], None]


def _serve(settings: Settings, stop: threading.Event, duty: Duty) -> None:
    """Do `duty`, again and again as long as the database comes and goes."""
    wait_s = SHORTEST_WAIT_S
    while not stop.is_set():
        try:
            with open_database(settings, "cdrstats-jobs") as engine, _apart(engine) as conn:
                wait_s = SHORTEST_WAIT_S
                duty(conn, engine, settings, stop)
                return
        except (ServerTrouble, DBAPIError, psycopg2.Error) as exc:
            reason = " ".join(str(exc.orig if isinstance(exc, DBAPIError) else exc).split())
            log.warning("database trouble=%r again_in_s=%.0f", reason, wait_s)
            stop.wait(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)


@contextlib.contextmanager
def _apart(engine: Engine) -> Iterator[Connection]:
    """A connection in autocommit mode that no job uses: the lock lives on it."""
    url = engine.url.update_query_dict(ALIVE).render_as_string(hide_password=False)
    own = make_engine(url, "cdrstats-jobs-lead", connections=1)
    try:
        with own.connect() as conn:
            yield conn.execution_options(isolation_level="AUTOCOMMIT")
    finally:
        own.dispose()


def _lead(conn: Connection, engine: Engine, settings: Settings, stop: threading.Event) -> None:
    if not win(conn, stop):
        return
    jobs = make_jobs(engine, settings)
    with _ended(Runner(engine, jobs), engine, stop) as runner:
        Leader(conn, runner, jobs, stop).lead()


def _run_asked(
    conn: Connection, engine: Engine, settings: Settings, stop: threading.Event
) -> None:
    """Run what waits in job_run, one after the other; a leader does it without us."""
    if not try_to_win(conn):
        return
    jobs = make_jobs(engine, settings)
    queued = select(job_run.c.job, job_run.c.id).where(job_run.c.state == "queued")
    with _ended(Runner(engine, jobs), engine, stop) as runner:
        for name, run_id in conn.execute(queued.order_by(job_run.c.id)).all():
            worker = threading.Thread(target=runner.run, args=(name, run_id), daemon=True)
            worker.start()
            while worker.is_alive() and not stop.is_set():
                worker.join(0.2)


@contextlib.contextmanager
def _ended(runner: Runner, engine: Engine, stop: threading.Event) -> Iterator[Runner]:
    """The runner, at whose end nothing runs any more, in one way or another."""
    in_use: set[Any] = set()
    event.listen(engine, "checkout", lambda raw, *_: in_use.add(raw))
    event.listen(engine, "checkin", lambda raw, *_: in_use.discard(raw))
    try:
        yield runner
    finally:
        if not runner.stop(FINISH_S) and not _cancelled(runner, in_use):
            # All that jobs do may be killed anywhere; the server rolls it back.
            log.warning("a job does not end: leaving it behind pid=%d", os.getpid())
            logging.shutdown()
            os._exit(0 if stop.is_set() else 1)


def _cancelled(runner: Runner, in_use: set[Any]) -> bool:
    """Cancel what runs on the connections `in_use` until all jobs have ended; whether they
    have. Again and again: a job may try a statement once more."""
    log.warning("cancelling what still runs")
    deadline = time.monotonic() + CANCEL_S
    while time.monotonic() < deadline:
        for raw in list(in_use):
            with contextlib.suppress(psycopg2.Error):
                raw.cancel()
        if runner.stop(0.1):
            return True
    return False


if __name__ == "__main__":
    main()
