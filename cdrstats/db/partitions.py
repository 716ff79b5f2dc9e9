"""The months of `voip_cdr`, made before they are needed, each in a transaction of its own."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from cdrstats.clock import month_of, next_month
from cdrstats.db.engine import lock

FIRST_START = datetime(2000, 1, 1, tzinfo=UTC)
"""Calls that start earlier are not plausible."""

AHEAD = timedelta(days=2)
"""Calls that start later than this from now are not plausible."""


def coming_months(now: datetime, count: int = 3) -> list[datetime]:
    """This month and the `count` that follow it."""
    months = [month_of(now)]
    for _ in range(count):
        months.append(next_month(months[-1]))
    return months


def existing_months(engine: Engine) -> set[datetime]:
    with engine.connect() as conn:
        return set(months_of_calls(conn))


def months_of_calls(conn: Connection) -> list[datetime]:
    """The months that have a partition, oldest first."""
    names = conn.execute(
        text(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'public.voip_cdr'::regclass ORDER BY c.relname"
        )
    ).scalars()
    return [datetime.strptime(name, "voip_cdr_%Y_%m").replace(tzinfo=UTC) for name in names]


def make_months(engine: Engine, months: Iterable[datetime]) -> int:
    """Make the partitions of `months` that do not exist; return how many were made.

    A table is filled in beside `voip_cdr` and attached under a short lock time-out, tried
    again, so that readers never queue behind us.
    """
    missing = sorted(set(months) - existing_months(engine))
    for month in missing:
        for attempt in range(20):
            try:
                _make_month(engine, month)
                break
            except DBAPIError as exc:
                if getattr(exc.orig, "pgcode", None) != "55P03" or attempt == 19:
                    raise
                time.sleep(0.2 * (attempt + 1))
    return len(missing)


def _make_month(engine: Engine, month: datetime) -> None:
    name = f"voip_cdr_{month:%Y_%m}"
    with engine.begin() as conn:
        lock(conn, "partitions")
        known = conn.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar()
        if known is not None:
            return
        conn.execute(text("SET LOCAL lock_timeout = '2s'"))
        # Identifiers and bounds come from a datetime, never from outside.
        conn.exec_driver_sql(f"CREATE TABLE {name} (LIKE voip_cdr INCLUDING ALL)")
        conn.exec_driver_sql(
            f"ALTER TABLE voip_cdr ATTACH PARTITION {name}"
            f" FOR VALUES FROM ('{month:%Y-%m-%d} 00:00+00')"
            f" TO ('{next_month(month):%Y-%m-%d} 00:00+00')"
        )
