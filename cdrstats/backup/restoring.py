"""Restoring a backup: all in one transaction, so that the old stays until the new is there.

pg_restore writes a script and psql runs it, since a pg_restore that speaks to the server itself
sends settings that an older server does not know. The script is committed by our own last
words: where it ends before them, because something was killed, PostgreSQL undoes all of it.
"""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from importlib import resources
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from cdrstats.backup.archive import CHUNK, Archive, Bytes, unheard
from cdrstats.backup.keyfile import put_back
from cdrstats.backup.manifest import DUMP
from cdrstats.db.database import bring_up_to_date, check_server, tell_stderr
from cdrstats.db.embedded.account import PATIENCE_S
from cdrstats.db.embedded.binaries import packaged
from cdrstats.db.embedded.place import VERSION
from cdrstats.db.engine import sql
from cdrstats.db.migrate import revisions
from cdrstats.db.programs import client, complaint
from cdrstats.errors import BadRequest, ServerTrouble

Tell = Callable[[str], None]

NEW_SETTING = b"SET transaction_timeout = 0;\n"
NEW_SETTING_SINCE = 170_000

_OF_THE_SERVER = re.compile(rb"ALTER TABLE ONLY .+ SET \(pg_attver=\d+\);\n")
"""What PostgreSQL 15.20 notes of each column for itself. A pg_dump that is older takes it for
an option of the column, and no server takes it back."""

_DATA = re.compile(rb"COPY .+ FROM stdin;\n")
"""The first line of the rows of a table; what is said of tables themselves stands before."""

_SESSIONS = sql(__package__, "list_sessions")
_IS_EMPTY = sql(__package__, "is_empty")


def restore(
    url: str,
    engine: Engine,
    key_file: Path,
    archive: Archive,
    replace: bool,
    progress: Bytes = unheard,
    tell: Tell = tell_stderr,
) -> list[str]:
    """Make the database of `url` what it was when the backup was made, with today's tables.

    Args:
        engine: on the database of `url`.
        archive: has been checked.
        replace: also where something is in the database, which is lost.
        progress: told how many bytes of the backup are read.

    Returns:
        The roles that were missing on this server, and may not sign in yet.

    Raises:
        BadRequest: the database is in use or not empty, or the backup is of a newer version.
        ServerTrouble: the server refuses; the database is as it was.
    """
    server = check_server(engine)
    _refuse_newer(archive)
    with engine.connect() as conn:
        if using := list(conn.execute(_SESSIONS).scalars()):
            raise BadRequest(
                f"CDR-Stats is running on this database ({', '.join(using)}): stop it first."
            )
        if not replace and not conn.execute(_IS_EMPTY).scalar_one():
            raise BadRequest(
                "The database is not empty. `--replace` puts the backup in its place; all that"
                " is in the database now is then lost."
            )
    made = _make_roles(engine, archive.manifest.roles)
    with put_back(key_file, archive.key(), tell):
        _replay(url, server, archive, replace, progress, tell)
    bring_up_to_date(url, engine, tell)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("ANALYZE")
    return made


def _refuse_newer(archive: Archive) -> None:
    if archive.manifest.schema not in revisions():
        raise BadRequest(
            f"{archive.path} was made by CDR-Stats {archive.manifest.cdrstats}, whose tables"
            f" ({archive.manifest.schema}) this version does not know: update it first."
        )


