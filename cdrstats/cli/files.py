"""`file`: take CDR files in, list them, take one back."""

import getpass
import sys
from dataclasses import asdict
from pathlib import Path
from zoneinfo import available_timezones

import click
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from cdrstats import intake
from cdrstats.aggregates.draining import drain
from cdrstats.cli.common import database, json_option, noting, progress, report, say
from cdrstats.errors import BadRequest, CdrStatsError
from cdrstats.health import files as ledger_files
from cdrstats.mediation import NewSwitches
from cdrstats.settings import read_settings
from cdrstats.sources import READERS, Options, column_map_of

SHOWN = (
    "file", "source", "read", "staged", "imported", "duplicates", "rejected", "bad",
    "ignored", "joined", "parts", "waiting", "first_call", "last_call", "note",
)  # fmt: skip


class SourceName(click.Choice[str]):
    """A format, written with dashes or underscores; `generic` is short for generic_csv."""

    def __init__(self) -> None:
        super().__init__(sorted(READERS))

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        name = value.lower().replace("-", "_")
        return super().convert("generic_csv" if name == "generic" else name, param, ctx)


@click.group("file")
def file() -> None:
    """CDR files: load them, list them, undo one."""


@file.command("load")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", type=SourceName(), help="Format; else detected.")
@click.option("--switch", help="The switch that wrote them; else what the records say.")
@click.option("--timezone", help="IANA zone of stamps without one; a new switch keeps it.")
@click.option("--map", "map_path", type=click.Path(path_type=Path), help="Columns, as JSON.")
@click.option("--stage-only", is_flag=True, help="Leave mediation to the job process.")
@json_option
def load(
    paths: tuple[Path, ...],
    source: str | None,
    switch: str | None,
    timezone: str | None,
    map_path: Path | None,
    stage_only: bool,
    as_json: bool,
) -> None:
    """Load CDR files; the same file again adds nothing.

    Exit status 1: there were bad lines or rejected records; 2: a file could not be loaded.
    """
    if timezone is not None and timezone not in available_timezones():
        raise BadRequest(f"there is no time zone {timezone!r}; say it like Europe/London")
    options = read_map(map_path) if map_path else None
    settings = read_settings()
    new = NewSwitches(timezone or settings.timezone, settings.country)
    reports = []
    failed = False
    with database("file") as engine:
        for path in paths:
            try:
                with progress(None, f"Loading {path.name}") as bar:
                    done = intake.load_file(
                        engine,
                        path,
                        source,
                        switch,
                        timezone,
                        loaded_by=f"{getpass.getuser()} (command line)",
                        stage_only=stage_only,
                        new=new,
                        smtp=settings.smtp,
                        options=options,
                        progress=bar,
                    )
            except (CdrStatsError, OSError) as exc:
                failed = True
                say(f"{path}: {exc}")
                continue
            except DBAPIError as exc:
                failed = True
                say(f"{path}: it stays half-way, and goes on when loaded again.")
                say(f"The database says: {str(exc.orig).strip()}")
                continue
            if done.how:
                say(f"{path}: {done.how}")
            reports.append(done)
        if not stage_only:
            _roll_up(engine)
    rows = [{name: asdict(done)[name] for name in SHOWN} for done in reports]
    report(rows, as_json, SHOWN)
    if failed:
        sys.exit(2)
    if not all(done.clean for done in reports):
        say("Some lines were bad or rejected: the Imports page shows each with its reason.")
        sys.exit(1)


def _roll_up(engine: Engine) -> None:
    with progress(None, "Bringing figures up to date") as bar:
        drain(engine, progress=bar)


def read_map(path: Path) -> Options:
    """The column map in a JSON file; docs/sources.md tells its keys.

    Raises:
        BadRequest: the file is not there, or is not such a map.
    """
    try:
        return Options(column_map=column_map_of(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as exc:
        raise BadRequest(f"{path} cannot be read: {exc}") from exc


@file.command("list")
@click.option("--most", default=50, show_default=True, help="How many, newest first.")
@json_option
def list_(most: int, as_json: bool) -> None:
    """The ledger: every file that was loaded, newest first."""
    with database("file") as engine, engine.connect() as conn:
        rows = [asdict(one) for one in ledger_files(conn, limit=most)]
    report(rows, as_json)


@file.command("undo")
@click.argument("file_id", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
def undo(file_id: int, yes: bool) -> None:
    """Take a file back: its calls go, its rows stay in cdr_import as undone."""
    settings = read_settings()
    with database("file") as engine:
        if not yes:
            click.confirm(f"Undo file {file_id}, and remove its calls?", abort=True, err=True)
        calls = intake.undo_file(
            engine, file_id, noting, NewSwitches(settings.timezone, settings.country)
        )
        drain(engine)
    say(f"File {file_id} is undone: {calls:,} calls were removed.")
