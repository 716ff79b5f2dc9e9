"""Engines, locks and SQL files.

Who may commit: jobs, the CLI and a page's save button open a transaction with
`engine.begin()`. Everything else receives a Connection and never commits, so calls
compose, and a test can roll all of them back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

import psycopg2
from sqlalchemy import (
    Connection,
    Engine,
    TextClause,
    create_engine,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

FEW = 5
"""Connections are enough for a process that does one thing after the other."""


def make_engine(url: str, application_name: str, connections: int = FEW) -> Engine:
    """An engine whose every connection speaks UTC.

    Args:
        url: a libpq URL (`postgresql://...`), whatever driver it names.
        application_name: what a DBA sees in pg_stat_activity.
        connections: that are kept open once they were needed.
    """
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg2"),
        pool_pre_ping=True,
        hide_parameters=True,  # errors are logged, and who looked for which number is not
        pool_size=connections,
        connect_args={
            "application_name": application_name,
            "options": "-c timezone=UTC -c jit=off",
        },
    )


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that cannot write, and to which all it reads is of one moment.

    A question that takes several statements could count a call twice, or not at all, else.
    """
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as conn, conn.begin():
        yield conn


def try_lock(conn: Connection, name: str) -> bool:
    """Hold the lock `name` until this transaction ends; False if it is held elsewhere."""
    lock = func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0))
    return bool(conn.execute(select(lock)).scalar_one())


def lock(conn: Connection, name: str) -> None:
    """Wait for the lock `name`, and hold it until this transaction ends."""
    conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def lock_shared(conn: Connection, name: str) -> None:
    """Like `lock`, beside others who share it; whoever wants it alone waits for all."""
    conn.execute(select(func.pg_advisory_xact_lock_shared(func.hashtextextended(name, 0))))


def is_rows_fault(exc: DBAPIError) -> bool:
    """Whether PostgreSQL refused what a row holds: wrong data, a constraint, or too large."""
    return (getattr(exc.orig, "pgcode", None) or "")[:2] in ("22", "23", "54")


@contextmanager
def psycopg2_cursor(conn: Connection) -> Iterator[Any]:
    """A cursor of the driver under `conn`, for COPY; part of the connection's transaction.

    Its errors are SQLAlchemy's, as those of all other statements are.
    """
    driver: Any = conn.connection.driver_connection
    try:
        with driver.cursor() as cursor:
            yield cursor
    except psycopg2.Error as exc:
        raise DBAPIError.instance("COPY", None, exc, psycopg2.Error) from exc


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copied(value: object) -> str:
    """A value as a cell of PostgreSQL's COPY text format."""
    return str(value).translate(_ESCAPES)


def sql(package: str, name: str) -> TextClause:
    """The statement in `<package>/sql/<name>.sql`, its parameters written `:like_this`."""
    return text(resources.files(package).joinpath("sql", f"{name}.sql").read_text("utf-8"))