def _make_roles(engine: Engine, wanted: list[str]) -> list[str]:
    """Make the roles, which are the server's, not the database's; return those not ours."""
    ours = resources.files("cdrstats.db.migrations").joinpath("versions", "0007_roles.sql")
    quote = engine.dialect.identifier_preparer.quote_identifier
    statements: list[str] = []
    try:
        with engine.begin() as conn:
            conn.exec_driver_sql(ours.read_text("utf-8").replace("%", "%%"))
            there = set(conn.execute(text("SELECT rolname FROM pg_roles")).scalars())
            missing = [role for role in wanted if role not in there]
            statements = [f"CREATE ROLE {quote(role)} NOLOGIN" for role in missing]
            for statement in statements:
                conn.exec_driver_sql(statement.replace("%", "%%"))
    except DBAPIError as exc:
        why = str(exc.orig).partition("\n")[0].strip()
        if not statements:
            raise ServerTrouble(why) from exc
        raise ServerTrouble(
            "Roles that the backup gives rights to are missing, and cannot be made"
            f" ({why}). Have an administrator of the server run: {'; '.join(statements)};"
        ) from exc
    return missing


def _replay(
    url: str, server: int, archive: Archive, replace: bool, progress: Bytes, tell: Tell
) -> None:
    """Let psql run what pg_restore makes of the dump, and commit it at the very end."""
    named, env = client(url, "cdrstats-restore")
    env["PGOPTIONS"] = "-c client_min_messages=warning"
    counts = f"counts={json.dumps(archive.manifest.counts)}"
    reads = ["--no-owner", "--no-publications", "--no-subscriptions", "--file=-"]
    runs = ["-X", "-q", "--no-password", "-v", "ON_ERROR_STOP=1", "-v", counts, "-d", named]
    with ExitStack() as stack:
        reading, told = stack.enter_context(_program("pg_restore", reads, env))
        running, said = stack.enter_context(_program("psql", runs, env))
        assert reading.stdin
        assert reading.stdout
        assert running.stdin
        feeding = stack.enter_context(ThreadPoolExecutor(1))
        whole = False
        try:
            fed = feeding.submit(_feed, archive, reading.stdin, progress, tell)
            _pass_on(reading.stdout, running.stdin, server, replace)
            fed.result()
            if whole := reading.wait() == 0:
                running.stdin.write(_script("end_restore"))
            running.stdin.close()
        except BrokenPipeError:  # psql has given up, and says why
            reading.kill()
        except BaseException:
            reading.kill()
            running.kill()
            raise
        if running.wait() != 0 or not whole:
            why = complaint(said if running.returncode else told)
            raise ServerTrouble(f"Nothing was restored, the database is as it was: {why}")


@contextmanager
def _program(
    name: str, arguments: list[str], env: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """A program with pipes for what it reads and writes, and what it says of its troubles."""
    with TemporaryFile() as said:
        process = subprocess.Popen(
            [packaged(VERSION) / name, *arguments],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if name == "pg_restore" else subprocess.DEVNULL,
            stderr=said,
        )
        try:
            yield process, said
        finally:
            for pipe in (process.stdin, process.stdout):
                with suppress(BrokenPipeError):
                    if pipe:
                        pipe.close()
            process.wait()


def _feed(archive: Archive, into: IO[bytes], progress: Bytes, tell: Tell) -> None:
    """Give pg_restore the dump."""
    began, done = time.monotonic(), 0
    with suppress(BrokenPipeError), into, archive.open(DUMP) as dump:
        while chunk := dump.read(CHUNK):
            into.write(chunk)
            done += len(chunk)
            progress(done)
    if time.monotonic() - began > PATIENCE_S:
        tell("All rows are read; making indexes, counting ...")


def _pass_on(script: IO[bytes], into: IO[bytes], server: int, replace: bool) -> None:
    """Give psql the script, in our transaction, without what the server does not know."""
    into.write(_script("begin_restore"))
    if replace:
        into.write(_script("empty_database"))
    for line in script:
        too_new = line == NEW_SETTING and server < NEW_SETTING_SINCE
        if not too_new and not _OF_THE_SERVER.fullmatch(line):
            into.write(line)
        if _DATA.fullmatch(line):
            break
    shutil.copyfileobj(script, into, CHUNK)


def _script(name: str) -> bytes:
    return resources.files(__package__).joinpath("sql", f"{name}.sql").read_bytes()
