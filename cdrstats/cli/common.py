"""What the commands share: results on stdout, all else on stderr."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from getpass import getuser
from typing import Any, TypeVar

import click
from sqlalchemy import Connection, Engine

from cdrstats.accounts import audit
from cdrstats.accounts.audit import Note
from cdrstats.db.database import open_database
from cdrstats.settings import read_settings

Command = TypeVar("Command", bound=Callable[..., Any])

PATIENCE_S = 2.0
"""What takes longer shows how far it is."""


def json_option(command: Command) -> Command:
    """Add `--json`, handed on as `as_json`."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON array on stdout."
    )(command)


def say(text: str) -> None:
    """Tell the person; stdout is for results."""
    click.echo(text, err=True)


def report(
    rows: Sequence[dict[str, Any]], as_json: bool, columns: Sequence[str] | None = None
) -> None:
    """Print `rows` on stdout: one JSON array, or a table for people.

    Args:
        columns: those that the table shows, in order; all of the first row if not given.
    """
    if as_json:
        click.echo(json.dumps(list(rows), default=_plain, ensure_ascii=False))
        return
    if not rows:
        return
    names = list(columns or rows[0])
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    numeric = [
        all(isinstance(row.get(name), int | float | Decimal | None) for row in rows)
        for name in names
    ]
    widths = [max(len(name), *(len(line[i]) for line in cells)) for i, name in enumerate(names)]
    for line in [names, *cells]:
        click.echo(
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(line, widths, numeric, strict=True)
            ).rstrip()
        )


def _plain(value: object) -> object:
    """What JSON has no type for."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return str(value)


def _cell(value: object) -> str:
    if value is None:
        return "–"  # noqa: RUF001  # how the whole house writes "no data"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return value.isoformat(" ", timespec="seconds")
    return str(value)


class Progress:
    """Says on stderr how far a piece of work is, once it has taken over two seconds.

    Call it with how much is done so far. On a terminal it draws a bar; elsewhere it prints a
    line now and then.
    """

    def __init__(self, total: int | None, label: str) -> None:
        self.total = total
        self.label = label
        self._tty = sys.stderr.isatty()
        self._began = time.monotonic()
        self._next = self._began + PATIENCE_S
        self._drawn = False

    def __call__(self, done: int, total: int | None = None) -> None:
        """Note that `done` of `total` is done; both are in the work's own unit."""
        self.total = self.total if total is None else total
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (0.2 if self._tty else 5.0)
        self._drawn = True
        click.echo(self._line(done), err=True, nl=not self._tty)

    def _line(self, done: int) -> str:
        if not self.total:
            text = f"{self.label}: {done:,}"
        else:
            share = min(1.0, done / self.total)
            text = f"{self.label}: {share:4.0%} ({done:,} of {self.total:,})"
            if self._tty:
                text = f"{text} {'#' * int(share * 30):-<30}"
        return f"\r{text}\x1b[K" if self._tty else text

    def close(self) -> None:
        if self._drawn:
            text = f"{self.label}: done in {time.monotonic() - self._began:.0f} s"
            click.echo(f"\r{text}\x1b[K" if self._tty else text, err=True)

    def abandon(self) -> None:
        """Leave the bar as it is, and the cursor below it."""
        if self._drawn and self._tty:
            click.echo("", err=True)


def noting(conn: Connection) -> Note:
    """What adds a line to the audit: it was done here, by the user of the system."""
    return partial(audit.note, conn, acting())


def acting() -> str:
    """Who acts by a command, as the audit calls them."""
    return f"cli:{getuser()}"


@contextmanager
def progress(total: int | None, label: str) -> Iterator[Progress]:
    """Show how far the work in this context is: `bar(done)`, done being a running total.

    Args:
        total: what `done` will reach; None if nobody knows.
        label: what is being done, such as "Loading calls".
    """
    bar = Progress(total, label)
    try:
        yield bar
    except BaseException:
        bar.abandon()
        raise
    bar.close()


def database(name: str) -> AbstractContextManager[Engine]:
    """The database that the settings name, open as long as the context is.

    Args:
        name: of the command; a DBA sees `cdrstats-<name>`.
    """
    return open_database(read_settings(), f"cdrstats-{name}")
