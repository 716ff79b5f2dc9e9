"""A search written to a file, whatever its size: rows pass through, none is kept.

    csv, json, jsonl    PostgreSQL writes them (COPY)
    xlsx, parquet       rows come through a server-side cursor

All of them hold the calls that the pages of the search show, in the same order.
"""

from collections.abc import Callable
from typing import BinaryIO, Literal, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select

from cdrstats.accounts import Scope
from cdrstats.calls.conditions import in_sight
from cdrstats.calls.exporting import copying
from cdrstats.calls.paging import window_of
from cdrstats.calls.search import COLUMNS, Search, check_columns
from cdrstats.calls.walking import everything
from cdrstats.errors import BadRequest

Format = Literal["csv", "jsonl", "json", "xlsx", "parquet"]
Progress = Callable[[int], None]
"""Told now and then how many calls are written."""

MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}

__all__ = ["MEDIA_TYPES", "Format", "Progress", "export"]


def export(
    conn: Connection,
    scope: Scope,
    search: Search,
    format: Format,
    out: BinaryIO,
    zone: ZoneInfo,
    columns: tuple[str, ...] = COLUMNS,
    progress: Progress | None = None,
) -> int:
    """Write the calls of `search` to `out`; return how many.

    If writing fails, or this is interrupted, the statement is cancelled; the transaction can
    then only be rolled back.

    Args:
        out: only written to; it need not be seekable.
        zone: of the stamps in csv and xlsx; the others are in UTC.
        columns: of voip_cdr, and of `calls.NAMES`; all of voip_cdr if not given. Those that
            `scope` may not see are left out.

    Raises:
        BadRequest: it is filtered or sorted by what `scope` may not see.
    """
    if format not in get_args(Format):
        raise BadRequest(
            f"Calls cannot be exported as {format!r}; use {', '.join(get_args(Format))}."
        )
    check_columns(columns)
    search = in_sight(scope, search)
    query = _query(conn, scope, search, tuple(filter(scope.shows, columns)))
    tell = progress or _silent
    # The last two are imported where they are needed: xlsxwriter and pyarrow are large, and
    # most processes, the job process among them, start without ever writing such a file.
    match format:
        case "csv":
            return copying.write_csv(conn, query, out, zone, tell)
        case "jsonl":
            return copying.write_jsonl(conn, query, out, tell)
        case "json":
            return copying.write_json(conn, query, out, tell)
        case "xlsx":
            from cdrstats.calls.exporting import sheets

            return sheets.write(conn, query, out, zone, tell)
        case "parquet":
            from cdrstats.calls.exporting import parquet

            return parquet.write(conn, query, out, tell)


def _query(
    conn: Connection, scope: Scope, search: Search, columns: tuple[str, ...]
) -> Select[tuple[object, ...]]:
    window, _ = window_of(conn, scope, search)
    return everything(search, scope, window, columns)


def _silent(_done: int) -> None:
    pass
