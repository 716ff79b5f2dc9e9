"""How the installation fares: each part is small, or found by an index."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, select

from cdrstats import aggregates, health, switches
from cdrstats.db.schema import outbox
from cdrstats.options import value_of
from cdrstats.watch.rules import Facts, JobFacts

DAY = timedelta(days=1)


def read(conn: Connection, var_dir: Path, now: datetime) -> Facts:
    """How it fares at `now`."""
    newest = switches.last_calls(conn)
    return Facts(
        now=now,
        last_calls={
            each.name: newest[each.id]
            for each in switches.list_switches(conn)
            if each.id in newest
        },
        jobs=_jobs(conn),
        uncounted_since=aggregates.lag(conn).oldest,
        unsent_since=conn.execute(
            select(func.min(outbox.c.queued_at)).where(
                outbox.c.state.in_(["waiting", "sending"])
            )
        ).scalar(),
        given_up=conn.execute(
            select(func.count()).where(
                outbox.c.state.in_(["failed", "given_up"]), outbox.c.tried_at > now - DAY
            )
        ).scalar_one(),
        disk_free=_free(var_dir),
        silent_after=timedelta(hours=value_of(conn, "silent_hours")),
        disk_least=value_of(conn, "disk_free_percent") / 100,
    )


def _jobs(conn: Connection) -> dict[str, JobFacts]:
    if health.jobs_state(conn).paused:
        return {}
    return {each.name: _job(each) for each in health.jobs(conn)}


def _job(row: health.JobRow) -> JobFacts:
    last = row.last
    if last is None:
        return JobFacts(row.next_run_at)
    error = (last.error or "") if last.state == "error" else None
    running_since = last.started_at if last.state == "running" else None
    return JobFacts(row.next_run_at, error, running_since)


def _free(var_dir: Path) -> float:
    disk = shutil.disk_usage(var_dir)
    return disk.free / disk.total
