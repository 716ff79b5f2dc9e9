"""The job process from outside: is it there, what does it do, and pausing it.

Who runs and what runs is told by advisory locks, which end with their holder, not by rows.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, func, insert, select, text, update

from cdrstats.db.engine import sql
from cdrstats.db.schema import job, job_run, jobs_state
from cdrstats.health.jobs import JobRun

_HELD = sql(__package__, "list_held_locks")


def leader_lock() -> ColumnElement[int]:
    """The advisory lock of the process that runs the jobs."""
    return func.hashtextextended("jobs", 0)


def job_lock(name: str) -> ColumnElement[int]:
    """The advisory lock of a job while it runs."""
    return func.hashtextextended(f"job:{name}", 0)


def is_led(conn: Connection) -> bool:
    """Whether a process runs the jobs, now."""
    return bool(_held(conn, ["jobs"]))


def busy(conn: Connection) -> list[str]:
    """The jobs that run now, wherever they do."""
    names = conn.execute(
        select(job.c.name).union(select(job_run.c.job).where(job_run.c.state == "running"))
    ).scalars()
    held = _held(conn, [f"job:{name}" for name in names])
    return [name.removeprefix("job:") for name in held]


def _held(conn: Connection, names: Iterable[str]) -> list[str]:
    return list(conn.execute(_HELD, {"names": list(names)}).scalars())


def pause(conn: Connection, by: str) -> None:
    """Let no job begin until `resume`, also across restarts; what runs goes on to its end."""
    conn.execute(update(jobs_state).values(paused=True, paused_at=func.now(), paused_by=by))
    _tell(conn, "state")


def resume(conn: Connection) -> None:
    """Let the jobs run again."""
    conn.execute(update(jobs_state).values(paused=False, paused_at=None, paused_by=None))
    _tell(conn, "state")


def queue_run(conn: Connection, name: str, by: str) -> int:
    """Ask for a run of the job `name`; return the run's id."""
    statement = insert(job_run).values(job=name, requested_by=by).returning(job_run.c.id)
    run_id: int = conn.execute(statement).scalar_one()
    _tell(conn, "run")
    return run_id


def run(conn: Connection, run_id: int) -> JobRun:
    """The run with this id, as it stands."""
    columns = [job_run.c[name] for name in JobRun.__dataclass_fields__]
    row = conn.execute(select(*columns).where(job_run.c.id == run_id)).one()
    return JobRun(**row._asdict())


def _tell(conn: Connection, payload: str) -> None:
    conn.execute(text("SELECT pg_notify('cdrstats', :payload)"), {"payload": payload})
