"""Exports as an XLSX workbook: text stays text, amounts are numbers, stamps are dates."""

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, DateTime, Select
from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from cdrstats.calls.exporting.rows import batches

SHEET_ROWS = 1_048_575
"""The rows of a sheet, less the header."""

CELL_CHARS = 32_767
CHUNK_BYTES = 1 << 18


def write(
    conn: Connection,
    query: Select[Any],
    out: BinaryIO,
    zone: ZoneInfo,
    tell: Callable[[int], None],
    sheet_rows: int = SHEET_ROWS,
) -> int:
    """A sheet for every `sheet_rows` calls. Stamps are in `zone`, which their header names.

    A text longer than a cell can hold is cut. A workbook is complete only at its end, so it
    grows in a folder for the time being; nothing reaches `out` before.
    """
    with TemporaryDirectory(prefix="cdrstats-") as folder:
        path = Path(folder) / "calls.xlsx"
        try:
            count = _write_book(path, conn, query, zone, tell, sheet_rows)
        except FileCreateError as exc:  # it wraps what the system said
            raise (
                exc.args[0] if isinstance(exc.args[0], OSError) else OSError(str(exc))
            ) from exc
        with path.open("rb") as book:
            shutil.copyfileobj(book, out, CHUNK_BYTES)
    return count


def _write_book(
    path: Path,
    conn: Connection,
    query: Select[Any],
    zone: ZoneInfo,
    tell: Callable[[int], None],
    sheet_rows: int,
) -> int:
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd hh:mm:ss",
    }
    count = 0
    with Workbook(str(path), options) as book:
        header = [_header(column, zone) for column in query.selected_columns]
        sheet = _sheet(book, "Calls", header)
        for batch in batches(conn, query):
            for row in batch:
                if count and count % sheet_rows == 0:
                    sheet = _sheet(book, f"Calls {count // sheet_rows + 1}", header)
                _write_row(sheet, count % sheet_rows + 1, row, zone)
                count += 1
            tell(count)
    return count


def _header(column: Any, zone: ZoneInfo) -> str:
    stamped = isinstance(column.type, DateTime)
    return f"{column.name} ({zone.key})" if stamped else str(column.name)


def _sheet(book: Workbook, name: str, header: list[str]) -> Worksheet:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(header) - 1, 18)
    bold = book.add_format({"bold": True})
    for place, title in enumerate(header):
        sheet.write_string(0, place, title, bold)
    return sheet


def _write_row(sheet: Worksheet, line: int, row: Any, zone: ZoneInfo) -> None:
    for place, value in enumerate(row):
        match value:
            case None | "":
                pass
            case bool():
                sheet.write_boolean(line, place, value)
            case datetime():
                sheet.write_datetime(line, place, value.astimezone(zone).replace(tzinfo=None))
            case int():
                sheet.write_number(line, place, value)
            case Decimal() if value.is_finite():
                sheet.write_number(line, place, value)
            case dict() | list():
                _write_text(sheet, line, place, json.dumps(value, ensure_ascii=False))
            case _:
                _write_text(sheet, line, place, str(value))


def _write_text(sheet: Worksheet, line: int, place: int, value: str) -> None:
    cut = value if len(value) <= CELL_CHARS else value[: CELL_CHARS - 1] + "…"
    sheet.write_string(line, place, cut)
