"""`db`: the database server, its schema, and a shell on it."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from cdrstats.aggregates import views
from cdrstats.cli.common import json_option, report, say
from cdrstats.db import embedded
from cdrstats.db.database import (
    bring_up_to_date,
    engine_on,
    open_server,
    shown,
)
from cdrstats.db.embedded.binaries import packaged
from cdrstats.db.embedded.cluster import size_bytes
from cdrstats.db.embedded.place import VERSION
from cdrstats.db.programs import client
from cdrstats.errors import BadRequest
from cdrstats.settings import Settings, read_settings


@click.group()
def db() -> None:
    """The database server, its schema, and a shell on it."""


@db.command()
def start() -> None:
    """Start the embedded server and leave it running."""
    settings = _embedded_settings()
    cluster = embedded.find_cluster(settings.var_dir, say)
    with embedded.shared(cluster, say):
        embedded.keep(cluster)
    say(f"PostgreSQL is running, its data in {cluster.data}; `db stop` stops it.")


@db.command()
@click.option("--force", is_flag=True, help="Stop it even while others use it.")
def stop(force: bool) -> None:
    """Stop the embedded server."""
    settings = _embedded_settings()
    cluster = embedded.find_cluster(settings.var_dir, say)
    if embedded.stop(cluster, say, force):
        say("PostgreSQL has stopped.")
    else:
        say("PostgreSQL was not running.")


@db.command()
@json_option
def status(as_json: bool) -> None:
    """Say which database it is, and whether it runs."""
    settings = read_settings()
    row: dict[str, Any]
    if settings.database_url:
        with engine_on(settings.database_url, "cdrstats-db") as engine:
            row = {"server": "named", "running": True, "where": shown(engine)}
    else:
        cluster = embedded.find_cluster(settings.var_dir, say)
        row = {
            "server": "embedded",
            "running": cluster.is_running(),
            "where": str(cluster.home),
            "version": cluster.version,
            "runs_as": cluster.account.name,
            "kept": embedded.is_kept(cluster),
            "size_mb": size_bytes(cluster.data) // 1_000_000,
            "users": embedded.users(cluster),
        }
    if as_json:
        report([row], as_json)
    else:
        report([{"what": key, "value": _shown(value)} for key, value in row.items()], False)


@db.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def shell(arguments: tuple[str, ...]) -> None:
    """Open psql on the database. ARGUMENTS go to psql: db shell -- -c "SELECT 1"."""
    with open_server(read_settings(), say) as url:
        named, env = client(url, "cdrstats-shell")
        with _deaf_to_ctrl_c():
            done = subprocess.run(
                [packaged(VERSION) / "psql", "-d", named, *arguments], env=env, check=False
            )
    raise SystemExit(done.returncode)


@db.command()
def upgrade() -> None:
    """Bring the tables up to date, and make the two views if they are missing."""
    with open_server(read_settings(), say) as url, engine_on(url, "cdrstats-db") as engine:
        bring_up_to_date(url, engine, say)
        with engine.begin() as conn:
            views.make_missing(conn)
    say("The database is up to date.")


@db.command()
def url() -> None:
    """Print a complete URL of the database, with its password."""
    settings = read_settings()
    with open_server(settings, say) as whole:
        if not settings.database_url and not embedded.is_kept(
            embedded.find_cluster(settings.var_dir, say)
        ):
            say("The server ends once no command, such as `up`, uses it; `db start` keeps it.")
        click.echo(whole)


def _embedded_settings() -> Settings:
    settings = read_settings()
    if settings.database_url:
        raise BadRequest(
            "CDRSTATS_DATABASE_URL names a server; only the embedded one is started and"
            " stopped from here."
        )
    return settings


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "nobody"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """In psql Ctrl-C ends a query; it must not end us, who keep the server up."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
