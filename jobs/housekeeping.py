"""What keeps the house in order: months made ahead, old rows forgotten."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from cdrstats import alarms, fraud, intake, notices
from cdrstats.accounts import sessions
from cdrstats.db.engine import sql
from cdrstats.db.partitions import coming_months, make_months
from cdrstats.downloads import forget_expired
from cdrstats.mail import forget_old
from cdrstats.settings import Settings

RUNS_KEPT = timedelta(days=14)
IDLE_RUNS_KEPT = timedelta(days=1)
"""Jobs look for work every few seconds; runs that found none are soon of no use."""

FOUND_KEPT = timedelta(days=400)
"""What alarms and fraud rules found can be compared with the year before."""

PARTS_KEPT = timedelta(days=7)
"""Parts whose call was made may still be told more, and can be split from it by undoing."""

CHUNK = 10_000
"""Staged rows forgotten in one transaction."""

_PURGE_RUNS = sql(__package__, "purge_runs")
_PURGE_STAGING = sql(__package__, "purge_staging")


def keep_house(
    engine: Engine, settings: Settings, now: datetime, stop: Callable[[], bool]
) -> int:
    """Make the coming months, forget what is old; return how many things were done."""
    done = make_months(engine, coming_months(now))
    bounds = {"before": now - RUNS_KEPT, "idle_before": now - IDLE_RUNS_KEPT}
    with engine.begin() as conn:
        done += conn.execute(_PURGE_RUNS, bounds).rowcount
    done += forget_expired(engine, settings.var_dir, now)
    with engine.begin() as conn:
        done += sessions.sweep(conn, now)
        done += forget_old(conn, now)
        done += notices.forget_old(conn, now)
        done += intake.forget_parts(conn, now - PARTS_KEPT)
        done += alarms.forget(conn, now - FOUND_KEPT)
        done += fraud.forget(conn, now - FOUND_KEPT)
    if settings.keep_staging_days is not None:
        before = now - timedelta(days=settings.keep_staging_days)
        done += _forget_staging(engine, before, stop)
    return done


def _forget_staging(engine: Engine, before: datetime, stop: Callable[[], bool]) -> int:
    """Starting over leaves the calls of these rows untouched from now on."""
    forgotten = 0
    while not stop():
        with engine.begin() as conn:
            bounds = {"before": before, "limit": CHUNK}
            chunk = conn.execute(_PURGE_STAGING, bounds).rowcount
        forgotten += chunk
        if chunk < CHUNK:
            break
    return forgotten
