"""`backup` and `restore`: the whole installation into one file, and back."""

import sys
from getpass import getuser
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine, func, select

from cdrstats import aggregates
from cdrstats import backup as backups
from cdrstats.accounts import audit
from cdrstats.cli.common import json_option, progress, report, say
from cdrstats.db.database import engine_on, open_server
from cdrstats.db.schema import person, voip_cdr
from cdrstats.folders import make_var_dir
from cdrstats.settings import read_settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Save the database and the key of its secrets in FILE, while all runs.

    FILE must not be there yet. Whoever can read it can read all calls: it is made private.
    """
    settings = read_settings()
    with (
        open_server(settings, say) as url,
        engine_on(url, "cdrstats-backup") as engine,
        progress(None, "Bytes of the backup") as bar,
    ):
        manifest = backups.make(url, engine, settings.secret_key_file, file, bar)
    row = {
        "file": str(file),
        "bytes": file.stat().st_size,
        "made_at": manifest.made_at,
        "calls": manifest.counts.get("voip_cdr"),
        "people": manifest.counts.get("person"),
        "schema": manifest.schema,
        "with_key": backups.KEY in manifest.parts,
    }
    report([row], as_json)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Put it in the place of what is there now.")
@json_option
def restore(file: Path, replace: bool, as_json: bool) -> None:
    """Bring back what `backup` saved in FILE, and check that all is there.

    Nothing else of CDR-Stats may run. Unless it succeeds, the database stays as it is. Exit
    status 1 if the roll-ups are not what the calls add up to.
    """
    settings = read_settings()
    make_var_dir(settings.var_dir)
    with backups.open_archive(file) as archive:
        size = sum(part.bytes for part in archive.manifest.parts.values())
        with progress(size, "Checking the backup") as bar:
            archive.check(bar)
        with (
            open_server(settings, say) as url,
            engine_on(url, "cdrstats-restore") as engine,
        ):
            with progress(size, "Restoring") as bar:
                made = backups.restore(
                    url, engine, settings.secret_key_file, archive, replace, bar, say
                )
            row = _summary(engine, archive.manifest)
    for role in made:
        say(f"Made the role {role}, which may not sign in until you let it.")
    report([{"file": str(file), **row}], as_json)
    if row["differences"]:
        say("The roll-ups are not what the calls add up to; see `rollup verify`.")
        sys.exit(1)


def _summary(engine: Engine, manifest: backups.Manifest) -> dict[str, Any]:
    """Note the restore in the audit, and say what is there now."""
    with engine.begin() as conn:
        detail = {"made_at": manifest.made_at, "cdrstats": manifest.cdrstats}
        audit.note(conn, f"cli:{getuser()}", "restore backup", detail=detail)
    with (
        progress(None, "Comparing days") as bar,
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as conn,
    ):
        return {
            "made_at": manifest.made_at,
            "calls": conn.execute(select(func.count()).select_from(voip_cdr)).scalar_one(),
            "people": conn.execute(select(func.count()).select_from(person)).scalar_one(),
            "schema": manifest.schema,
            "differences": len(aggregates.verify(conn, bar)),
        }
