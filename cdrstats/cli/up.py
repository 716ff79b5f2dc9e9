"""`up`: all of CDR-Stats in one command, until Ctrl-C."""

import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine, text

from cdrstats import demo
from cdrstats.accounts import links
from cdrstats.aggregates import views
from cdrstats.cli import children
from cdrstats.cli.children import Child
from cdrstats.cli.claim import check_port, claim
from cdrstats.cli.common import PATIENCE_S, say
from cdrstats.db import embedded
from cdrstats.db.database import bring_up_to_date, engine_on, open_server
from cdrstats.errors import ServerTrouble
from cdrstats.folders import private_folder
from cdrstats.settings import Settings, read_settings

LOOK_S = 0.2
SERVER_LOOK_S = 2.0
PAGE_S = 180.0
HOPELESS = 4
"""Deaths in a row, before the page ever answered, after which starting it again is no use."""

NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Stop(BaseException):
    """Ctrl-C, SIGTERM, or the terminal has gone."""


@click.command()
def up() -> None:
    """Start the database, the jobs and the web page, and keep them running until Ctrl-C."""
    settings = read_settings()
    run = private_folder(settings.var_dir, "run")
    try:
        _raise_stop()
        with claim(run / "up.lock", _shown(settings)) as other:
            if other:
                click.echo(f"CDR-Stats is already running at {other}.")
                return
            children.end_leftovers(run / "children.json")
            check_port(settings)
            with open_server(settings, say) as url, engine_on(url, "cdrstats-up") as engine:
                bring_up_to_date(url, engine, say)
                with engine.begin() as conn:
                    views.make_missing(conn)
                _run(settings, engine, run / "children.json")
    except Stop:
        say("Stopped.")


def _raise_stop() -> None:
    """Let the first signal raise Stop; those that follow do not disturb the stopping.

    A signal that we were started to ignore (nohup) stays ignored.
    """
    signals = [
        number
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) != signal.SIG_IGN
    ]

    def stop(*_: object) -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        say("Stopping ...")
        raise Stop

    for number in signals:
        signal.signal(number, stop)


def _run(settings: Settings, engine: Engine, noted: Path) -> None:
    """Start all, say where the page is, and watch until a signal comes."""
    jobs_and_web = [
        Child("jobs", ["-m", "jobs"], settings.var_dir),
        Child("web", _streamlit(settings), settings.var_dir),
    ]
    passing = []
    try:
        if settings.demo and (why := _wants_demo(settings, engine)):
            say(f"{why}: loading demo calls (CDRSTATS_DEMO=off prevents it).")
            load = ["-m", "cdrstats", "demo", "load"]
            passing.append(Child("demo", load, settings.var_dir, terminal=True))
        children.note(jobs_and_web + passing, noted)
        look = _looker(settings, jobs_and_web, noted)
        _await_demo(passing, look)
        _await_page(settings, jobs_and_web[1], look)
        welcome = [
            f"CDR-Stats is running at {_shown(settings)}",
            *_first_link(settings, engine),
        ]
        click.echo("\n".join(welcome))
        while True:
            look()
            time.sleep(LOOK_S)
    finally:
        children.end(passing + jobs_and_web)
        noted.unlink(missing_ok=True)


def _first_link(settings: Settings, engine: Engine) -> list[str]:
    """The line with the link by which the first administrator comes in; none once one has."""
    with engine.begin() as conn:
        link = links.first_administrator(conn, datetime.now(UTC))
    if link is None:
        return []
    there = f"{_shown(settings)}/link/{link.token}"
    return [f"Choose the password of {links.FIRST_NAME} at {there}"]


def _looker(settings: Settings, watched: list[Child], noted: Path) -> Callable[[], None]:
    """What is looked after again and again: the processes, and the embedded server."""
    cluster = None if settings.database_url else embedded.find_cluster(settings.var_dir, say)
    next_look = time.monotonic()
    pids = [child.process.pid for child in watched]

    def look() -> None:
        nonlocal next_look, pids
        for child in watched:
            child.watch()
        if pids != (pids := [child.process.pid for child in watched]):
            children.note(watched, noted)
        if cluster and time.monotonic() >= next_look:
            if not cluster.is_running():
                say("PostgreSQL has ended; starting it again ...")
                try:
                    embedded.revive(cluster, say)
                except ServerTrouble as exc:  # a full disk may be emptied
                    say(str(exc))
            next_look = time.monotonic() + SERVER_LOOK_S

    return look


def _await_demo(passing: list[Child], look: Callable[[], None]) -> None:
    """Wait until the demo's calls are in; it shows its own progress."""
    for child in passing:
        while (status := child.process.poll()) is None:
            look()
            time.sleep(LOOK_S)
        if status != 0:
            say("The demo could not be loaded; `python -m cdrstats demo load` tries again.")


def _await_page(settings: Settings, web: Child, look: Callable[[], None]) -> None:
    """Wait until the page answers.

    Raises:
        ServerTrouble: it does not, and will not.
    """
    began = time.monotonic()
    told_at = began
    while not (_answers(settings, "/healthz") and _answers(settings, "/login")):
        look()
        waited = time.monotonic() - began
        if web.deaths >= HOPELESS or waited > PAGE_S:
            raise ServerTrouble(
                f"The web page does not answer after {waited:.0f} s; see"
                f" {settings.var_dir / 'log' / 'web.out'}"
            )
        if time.monotonic() - told_at > PATIENCE_S:
            told_at = time.monotonic()
            say(f"Waiting for the web page, {waited:.0f} s ...")
        time.sleep(LOOK_S)


def _answers(settings: Settings, path: str) -> bool:
    try:
        with NO_PROXY.open(f"{settings.origin}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _streamlit(settings: Settings) -> list[str]:
    return [
        *("-m", "streamlit", "run", "app.py"),
        *("--server.port", str(settings.port)),
        *("--server.address", settings.address),
        *("--server.headless", "true"),
        *("--browser.gatherUsageStats", "false"),
    ]


def _shown(settings: Settings) -> str:
    if settings.address == "127.0.0.1" and not settings.public_url:
        return f"http://localhost:{settings.port}"
    return settings.links_begin


def _wants_demo(settings: Settings, engine: Engine) -> str:
    """Why the demo is to be loaded; '' if it is not."""
    if nothing_ever_came(engine):
        return "The database is empty"
    if demo.is_unfinished(engine, settings):
        return "The demo is loaded in part"
    return ""


def nothing_ever_came(engine: Engine) -> bool:
    """Whether nothing ever came in: the demo, once removed, is not wanted again."""
    with engine.connect() as conn:
        return bool(
            conn.execute(
                text(
                    "SELECT NOT EXISTS (SELECT FROM voip_cdr) AND NOT EXISTS ("
                    " SELECT FROM pg_sequences WHERE schemaname = 'public' AND sequencename IN"
                    " ('import_file_id_seq', 'cdr_import_id_seq') AND last_value IS NOT NULL)"
                )
            ).scalar_one()
        )
