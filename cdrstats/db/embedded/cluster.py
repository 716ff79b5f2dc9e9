"""One PostgreSQL cluster in a folder: made, started, found running, stopped.

Whoever calls these holds the gate; see `sharing`.
"""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from cdrstats.db.embedded import config
from cdrstats.db.embedded.account import PATIENCE_S, Account, run_program
from cdrstats.db.embedded.processes import end_leftovers, find_postmaster, socket_of
from cdrstats.db.embedded.sockets import socket_folder
from cdrstats.errors import ServerTrouble

SUPERUSER = "cdrstats"
DATABASE = "cdrstats"

Tell = Callable[[str], None]
"""Told, in a sentence, what takes its time."""

START_S = 300
"""How long pg_ctl waits; a recovery may take minutes."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster in `home`, run by `account` with the programs in `programs`."""

    home: Path
    account: Account
    programs: Path
    version: str
    overrides: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def socket(self) -> Path:
        """The folder of the server's socket: of the one that runs, or of the next."""
        return socket_of(self.data) or socket_folder(self.home, self.account)

    def url(self, database: str = DATABASE) -> str:
        """A libpq URL, with the password."""
        return (
            f"postgresql://{SUPERUSER}:{quote(self._password(), safe='')}@/{database}"
            f"?host={quote(str(self.socket), safe='')}&port=5432"
        )

    def make_home(self) -> None:
        """Make the folder of the cluster, private to `account`.

        Raises:
            ServerTrouble: it cannot be made, or belongs to somebody else.
        """
        try:
            self.home.mkdir(mode=0o700)
            self.account.own(self.home)
        except FileExistsError:
            pass
        except OSError as exc:
            raise ServerTrouble(f"{self.home} cannot be made: {exc.strerror}") from exc
        owner = self.home.lstat().st_uid
        if owner != self.account.uid:
            raise ServerTrouble(
                f"{self.home} belongs to user number {owner}; only that user or root can start"
                " its PostgreSQL. Run this as that user, or name another folder in"
                " CDRSTATS_VAR_DIR."
            )

    def is_running(self) -> bool:
        return find_postmaster(self.data) is not None

    def ensure_running(self, tell: Tell) -> None:
        """Start the server unless it runs; make the cluster and its database if missing.

        Raises:
            ServerTrouble: it does not start; the message says why.
        """
        if not self.is_running():
            end_leftovers(self.data, socket_folder(self.home, self.account))
            if not self.data.exists():
                tell("Making the database folder ...")
                self._make()
            self._check_version()
            self._configure()
            self._start(tell)
        self._await_database(tell)

    def stop(self, tell: Tell) -> None:
        """Stop the server if it runs: sessions are ended, nothing committed is lost."""
        if not self.is_running():
            return
        done = run_program(
            self.account, self.programs / "pg_ctl",
            "stop", "-D", self.data, "-m", "fast", "-w", "-t", str(START_S),
            late=lambda: tell("PostgreSQL is writing its data and stops ..."),
        )  # fmt: skip
        if done.returncode != 0 and self.is_running():
            raise ServerTrouble(f"PostgreSQL does not stop: {_last_line(done.stdout)}")
        with contextlib.suppress(OSError):  # it is made again at the next start
            socket_folder(self.home, self.account).rmdir()

    def _make(self) -> None:
        """Make the cluster under another name, and move it into place when it is whole."""
        # An initdb that was interrupted may still be writing: each try has a name of its own.
        for left in self.home.glob("data.new-*"):
            shutil.rmtree(left, ignore_errors=True)
        unfinished = self.home / f"data.new-{secrets.token_hex(4)}"
        log = self.home / "log"
        log.mkdir(mode=0o700, exist_ok=True)
        self.account.own(log)
        self._write(self.home / "password", secrets.token_urlsafe(24) + "\n")
        arguments: list[str | Path] = ["-D", unfinished, "-U", SUPERUSER, "--encoding=UTF8"]
        arguments += ["--auth=scram-sha-256", f"--pwfile={self.home / 'password'}"]
        arguments += ["--data-checksums", "--no-instructions"]
        if self.overrides.get("fsync") == "off":
            arguments.append("--no-sync")
        for locale in _locales(self.version):
            done = run_program(self.account, self.programs / "initdb", *arguments, *locale)
            if done.returncode == 0:
                break
            shutil.rmtree(unfinished, ignore_errors=True)
        else:
            raise ServerTrouble(f"PostgreSQL cannot make its folder: {_last_line(done.stdout)}")
        with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude_if_exists = 'cdrstats.conf'\n\n# Your own settings:\n")
        os.rename(unfinished, self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text("ascii").strip()
        if made_by != self.version:
            raise ServerTrouble(
                f"The data in {self.data} was made by PostgreSQL {made_by}, and this is"
                f" PostgreSQL {self.version}, which cannot read it. Export it with the version"
                " that made it (pg_dump), move the folder away, and import it again."
            )

    def _configure(self) -> None:
        socket = socket_folder(self.home, self.account, make=True)
        settings = config.server_settings(
            config.memory_bytes(), config.shared_memory_bytes(), socket
        )
        self._write(
            self.data / "cdrstats.conf", config.as_text(settings | dict(self.overrides))
        )

    def _start(self, tell: Tell) -> None:
        logs = self.home / "log"
        first_words = logs / "start.log"
        first_words.unlink(missing_ok=True)
        before = {path: path.stat().st_size for path in logs.glob("postgres-*.log")}
        done = run_program(
            self.account, self.programs / "pg_ctl",
            "start", "-D", self.data, "-w", "-t", str(START_S), "-l", first_words,
            late=lambda: tell("PostgreSQL is starting; after a hard stop it mends itself ..."),
        )  # fmt: skip
        if done.returncode != 0 and not self.is_running():
            why = _complaint([first_words, *logs.glob("postgres-*.log")], before)
            raise ServerTrouble(
                f"PostgreSQL does not start: {why or _last_line(done.stdout)} (log: {logs})"
            )

    def _await_database(self, tell: Tell) -> None:
        """Wait until the server takes connections, and make our database if it is missing."""
        began, told_at = time.monotonic(), time.monotonic()
        while True:
            try:
                psycopg2.connect(self.url()).close()
            except psycopg2.OperationalError as exc:
                if f'database "{DATABASE}" does not exist' in str(exc):
                    self._make_database()
                    return
                if not self.is_running() or time.monotonic() - began > START_S:
                    raise ServerTrouble(
                        f"PostgreSQL does not answer: {_last_line(str(exc))}"
                    ) from exc
                if time.monotonic() - told_at > PATIENCE_S * 2:
                    told_at = time.monotonic()
                    tell(f"Waiting for PostgreSQL, {told_at - began:.0f} s ...")
                time.sleep(0.1)
            else:
                return

    def _make_database(self) -> None:
        conn = psycopg2.connect(self.url("postgres"))
        try:
            conn.autocommit = True
            with conn.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            conn.close()

    def _password(self) -> str:
        path = self.home / "password"
        try:
            return path.read_text("ascii").strip()
        except OSError as exc:
            raise ServerTrouble(
                f"The database's password cannot be read from {path}: {exc.strerror}"
            ) from exc

    def _write(self, path: Path, text: str) -> None:
        """Write a private file of `account`'s, whole or not at all."""
        new = path.with_name(f"{path.name}.new")
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)
        self.account.own(new)
        os.replace(new, path)


def size_bytes(folder: Path) -> int:
    """Bytes that the files under `folder` take."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(root, name)).st_size
            except FileNotFoundError:  # the server works meanwhile
                continue
    return total


def free_bytes(folder: Path) -> int:
    """Bytes left on the disk of `folder`, or of the nearest folder above that exists."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return int(psutil.disk_usage(str(there)).free)


def _locales(version: str) -> list[list[str]]:
    """Choices for initdb, best first: byte order everywhere, so that indexes never depend on
    the operating system's C library."""
    if int(version) >= 17:
        return [["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]]
    return [["--locale=C.UTF-8"], ["--locale=C"]]


def _complaint(logs: list[Path], before: dict[Path, int]) -> str:
    """The server's own last words on why it gave up, written after the sizes `before`."""
    for path in logs:
        text = path.read_bytes()[before.get(path, 0) :] if path.exists() else b""
        for line in reversed(text.decode("utf-8", "replace").splitlines()):
            for mark in ("FATAL:", "PANIC:"):
                if mark in line:
                    return line.partition(mark)[2].strip()
    return ""


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
