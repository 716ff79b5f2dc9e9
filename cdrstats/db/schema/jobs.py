"""What the job process does and did, and how fresh the two materialized views are."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)

from cdrstats.db.schema.base import Flag, Instant, filled, metadata

# The jobs that the running process knows, published by it.
job = Table(
    "job",
    metadata,
    Column("name", Text, primary_key=True),
    Column("description", Text, nullable=False),
    Column("schedule", Text, nullable=False),
    Column("next_run_at", Instant),
)

# One row a run. queued -> running -> done | error.
job_run = Table(
    "job_run",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("job", Text, nullable=False),
    filled("state", Text, "'queued'"),
    filled("requested_by", Text, "'schedule'"),
    Column("queued_at", Instant, nullable=False, server_default=func.now()),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("done", BigInteger),  # how many things were done
    Column("error", Text),
    Index(None, "job", "id"),
    Index(
        "job_run_open_idx",
        "id",
        postgresql_where=text("state = ANY (ARRAY['queued'::text, 'running'::text])"),
    ),
)

# One row: the process that holds the lock, and whether an operator paused it.
jobs_state = Table(
    "jobs_state",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("host", Text),
    Column("pid", Integer),
    Column("started_at", Instant),
    Column("heartbeat_at", Instant),
    filled("paused", Flag),
    Column("paused_at", Instant),
    Column("paused_by", Text),
)

# How fresh the two materialized views are. `changes` counts the times that calls changed,
# `shown` is that count when the view was last refreshed: equal, and nothing is to be done.
matview_state = Table(
    "matview_state",
    metadata,
    Column("name", Text, primary_key=True),
    filled("changes", BigInteger),
    filled("shown", BigInteger),
    Column("changed_at", Instant),  # the first change that it does not show yet
    Column("refreshed_at", Instant),  # it shows the calls of this instant
    Column("took_ms", BigInteger),
    Column("next_due_at", Instant),
    Column("trouble", Text),  # a sentence for the operator; NULL: none
    # Who could read it when it was last looked at, to grant again what DROP took away.
    Column("seen_oid", BigInteger),
    filled("readers", ARRAY(Text), "'{}'"),
)
