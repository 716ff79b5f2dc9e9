"""Up to when there are calls, and whether new ones are coming in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from cdrstats.db.schema import cdr_import
from cdrstats.health.jobs import jobs_state

SILENT_AFTER = timedelta(seconds=60)
"""A job process that has not been seen for so long does not run."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How current the figures are."""

    last_call: datetime | None  # start of the newest call that has begun
    waiting: bool  # whether rows wait for mediation
    jobs_seen_at: datetime | None
    paused: bool

    def trouble(self, now: datetime) -> str | None:
        """A sentence where new calls do not come in as they should; None if all is well."""
        if self.paused:
            return "Jobs are paused: new calls are not brought in until they are resumed."
        if not self.waiting:
            return None
        if self.jobs_seen_at is None:
            return "Rows wait to become calls, and the job process has never run."
        if now - self.jobs_seen_at > SILENT_AFTER:
            return "Rows wait to become calls, and the job process does not run."
        return None


def freshness(conn: Connection, last_call: datetime | None) -> Freshness:
    """How current the figures are for whom `last_call` is the newest call that has begun."""
    waiting = conn.execute(
        select(cdr_import.c.id).where(~cdr_import.c.imported).order_by(cdr_import.c.id).limit(1)
    ).scalar()
    state = jobs_state(conn)
    return Freshness(last_call, waiting is not None, state.heartbeat_at, state.paused)
