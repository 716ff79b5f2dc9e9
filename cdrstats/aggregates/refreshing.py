"""Refresh the two materialized views, when there is something to show and it is their turn.

Never more than 5 % of the time: after a round that took t seconds the next is due 19 t later.
What stands in the way of one view is written beside it and keeps nobody else from work.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import Connection, Engine, case, func, null, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from cdrstats.aggregates.views import VIEWS, ViewStatus, status
from cdrstats.db.schema import matview_state

log = logging.getLogger(__name__)

LOCK = func.hashtextextended("views", 0)
"""The advisory lock of whoever refreshes: two at once would wait for each other."""

SHARE = 20
"""Refreshing may take one part in so many of the time."""

SHORTEST = timedelta(seconds=10)
"""Between two rounds, however short they are."""

CANCELLED = "57014"
"""SQLSTATE of a statement that was told to stop: we are."""

_INDEX = {
    view.name: (
        f"CREATE UNIQUE INDEX ON public.{view.name} (starting_date, country_id, switch_id,"
        " cdr_source_type, hangup_cause_id, user_id)"
    )
    for view in VIEWS
}
_REFRESH = {view.name: f"REFRESH MATERIALIZED VIEW public.{view.name}" for view in VIEWS}
_BESIDE_READERS = {
    view.name: f"REFRESH MATERIALIZED VIEW CONCURRENTLY public.{view.name}" for view in VIEWS
}


def refresh_due(engine: Engine, now: datetime) -> int:
    """Look at both views, mend what can be mended, refresh what is due; return how many were.

    A view is due when calls have changed since it was refreshed, or it is not populated, and
    `next_due_at` has come. Does nothing while another process does the same.
    """
    with engine.connect() as ordinary:
        conn = ordinary.execution_options(isolation_level="AUTOCOMMIT")
        if not conn.execute(select(func.pg_try_advisory_lock(LOCK))).scalar_one():
            return 0
        try:
            # A view that somebody else holds is tried again; their readers must not wait
            # behind us.
            conn.execute(text("SET lock_timeout = '5s'"))
            conn.execute(text("SET work_mem = '64MB'"))
            return _refresh_due(conn, now)
        finally:
            if not conn.invalidated:
                conn.execute(text("RESET lock_timeout"))
                conn.execute(text("RESET work_mem"))
                conn.execute(select(func.pg_advisory_unlock(LOCK)))


def _refresh_due(conn: Connection, now: datetime) -> int:
    due = []
    for view in status(conn):
        trouble = _trouble(view) or _attempt(conn, view, _mending(view))
        if trouble:
            _note_trouble(conn, view, trouble)
        else:
            _remember(conn, view)
            if _is_due(view, now):
                due.append(view)
    if not due:
        return 0
    began = monotonic()
    done = sum(_refresh(conn, view) for view in due)
    took = timedelta(seconds=monotonic() - began)
    pause = max(SHORTEST, took * (SHARE - 1))
    conn.execute(update(matview_state).values(next_due_at=func.now() + pause))
    return done


def _trouble(view: ViewStatus) -> str | None:
    """What only an operator can mend."""
    if not view.exists:
        return (
            f"{view.name} does not exist. Make it by its CREATE MATERIALIZED VIEW statement,"
            " or with `python -m cdrstats db upgrade`."
        )
    if not view.ours:
        return (
            f"{view.name} belongs to the role {view.owner}, so it cannot be refreshed."
            f" This mends it: {view.mend}"
        )
    if not view.as_it_should_be:
        return (
            f"{view.name} has other columns than it should. Drop it, and make it by its"
            " CREATE MATERIALIZED VIEW statement, or with `python -m cdrstats db upgrade`."
        )
    return None


def _mending(view: ViewStatus) -> list[str]:
    """What we mend ourselves: a view made by hand has no index, and its readers lost it."""
    index = [] if view.keyed else [_INDEX[view.name]]
    return [*index, *view.grants]


def _is_due(view: ViewStatus, now: datetime) -> bool:
    wanted = (
        view.behind
        or not view.populated
        or view.oid != view.seen_oid  # made by hand: nobody knows what it shows
        or view.trouble is not None
    )
    return wanted and (view.next_due_at is None or view.next_due_at <= now)


def _refresh(conn: Connection, view: ViewStatus) -> bool:
    """Refresh `view`; false if it could not be, with the trouble beside it."""
    began = monotonic()
    as_of = conn.execute(select(func.clock_timestamp())).scalar_one()
    statement = (_BESIDE_READERS if view.populated else _REFRESH)[view.name]
    trouble = _attempt(conn, view, [statement])
    if trouble:
        _note_trouble(conn, view, trouble)
        return False
    took_ms = round((monotonic() - began) * 1000)
    state = matview_state.c
    conn.execute(
        update(matview_state)
        .where(state.name == view.name)
        .values(
            refreshed_at=as_of,
            took_ms=took_ms,
            shown=view.changes,
            # Calls may have changed while we refreshed.
            changed_at=case((state.changes == view.changes, null()), else_=as_of),
            trouble=null(),
        )
    )
    log.info("view=%s refreshed ms=%d", view.name, took_ms)
    return True


def _remember(conn: Connection, view: ViewStatus) -> None:
    """Keep who may read `view`, for the day that it is dropped."""
    readers = set(view.readers or [])
    if view.oid != view.seen_oid:  # they have just been given their rights back
        readers |= set(view.remembered or [])
    if view.oid != view.seen_oid or readers != set(view.remembered or []):
        _write(conn, view, seen_oid=view.oid, readers=sorted(readers))


def _note_trouble(conn: Connection, view: ViewStatus, trouble: str) -> None:
    if trouble != view.trouble:
        log.warning("view=%s trouble=%r", view.name, trouble)
        _write(conn, view, trouble=trouble)


def _write(conn: Connection, view: ViewStatus, **values: object) -> None:
    statement = insert(matview_state).values(name=view.name, **values)
    conn.execute(
        statement.on_conflict_do_update(index_elements=[matview_state.c.name], set_=values)
    )


def _attempt(conn: Connection, view: ViewStatus, statements: Sequence[str]) -> str | None:
    """Run `statements`; a sentence if one fails. A lost connection is not a view's trouble."""
    try:
        for statement in statements:
            conn.exec_driver_sql(statement)
    except DBAPIError as exc:
        if exc.connection_invalidated or getattr(exc.orig, "pgcode", None) == CANCELLED:
            raise
        return f"{view.name} could not be refreshed: {str(exc.orig).splitlines()[0]}"
    return None
