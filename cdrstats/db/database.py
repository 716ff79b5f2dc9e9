"""The database that the settings name: a server of one's own, or the embedded one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from alembic.util import CommandError
from sqlalchemy import URL, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from cdrstats.db import embedded, partitions
from cdrstats.db.embedded.cluster import Tell
from cdrstats.db.engine import FEW, make_engine
from cdrstats.db.migrate import is_current, upgrade
from cdrstats.errors import ServerTrouble
from cdrstats.settings import Settings

OLDEST = 15
"""The oldest major version of PostgreSQL that has all we use."""


def tell_stderr(sentence: str) -> None:
    """Tell the person in front of a command."""
    print(sentence, file=sys.stderr, flush=True)


@contextmanager
def open_database(
    settings: Settings,
    application_name: str,
    tell: Tell = tell_stderr,
    connections: int = FEW,
) -> Iterator[Engine]:
    """An engine on a database of this version's schema.

    The embedded server is started if nobody has, runs at least as long as this context, and is
    upgraded without asking. A server of one's own is used as it is.

    Args:
        application_name: what a DBA sees in pg_stat_activity.
        tell: told what takes long.
        connections: that are kept open once they were needed.

    Raises:
        ServerTrouble: no server, the wrong version of it, or a schema that is not current.
    """
    with (
        open_server(settings, tell) as url,
        engine_on(url, application_name, connections) as engine,
    ):
        if not is_current(engine):
            if settings.database_url:
                raise ServerTrouble(
                    "The database's tables are not those of this version:"
                    " run `python -m cdrstats db upgrade`."
                )
            bring_up_to_date(url, engine, tell)
        yield engine


@contextmanager
def open_server(settings: Settings, tell: Tell = tell_stderr) -> Iterator[str]:
    """The URL of the database, whatever is in it; the embedded server runs meanwhile."""
    if settings.database_url:
        yield settings.database_url
        return
    with embedded.shared(embedded.find_cluster(settings.var_dir, tell), tell) as url:
        yield url


@contextmanager
def engine_on(url: str, application_name: str, connections: int = FEW) -> Iterator[Engine]:
    """An engine, after a look whether the server answers and is one that we know."""
    engine = make_engine(url, application_name, connections)
    try:
        check_server(engine)
        yield engine
    finally:
        engine.dispose()


def check_server(engine: Engine) -> int:
    """The server's version as PostgreSQL numbers it, such as 180004.

    Raises:
        ServerTrouble: it does not answer, or is too old.
    """
    try:
        with engine.connect() as conn:
            number = int(conn.execute(text("SHOW server_version_num")).scalar_one())
    except OperationalError as exc:
        raise ServerTrouble(
            f"The database {shown(engine)} does not answer: {' '.join(str(exc.orig).split())}"
        ) from exc
    if number < OLDEST * 10_000:
        raise ServerTrouble(
            f"The database {shown(engine)} is PostgreSQL {number // 10_000}:"
            f" version {OLDEST} or later is needed."
        )
    return number


def shown(engine: Engine) -> str:
    """The engine's URL without its password, for people."""
    return without_password(engine.url)


def without_password(url: URL) -> str:
    """`url` for people, logs and command lines, which others can read."""
    open_parts = {key: value for key, value in url.query.items() if "password" not in key}
    return URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, open_parts
    ).render_as_string(hide_password=False)


def bring_up_to_date(url: str, engine: Engine, tell: Tell = tell_stderr) -> None:
    """Migrate the database if need be, and make the months in which calls come next.

    Raises:
        ServerTrouble: it was made by a newer version, or may not be changed.
    """
    try:
        if not is_current(engine):
            tell("Bringing the database's tables up to date ...")
        upgrade(url)
        partitions.make_months(engine, partitions.coming_months(datetime.now(UTC)))
        if not defaults_to_utc(engine):
            _default_to_utc(engine, tell)
    except CommandError as exc:
        raise ServerTrouble(
            f"The database {shown(engine)} was made by a newer version of CDR-Stats: {exc}"
        ) from exc
    except DBAPIError as exc:
        raise ServerTrouble(
            f"The database {shown(engine)} cannot be upgraded: {_said(exc)}"
        ) from exc


def _said(exc: DBAPIError) -> str:
    """What PostgreSQL said, without where in our statement it said it."""
    diagnosis = getattr(exc.orig, "diag", None)
    told = getattr(diagnosis, "message_primary", None) or str(exc.orig)
    return " ".join(told.split())


def defaults_to_utc(engine: Engine) -> bool:
    """Whether whoever opens this database by hand gets TimeZone UTC, as the two views need."""
    with engine.connect() as conn:
        return bool(conn.execute(_DEFAULTS_TO_UTC).scalar_one())


def utc_statement(engine: Engine) -> str:
    """What the database's owner runs to make UTC the default."""
    name = engine.dialect.identifier_preparer.quote(str(engine.url.database))
    return f"ALTER DATABASE {name} SET timezone TO 'UTC'"


def _default_to_utc(engine: Engine, tell: Tell) -> None:
    try:
        with engine.begin() as conn:
            conn.exec_driver_sql(utc_statement(engine))
    except DBAPIError:  # we do not own the database
        tell(
            f"Warning: have the database's owner run: {utc_statement(engine)};"
            " otherwise views that are made by hand group by another time zone."
        )


_DEFAULTS_TO_UTC = text(
    """
    SELECT EXISTS (
        SELECT FROM pg_db_role_setting
        WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND setrole = 0
          AND 'timezone=utc' = ANY (lower(setconfig::text)::text[])
    )
    """
)
