"""The database server, its largest tables, and how far the staged rows are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cdrstats.db.engine import sql

ENOUGH = 10_000
"""Counts go so far, and no further."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """A number of rows; where `exact` is False it is an estimate, or "more than that"."""

    rows: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Staging:
    """Rows of cdr_import by how far they are, and the calls there are."""

    staged: Bounded
    waiting: Bounded
    rejected: Bounded
    calls: int  # as the roll-ups count them


@dataclass(frozen=True, slots=True)
class Server:
    version: str
    database: str
    role: str
    size_bytes: int
    started_at: datetime
    connections: int


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table with its indexes; the months of the calls are one table here."""

    name: str
    rows: int  # estimated
    size_bytes: int
    index_bytes: int


_STAGING = sql("cdrstats.health", "count_staging")
_SERVER = sql("cdrstats.health", "read_server")
_SIZES = sql("cdrstats.health", "list_sizes")


def staging(conn: Connection) -> Staging:
    """How many rows are staged, wait, were rejected, became calls."""
    row = conn.execute(_STAGING, {"enough": ENOUGH + 1}).one()
    return Staging(
        staged=_estimated(row.staged, row.staged_estimate),
        waiting=_estimated(row.waiting, None),
        rejected=_estimated(row.rejected, None),
        calls=int(row.calls),
    )


def _estimated(counted: int, estimate: float | None) -> Bounded:
    if counted <= ENOUGH:
        return Bounded(counted, exact=True)
    return Bounded(max(ENOUGH, int(estimate or 0)), exact=False)


def server(conn: Connection) -> Server:
    """Which database this is, and how large."""
    return Server(**conn.execute(_SERVER).one()._asdict())


def sizes(conn: Connection, limit: int = 20) -> list[TableSize]:
    """The largest tables, largest first."""
    return [TableSize(**row._asdict()) for row in conn.execute(_SIZES, {"limit": limit})]
