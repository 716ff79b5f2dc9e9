"""How the installation fares: what came in, what waits, what failed, what the jobs do.

Reads over the ledger, the staging table and the tables of the job process. Nothing here counts
a large table: counts stop at a bound, and beyond it PostgreSQL's own estimate is given.
"""

from cdrstats.health.freshness import SILENT_AFTER, Freshness, freshness
from cdrstats.health.imports import (
    INCOMPLETE_AFTER,
    BadLineRow,
    FileRow,
    IncompleteRow,
    Rejection,
    bad_lines,
    demo_files,
    file_row,
    files,
    incomplete,
    rejections,
)
from cdrstats.health.jobs import (
    JobRow,
    JobRun,
    JobsState,
    job_runs,
    jobs,
    jobs_state,
    request_run,
)
from cdrstats.health.logs import tail
from cdrstats.health.store import (
    ENOUGH,
    Bounded,
    Server,
    Staging,
    TableSize,
    server,
    sizes,
    staging,
)
from cdrstats.health.views import VIEWS, ViewRow, ViewStep, view_rows

__all__ = [
    "ENOUGH",
    "INCOMPLETE_AFTER",
    "SILENT_AFTER",
    "VIEWS",
    "BadLineRow",
    "Bounded",
    "FileRow",
    "Freshness",
    "IncompleteRow",
    "JobRow",
    "JobRun",
    "JobsState",
    "Rejection",
    "Server",
    "Staging",
    "TableSize",
    "ViewRow",
    "ViewStep",
    "bad_lines",
    "demo_files",
    "file_row",
    "files",
    "freshness",
    "incomplete",
    "job_runs",
    "jobs",
    "jobs_state",
    "rejections",
    "request_run",
    "server",
    "sizes",
    "staging",
    "tail",
    "view_rows",
]
