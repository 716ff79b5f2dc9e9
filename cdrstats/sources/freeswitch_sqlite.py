"""FreeSWITCH's calls in a database file of SQLite: mod_cdr_sqlite's, cdr-pusher's, or alike.

The file is read into memory and never written. What a `-wal` file beside it holds is not in it.
"""

import codecs
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO

from cdrstats.sources.fields import BadRow, clean
from cdrstats.sources.freeswitch_csv import Layout, legs_joined, record_of
from cdrstats.sources.record import BadLine, Options, Record, bad_line
from cdrstats.sources.streams import damage_of

MAGIC = b"SQLite format 3\0"
MOST_BYTES = 1 << 30
NEEDED = {"uuid", "start_stamp", "duration", "billsec", "destination_number"}
ALIASES = {"account_code": "accountcode"}

_JOURNAL = slice(18, 20)
_ROLLBACK = b"\1\1"
"""How a file says that it has no log beside it; in memory there is none."""


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of the first table that holds calls, by rowid; `line` counts them."""
    del options
    return legs_joined(_items(stream))


def _items(stream: BinaryIO) -> Iterator[Record | BadLine]:
    data = bytearray()
    while chunk := stream.read(1 << 20):
        data += chunk
        if len(data) > MOST_BYTES:
            yield BadLine(1, f"the file is larger than {MOST_BYTES >> 20:,} MiB", "")
            return
    if not data.startswith(MAGIC):
        if data.removeprefix(codecs.BOM_UTF8).strip():
            yield BadLine(1, damage_of(stream) or "this is no database of SQLite", "")
        return
    number = 0
    try:
        with closing(sqlite3.connect(":memory:")) as database:
            data[_JOURNAL] = _ROLLBACK
            database.deserialize(bytes(data))
            database.execute("PRAGMA trusted_schema = OFF")
            database.text_factory = lambda told: told.decode("utf-8", "replace")
            table, names = _table_of(database)
            layout = Layout(tuple(ALIASES.get(name, name) for name in names))
            columns = ", ".join(f'"{name}"' for name in names)
            for row in database.execute(f"SELECT {columns} FROM {table} ORDER BY rowid"):  # noqa: S608
                number += 1
                cells = [_cell(value) for value in row]
                try:
                    yield record_of(layout, cells, number)
                except BadRow as trouble:
                    yield bad_line(number, str(trouble), ", ".join(cells))
    except (sqlite3.Error, UnicodeDecodeError, BadRow) as trouble:
        yield BadLine(number + 1, damage_of(stream) or _told(trouble), "")


def _told(trouble: Exception) -> str:
    if isinstance(trouble, BadRow):
        return str(trouble)
    if isinstance(trouble, UnicodeDecodeError):  # of SQLite's words, which quote the damage
        return _told(sqlite3.DatabaseError(trouble.object.decode("utf-8", "replace")))
    return f"the database cannot be read from here on ({trouble})"


def _table_of(database: sqlite3.Connection) -> tuple[str, list[str]]:
    """The quoted name of a table of calls, and those of its columns. Raises BadRow."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    for (name,) in database.execute(tables).fetchall():
        found = database.execute("SELECT name FROM pragma_table_info(?)", (name,))
        columns = [column for (column,) in found if column.isidentifier()]
        if set(columns) >= NEEDED:
            quoted = name.replace('"', '""')
            return f'"{quoted}"', columns
    raise BadRow(f"it has no table with the columns {', '.join(sorted(NEEDED))}")


def _cell(value: object) -> str:
    if value is None:
        return ""
    return clean(value) if isinstance(value, str) else str(value)
