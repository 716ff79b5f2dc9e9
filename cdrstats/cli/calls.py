"""`calls ...`: what is done with the calls themselves."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from cdrstats.accounts import EVERYONE
from cdrstats.calls import COLUMNS, Format, Search, export
from cdrstats.cli.common import database, progress, say
from cdrstats.cli.filters import chosen_filters, filter_options, text_test
from cdrstats.clock import Window, instant_of
from cdrstats.errors import BadRequest

FIRST = datetime(2000, 1, 1, tzinfo=UTC)
LAST = datetime(2200, 1, 1, tzinfo=UTC)
BINARY = ("xlsx", "parquet")


@click.group()
def calls() -> None:
    """The calls themselves."""


@calls.command("export")
@click.option("--from", "first", metavar="DATE", help="The first day, or moment, included.")
@click.option("--to", "last", metavar="DATE", help="The first day, or moment, not included.")
@click.option("--zone", "zone_name", default="UTC", show_default=True, help="Whose days.")
@filter_options
@click.option(
    "--caller", metavar="NUMBER", help="Calling number; also begins:34, ends:, contains:"
)
@click.option("--destination", metavar="NUMBER", help="Dialled number; likewise.")
@click.option("--callid", metavar="ID", help="Call id of the switch; likewise.")
@click.option("--answered/--unanswered", default=None, help="Only such calls.")
@click.option("--columns", metavar="A,B,...", help="All of voip_cdr, if not given.")
@click.option("--format", "format_", type=click.Choice(get_args(Format)), default="csv")
@click.option("--output", type=click.Path(path_type=Path), help="A file; else stdout.")
def export_(
    first: str | None,
    last: str | None,
    zone_name: str,
    caller: str | None,
    destination: str | None,
    callid: str | None,
    answered: bool | None,
    columns: str | None,
    format_: Format,
    output: Path | None,
    **filters: Any,
) -> None:
    """Write calls to a file or to stdout, oldest first.

    A date is its midnight in --zone; calls that start from --from up to, but not at, --to are
    written.
    """
    zone = zone_named(zone_name)
    window = window_between(first, last, zone)
    if output is None and format_ in BINARY and sys.stdout.isatty():
        raise BadRequest(f"{format_} is not for a screen: give --output FILE.")
    given = {"caller_id_number": caller, "destination_number": destination, "callid": callid}
    texts = tuple(
        text_test(field, value) for field, value in given.items() if value is not None
    )
    shown = tuple(columns.split(",")) if columns else COLUMNS
    with database("export") as engine, engine.connect() as conn, _written(output) as out:
        search = Search(
            window,
            replace(chosen_filters(conn, **filters), texts=texts, answered=answered),
            descending=False,
        )
        with progress(None, "Exporting calls") as bar:
            count = export(conn, EVERYONE, search, format_, out, zone, shown, bar)
    say(f"{count:,} calls written{f' to {output}' if output else ''}.")


def zone_named(name: str) -> ZoneInfo:
    """The time zone; BadRequest if there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest(
            f"There is no time zone {name!r}; an example: Europe/Madrid."
        ) from None


def window_between(first: str | None, last: str | None, zone: ZoneInfo) -> Window:
    """From the one to the other; what is not given lies before, or after, all calls."""
    start = moment(first, zone) if first else FIRST
    end = moment(last, zone) if last else LAST
    if end < start:
        raise BadRequest(f"--to {last} lies before --from {first}.")
    return Window(start, end)


def moment(text: str, zone: ZoneInfo) -> datetime:
    """The instant of `2026-03-10`, its midnight in `zone`, or of `2026-03-10T12:30`."""
    try:
        stamp = datetime.fromisoformat(text)
        return instant_of(stamp, zone)[0] if stamp.tzinfo is None else stamp.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRequest(
            f"{text!r} is not a date; write it as 2026-03-10 or 2026-03-10T12:30."
        ) from None


@contextmanager
def _written(path: Path | None) -> Iterator[BinaryIO]:
    """A file that has its name only once it is whole; stdout if there is no path."""
    if path is None:
        yield from _stdout()
        return
    # A device or a pipe is written to as it is: a file must not take its place.
    special = path.exists() and not path.is_file()
    part = path if special else path.with_name(path.name + ".part")
    try:
        with part.open("wb") as out:
            yield out
        if not special:
            part.replace(path)
    except OSError as exc:
        raise BadRequest(f"Cannot write {path}: {exc.strerror or exc}.") from exc
    finally:
        if not special:
            part.unlink(missing_ok=True)


def _stdout() -> Iterator[BinaryIO]:
    try:
        yield sys.stdout.buffer
        sys.stdout.flush()
    except OSError as exc:
        # Python flushes stdout once more at its end: let that succeed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(exc, BrokenPipeError):  # the reader has enough
            sys.exit(1)
        raise BadRequest(f"Cannot write the calls: {exc.strerror or exc}.") from exc
