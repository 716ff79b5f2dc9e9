"""Batch after batch until nothing waits. One poison row never blocks another."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, bindparam, select, text, update
from sqlalchemy.exc import DBAPIError

from cdrstats.db.engine import is_rows_fault, lock, sql
from cdrstats.db.partitions import existing_months, make_months
from cdrstats.db.schema import cdr_import
from cdrstats.mediation.batch import (
    Known,
    MissingMonths,
    files_mediated_anew,
    mediate_waiting,
)
from cdrstats.mediation.maps import NewSwitches
from cdrstats.numbers import load_dialcodes
from cdrstats.settings import Smtp

log = logging.getLogger(__name__)

_SPAN_FILES = sql("cdrstats.mediation", "span_files")

BATCH = 20_000
"""Rows a transaction: large enough for set-based work, small enough to stop between."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows decided, by outcome: call, duplicate, ignored, rejected, undone."""

    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        return self.outcomes.total()

    @property
    def calls(self) -> int:
        return self.outcomes["call"]


def mediate(
    engine: Engine,
    *,
    new: NewSwitches | None = None,
    smtp: Smtp | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] | None = None,
) -> Counts:
    """Decide all rows that wait, oldest first, and say what became of them.

    Args:
        new: what unknown switches are taken to be.
        smtp: by which people are mailed about calls that lists refuse; None: by none.
        stop: asked between batches; true ends the work early, with nothing half done.
        progress: told the number of rows decided so far, after each batch.
    """
    outcomes: Counter[str] = Counter()
    started = time.monotonic()
    limit = BATCH
    with engine.connect() as conn:
        if not waiting(conn, 1):
            return Counts()
    known = learn(engine, new, smtp)
    anew: set[int] = set()
    while not stop():
        try:
            with engine.begin() as conn:
                lock(conn, "mediation")
                if not waiting(conn, 1):
                    break
                batch = mediate_waiting(conn, limit, known)
                anew |= files_mediated_anew(conn)
                if batch:
                    conn.execute(text("NOTIFY cdrstats, 'rollup'"))
        except MissingMonths as missing:
            make_months(engine, missing.months)
            known.months.update(missing.months)
            continue
        except DBAPIError as exc:
            if not is_rows_fault(exc):
                raise
            if limit > 1:
                limit = max(1, limit // 16)
            else:
                _reject_oldest(engine, str(exc.orig).splitlines()[0])
            continue
        if not batch:  # what waits is held by somebody else's transaction
            break
        outcomes += batch
        limit = min(BATCH, limit * 4)
        if progress:
            progress(outcomes.total())
    if anew:
        with engine.begin() as conn:
            conn.execute(_SPAN_FILES, {"file_ids": sorted(anew)})
    if outcomes:
        counts = " ".join(f"{name}={count}" for name, count in sorted(outcomes.items()))
        log.info("mediation %s ms=%d", counts, (time.monotonic() - started) * 1000)
    return Counts(outcomes)


def learn(engine: Engine, new: NewSwitches | None = None, smtp: Smtp | None = None) -> Known:
    """What batches are decided by, as it stands now."""
    with engine.connect() as conn:
        codes = load_dialcodes(conn)
    return Known(codes, new or NewSwitches(), existing_months(engine), smtp)


def waiting(conn: Connection, most: int = 100_000) -> int:
    """How many rows wait for mediation, counted up to `most`."""
    rows = select(cdr_import.c.id).where(~cdr_import.c.imported).limit(most).subquery()
    return int(conn.execute(select(text("count(*)")).select_from(rows)).scalar_one())


def _reject_oldest(engine: Engine, reason: str) -> None:
    """PostgreSQL cannot take the oldest waiting row: say why in its place, and go on."""
    with engine.begin() as conn:
        lock(conn, "mediation")
        conn.execute(
            text(
                "UPDATE cdr_import SET imported = true, outcome = 'rejected', reason = :reason"
                " WHERE id = (SELECT id FROM cdr_import WHERE NOT imported ORDER BY id LIMIT 1)"
            ),
            {"reason": reason},
        )


def retry(conn: Connection, import_ids: Sequence[int]) -> int:
    """Have rejected rows mediated again; return how many will be."""
    statement = (
        update(cdr_import)
        .where(
            cdr_import.c.id.in_(bindparam("ids", expanding=True)),
            cdr_import.c.outcome == "rejected",
        )
        .values(imported=False)
    )
    done = conn.execute(statement, {"ids": list(import_ids)}).rowcount
    conn.execute(text("NOTIFY cdrstats, 'import'"))
    return done
