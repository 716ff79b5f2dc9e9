"""A server of the bench's own, so that nothing else is touched or in the way."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from cdrstats.db.database import open_server
from cdrstats.settings import read_settings

VARIABLE = "CDRSTATS_BENCH_DATABASE_URL"


@contextmanager
def bench_server() -> Iterator[tuple[str, Path]]:
    """The URL of a server in which databases may be made, and a folder for files.

    The server is the embedded one with its usual settings, in a temporary folder, unless
    CDRSTATS_BENCH_DATABASE_URL names another.
    """
    with tempfile.TemporaryDirectory(prefix="cdrstats-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # started by root, the server runs as a user of its own
        if url := os.environ.get(VARIABLE):
            yield url, folder
            return
        with open_server(replace(read_settings({}), var_dir=folder / "var")) as url:
            yield url, folder


@contextmanager
def database(server: str, name: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database, a copy of `template`, dropped afterwards."""
    _administer(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    _administer(server, f"ALTER DATABASE {name} SET timezone TO 'UTC'")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _administer(server: str, statement: str) -> None:
    engine = create_engine(
        make_url(server).set(drivername="postgresql+psycopg2"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as conn:
        conn.execute(text(statement))
    engine.dispose()
