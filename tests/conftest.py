"""A real PostgreSQL for every test that asks for `conn` or `fresh_engine`.

The server is the one that CDRSTATS_TEST_DATABASE_URL names, else an embedded one in a folder
of its own, PostgreSQL 18 or what CDRSTATS_TEST_POSTGRES says.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text

from cdrstats.db.engine import make_engine
from cdrstats.db.migrate import upgrade
from cdrstats.db.partitions import make_months

from .factories import NOON


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server in which databases may be made."""
    if url := os.environ.get("CDRSTATS_TEST_DATABASE_URL"):
        yield url
        return
    from .embedded import scratch_server

    with scratch_server(os.environ.get("CDRSTATS_TEST_POSTGRES", "18")) as url:
        yield url


@cache
def administration(server: str) -> Engine:
    """Made once: it asks a server that it does not know all kinds of things."""
    url = make_url(server).set(drivername="postgresql+psycopg2")
    return create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)


def administer(server: str, statement: str) -> None:
    with administration(server).connect() as conn:
        conn.execute(text(statement))


def database_url(server: str, database: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def template_database(server: str) -> Iterator[str]:
    """A database with the current schema and the months around NOON, copied by others."""
    name = f"cdrstats_test_{uuid.uuid4().hex[:8]}"
    administer(server, f"CREATE DATABASE {name}")
    url = database_url(server, name)
    upgrade(url)
    engine = make_engine(url, "tests")
    make_months(engine, [NOON.replace(day=1, hour=0), datetime(2026, 4, 1, tzinfo=UTC)])
    engine.dispose()
    yield name
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


AS_FILES = "STRATEGY file_copy"
"""How a database is copied: the usual way writes all of it to the log besides, which takes
several times as long where the log is on a disk that others use too."""


@contextmanager
def copied(server: str, template_database: str) -> Iterator[Engine]:
    """A database made from the template, dropped afterwards."""
    name = f"{template_database}_{uuid.uuid4().hex[:8]}"
    administer(server, f"CREATE DATABASE {name} TEMPLATE {template_database} {AS_FILES}")
    engine = make_engine(database_url(server, name), "tests")
    yield engine
    engine.dispose()
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def shared_engine(server: str, template_database: str) -> Iterator[Engine]:
    with copied(server, template_database) as engine:
        yield engine


@pytest.fixture
def conn(shared_engine: Engine) -> Iterator[Connection]:
    """A connection whose work is rolled back after the test."""
    with shared_engine.connect() as connection, connection.begin() as outer:
        yield connection
        outer.rollback()


@pytest.fixture
def fresh_engine(server: str, template_database: str) -> Iterator[Engine]:
    """A database of one's own, for tests that commit or need two connections."""
    with copied(server, template_database) as engine:
        yield engine


@pytest.fixture(scope="module")
def module_engine(server: str, template_database: str) -> Iterator[Engine]:
    """A database that the tests of a module share, with what they leave in it."""
    with copied(server, template_database) as engine:
        yield engine


@pytest.fixture
def named_database(fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings name the database of `fresh_engine`."""
    url = fresh_engine.url.set(drivername="postgresql")
    monkeypatch.setenv("CDRSTATS_DATABASE_URL", url.render_as_string(hide_password=False))


@pytest.fixture
def empty_database(server: str) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    name = f"cdrstats_test_{uuid.uuid4().hex[:8]}"
    administer(server, f"CREATE DATABASE {name}")
    yield database_url(server, name)
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


DATABASE_FIXTURES = {"conn", "fresh_engine", "empty_database", "server"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark `db` whatever uses the database, so that `-m "not db"` is the quick suite.

    Tests of pages are slow: they ask PostgreSQL nothing that others do not. What takes long
    comes first: a worker that begins with it last keeps the others waiting.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & DATABASE_FIXTURES:
            item.add_marker("db")
        if "app" in fixtures:
            item.add_marker("slow")
    turns: dict[Path, int] = {}
    for item in items:
        turns[item.path] = min(_turn(item), turns.get(item.path, len(TAKE_LONG)))
    items.sort(key=lambda item: turns[item.path])


TAKE_LONG = ("browser", "slow")


def _turn(item: pytest.Item) -> int:
    """When a test's file comes on: with a browser, then slow, then all others."""
    takes = [item.get_closest_marker(name) is not None for name in TAKE_LONG]
    return takes.index(True) if True in takes else len(takes)
