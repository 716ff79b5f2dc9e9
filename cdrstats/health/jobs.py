"""What the job process does, and did; and asking it to run a job now."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, text

from cdrstats.db.schema import job, job_run
from cdrstats.db.schema import jobs_state as jobs_state_table


@dataclass(frozen=True, slots=True)
class JobsState:
    """The process that runs the jobs, or ran them last; None where none ever did."""

    host: str | None
    pid: int | None
    started_at: datetime | None
    heartbeat_at: datetime | None
    paused: bool
    paused_at: datetime | None
    paused_by: str | None


@dataclass(frozen=True, slots=True)
class JobRun:
    id: int
    job: str
    state: str  # queued, running, done, error
    requested_by: str
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    done: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job and its last run that did something or failed; None if it never ran."""

    name: str
    description: str
    schedule: str
    next_run_at: datetime | None
    last: JobRun | None


_NOBODY = JobsState(None, None, None, None, False, None, None)
_RUN_COLUMNS = [job_run.c[name] for name in JobRun.__dataclass_fields__]


def jobs_state(conn: Connection) -> JobsState:
    """The job process as it last showed itself."""
    columns = [jobs_state_table.c[name] for name in JobsState.__dataclass_fields__]
    row = conn.execute(select(*columns)).first()
    return _NOBODY if row is None else JobsState(**row._asdict())


def jobs(conn: Connection) -> list[JobRow]:
    """The jobs that the process knows, with the last run of each."""
    found = conn.execute(
        select(job.c.name, job.c.description, job.c.schedule, job.c.next_run_at).order_by(
            job.c.name
        )
    ).all()
    return [JobRow(*row, last=_last_run(conn, row.name)) for row in found]


def _last_run(conn: Connection, name: str) -> JobRun | None:
    runs = job_runs(conn, limit=1, name=name)
    return runs[0] if runs else None


def job_runs(conn: Connection, limit: int = 50, name: str | None = None) -> list[JobRun]:
    """The last runs, newest first."""
    query = select(*_RUN_COLUMNS).order_by(job_run.c.id.desc()).limit(limit)
    if name is not None:
        query = query.where(job_run.c.job == name)
    return [JobRun(**row._asdict()) for row in conn.execute(query)]


def request_run(conn: Connection, name: str, by: str) -> bool:
    """Ask the job process to run `name` at once; False if it is queued or running already."""
    busy = select(job_run.c.id).where(
        job_run.c.job == name, job_run.c.state.in_(["queued", "running"])
    )
    if conn.execute(busy.limit(1)).scalar() is not None:
        return False
    conn.execute(insert(job_run).values(job=name, requested_by=by))
    conn.execute(text("SELECT pg_notify('cdrstats', 'run')"))
    return True
