"""Exports that PostgreSQL writes itself, as one COPY: CSV, JSON, and JSON lines.

In JSON, amounts are numbers with all their digits; a decimal parser keeps them.
"""

from collections.abc import Callable
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from cdrstats.db.engine import psycopg2_cursor

CHUNK_BYTES = 1 << 18
TELL_ROWS = 5_000

_SET_ZONE = text("SELECT set_config('TimeZone', :zone, true)")
_CSV = "COPY ({}) TO STDOUT WITH (FORMAT csv, HEADER)"
# JSON has no control characters, so that nothing is ever quoted here.
_LINES = r"COPY ({}) TO STDOUT WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"


class Sink:
    """Collects the rows that COPY hands over into large pieces for `out`."""

    def __init__(
        self, out: BinaryIO, tell: Callable[[int], None], between: bytes = b""
    ) -> None:
        self._out = out
        self._tell = tell
        self._between = between  # put between two rows
        self._pieces: list[bytes] = []
        self._size = 0
        self._rows = 0

    def write(self, row: bytes) -> int:
        """Take one row; COPY hands over exactly one each time."""
        if self._between:
            row = (self._between if self._rows else b"") + row.removesuffix(b"\n")
        self._pieces.append(row)
        self._size += len(row)
        self._rows += 1
        if self._size >= CHUNK_BYTES:
            self.flush()
        if self._rows % TELL_ROWS == 0:
            self._tell(self._rows)
        return len(row)

    def flush(self) -> None:
        rest = memoryview(b"".join(self._pieces))
        while rest:  # an unbuffered file takes what it can, and says how much that was
            rest = rest[self._out.write(rest) or len(rest) :]
        self._pieces.clear()
        self._size = 0


def write_csv(
    conn: Connection,
    query: Select[Any],
    out: BinaryIO,
    zone: ZoneInfo,
    tell: Callable[[int], None],
) -> int:
    """UTF-8 with a header; stamps in `zone` with their offset, none is empty."""
    found = query.subquery("found")
    cells = select(*(_cell(column).label(column.name) for column in found.c))
    return _copy(conn, _CSV, cells, Sink(out, tell), zone.key)


def write_jsonl(
    conn: Connection, query: Select[Any], out: BinaryIO, tell: Callable[[int], None]
) -> int:
    """One object a line; stamps in UTC."""
    return _copy(conn, _LINES, _objects(query), Sink(out, tell), "UTC")


def write_json(
    conn: Connection, query: Select[Any], out: BinaryIO, tell: Callable[[int], None]
) -> int:
    """One array of objects; stamps in UTC."""
    out.write(b"[\n")
    count = _copy(conn, _LINES, _objects(query), Sink(out, tell, between=b",\n"), "UTC")
    out.write(b"\n]\n")
    return count


def _objects(query: Select[Any]) -> Select[Any]:
    found = query.subquery("found")
    return select(func.row_to_json(found.table_valued())).select_from(found)


def _cell(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column, harmless for a spreadsheet where it is text that would run as a formula."""
    if isinstance(column.type, Boolean):
        return cast(column, Text)
    if not isinstance(column.type, Text | JSONB):
        return column
    cell = cast(column, Text)
    first = func.left(cell, 1)
    runs = or_(
        first.in_(["=", "@", "-", "\t", "\r"]),
        and_(first == "+", not_(cell.regexp_match(r"^\+[0-9]+$"))),
    )
    return case((runs, func.concat("'", cell)), else_=cell)


def _copy(conn: Connection, statement: str, query: Select[Any], sink: Sink, zone: str) -> int:
    """Run the COPY in the zone, and hand its rows to `sink`; return how many there were."""
    before = conn.execute(text("SELECT current_setting('TimeZone')")).scalar_one()
    conn.execute(_SET_ZONE, {"zone": zone})
    compiled = query.compile(conn, compile_kwargs={"render_postcompile": True})
    with psycopg2_cursor(conn) as cursor:
        bound = cursor.mogrify(str(compiled), compiled.params).decode()
        done = False
        try:
            cursor.copy_expert(statement.format(bound), sink)
            done = True
        finally:
            if not done:  # else PostgreSQL would go on writing to nobody
                cursor.connection.cancel()
        sink.flush()
        count = int(cursor.rowcount)
    conn.execute(_SET_ZONE, {"zone": before})
    return count
