"""Making a backup while all runs: the database as it is at one moment, and the key."""

import io
import subprocess
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryFile

from sqlalchemy import Connection, Engine, func, select, text

from cdrstats import __version__
from cdrstats.backup.archive import Bytes, new_archive, unheard
from cdrstats.backup.keyfile import read_key
from cdrstats.backup.manifest import DUMP, FORMAT, KEY, Manifest
from cdrstats.db.database import check_server
from cdrstats.db.embedded.binaries import packaged
from cdrstats.db.embedded.place import VERSION
from cdrstats.db.engine import snapshot, sql
from cdrstats.db.migrate import revision
from cdrstats.db.programs import client, complaint
from cdrstats.db.schema import metadata
from cdrstats.errors import BadRequest, ServerTrouble

COUNTED = ("voip_cdr", "cdr_import", "person")
"""Tables whose rows are counted, and must be as many when they are restored."""

NOT_KEPT = ("session", "one_time_link", "api_token", "outbox", "trouble")
"""Tables that a backup has without their rows: what has ended since must not begin anew."""

_ROLES = sql(__package__, "list_roles")


def make(
    url: str, engine: Engine, key_file: Path, path: Path, progress: Bytes = unheard
) -> Manifest:
    """Write the backup `path`.

    Args:
        engine: on the database of `url`.
        progress: told how many bytes of the database are written.

    Raises:
        BadRequest: the file cannot be written, or there is nothing of ours in the database.
        ServerTrouble: the server is newer than our pg_dump, or refuses.
    """
    server = check_server(engine)
    if server // 10_000 > int(VERSION):
        raise ServerTrouble(
            f"The server is PostgreSQL {server // 10_000}, and the pg_dump that comes with"
            f" CDR-Stats is of version {VERSION}: it cannot read a newer one."
        )
    with new_archive(path) as archive, snapshot(engine) as conn:
        schema = revision(conn)
        if schema is None:
            raise BadRequest("There is nothing of CDR-Stats in the database.")
        made_at = conn.execute(select(func.now())).scalar_one()
        roles = list(conn.execute(_ROLES).scalars())
        counts = _counts(conn)
        # We wait in this transaction while pg_dump works in the same snapshot.
        conn.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        exported = conn.execute(select(func.pg_export_snapshot())).scalar_one()
        arguments = ["--format=custom", f"--snapshot={exported}", "--no-password"]
        arguments += [f"--exclude-table-data=public.{name}" for name in NOT_KEPT]
        named, env = client(url, "cdrstats-backup")
        with (
            TemporaryFile() as said,
            subprocess.Popen(
                [packaged(VERSION) / "pg_dump", *arguments, "-d", named],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
            ) as dumping,
        ):
            assert dumping.stdout
            try:
                archive.add(DUMP, dumping.stdout, progress)
            except BaseException:
                dumping.kill()
                raise
            if dumping.wait() != 0:
                raise ServerTrouble(f"The database cannot be saved: {complaint(said)}")
        if key := read_key(key_file):
            archive.add(KEY, io.BytesIO(key))
        manifest = Manifest(
            FORMAT,
            __version__,
            schema,
            server,
            made_at.astimezone(UTC).isoformat(timespec="seconds"),
            roles,
            counts,
            archive.parts,
        )
        archive.close_with(manifest)
    return manifest


def _counts(conn: Connection) -> dict[str, int]:
    """How many rows there are; an older schema may lack a table."""
    there = [
        name
        for name in COUNTED
        if conn.execute(select(func.to_regclass(f"public.{name}"))).scalar_one()
    ]
    return {
        name: int(
            conn.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one()
        )
        for name in there
    }
