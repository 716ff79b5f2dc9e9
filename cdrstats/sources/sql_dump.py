"""Rows out of a database's dump: mysqldump's and SQLite's INSERTs, pg_dump's COPY.

Nothing is run: the text is cut at its statements, and only rows of wanted tables are read. The
names of columns are told by the statement itself, or by the CREATE TABLE before it.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cdrstats.sources.fields import shown
from cdrstats.sources.record import BadLine, bad_line
from cdrstats.sources.streams import NUL_SHOWN, damage_of, text_chunks

LONGEST = 1 << 20
"""Characters of a row, or of the beginning of a statement."""

_NAME = r'(?:[`"\[]?\w+[`"\]]?\s*\.\s*)?[`"\[]?(?P<name>\w+)[`"\]]?'
_STATEMENT = re.compile(
    rf"^\s*(?P<what>CREATE\s+TABLE(?:\s+IF\s+NOT\s+EXISTS)?|INSERT\s+(?:IGNORE\s+)?INTO|COPY)"
    rf"\s+{_NAME}\s*",
    re.IGNORECASE | re.MULTILINE,
)
_BODY = re.compile(r"\((?:[^;']|'[^']*')*;")
_COLUMN = re.compile(r'^\s*\(?\s*[`"\[]?(\w+)[`"\]]?\s+\w', re.MULTILINE)
_NO_COLUMN = frozenset(
    {"primary", "key", "unique", "constraint", "index", "foreign", "check", "fulltext"}
)
_LIST = re.compile(r"\(([^()]*)\)\s*")
_VALUES = re.compile(r"VALUES\s*", re.IGNORECASE)
_ROW = re.compile(r"\s*\(((?:[^'()]|'(?:[^'\\]|\\.|'')*'|\([^()]*\))*)\)\s*([,;])", re.DOTALL)
_VALUE = re.compile(
    r"\s*(?:(?:_\w+\s*)?'(?P<text>(?:[^'\\]|\\.|'')*)'|(?P<bare>[^,']*))\s*(?:,|$)", re.DOTALL
)
_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
_MEANT = {"n": "\n", "r": "\r", "t": "\t", "0": NUL_SHOWN, "Z": "\x1a", "b": "\b"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its number among those of the dump, and what it has by column."""

    number: int
    table: str
    fields: dict[str, str]


def tables_of(text: str) -> list[str]:
    """The tables that statements of a text make or fill, in its order; none: it is no dump."""
    return [found["name"].lower() for found in _STATEMENT.finditer(text)]


def rows_of(stream: BinaryIO, tables: Collection[str]) -> Iterator[Row | BadLine]:
    """The rows of `tables`, by their names in lower case, and what of them cannot be read."""
    return _Dump(stream, tables).rows()


class _Dump:
    def __init__(self, stream: BinaryIO, tables: Collection[str]) -> None:
        self._stream = stream
        self._chunks = text_chunks(stream)
        self._text = ""
        self._at = 0
        self._tables = tables
        self._columns: dict[str, list[str]] = {}
        self._number = 0

    def rows(self) -> Iterator[Row | BadLine]:
        while (found := self._next(_STATEMENT, LONGEST, skip=True)) is not None:
            table = found["name"].lower()
            what = found["what"].split()[0].upper()
            if table not in self._tables:
                continue
            if what == "CREATE":
                self._learn(table)
            elif what == "COPY":
                yield from self._copied(table)
            else:
                yield from self._inserted(table)
        if (damage := damage_of(self._stream)) is not None:
            yield BadLine(self._number + 1, damage, "")

    def _more(self) -> bool:
        """Read on; false at the end."""
        self._text, self._at = self._text[self._at :], 0
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._text += chunk
        return True

    def _next(
        self, pattern: re.Pattern[str], most: int, skip: bool = False
    ) -> re.Match[str] | None:
        """What stands here, or further on where that may be; None if it does not."""
        while True:
            look = pattern.search if skip else pattern.match
            found = look(self._text, self._at)
            if found is not None and (found.end() < len(self._text) or not self._more()):
                self._at = found.end()
                return found
            if found is not None:
                continue
            if skip and len(self._text) - self._at > most:
                self._at = self._text.rfind("\n", self._at) + 1 or self._at
            if len(self._text) - self._at > most or not self._more():
                return None

    def _learn(self, table: str) -> None:
        body = self._next(_BODY, LONGEST)
        if body is not None:
            names = [name.lower() for name in _COLUMN.findall(body.group().rstrip(");"))]
            self._columns[table] = [name for name in names if name not in _NO_COLUMN]

    def _named(self, table: str) -> list[str]:
        """The columns that a statement lists, else those of its table."""
        listed = self._next(_LIST, LONGEST)
        if listed is None:
            return self._columns.get(table, [])
        return [name.strip(' \t\r\n`"[]').lower() for name in listed.group(1).split(",")]

    def _inserted(self, table: str) -> Iterator[Row | BadLine]:
        columns = self._named(table)
        if self._next(_VALUES, LONGEST) is None:
            return
        while True:
            found = self._next(_ROW, LONGEST)
            self._number += 1
            if found is None:
                rest = self._text[self._at : self._at + LONGEST]
                yield bad_line(self._number, "this is no row of values", rest)
                return
            yield self._row(table, columns, _values(found.group(1)), found.group().strip())
            if found.group(2) == ";":
                return

    def _copied(self, table: str) -> Iterator[Row | BadLine]:
        columns = self._named(table)
        if self._next(re.compile(r"FROM\s+stdin[^\n]*\n", re.IGNORECASE), LONGEST) is None:
            return
        line = re.compile(r"([^\n]*)\n")
        while (found := self._next(line, LONGEST)) is not None and found.group(1) != "\\.":
            self._number += 1
            cells = found.group(1).rstrip("\r").split("\t")
            values = ["" if cell == "\\N" else _ESCAPE.sub(_meant, cell) for cell in cells]
            yield self._row(table, columns, values, found.group(1))

    def _row(
        self, table: str, columns: list[str], values: list[str], text: str
    ) -> Row | BadLine:
        if not columns:
            reason = f"neither it nor a CREATE TABLE tells the columns of {shown(table)}"
            return bad_line(self._number, reason, text)
        if len(values) != len(columns):
            reason = f"it has {len(values)} values; {shown(table)} has {len(columns)} columns"
            return bad_line(self._number, reason, text)
        return Row(self._number, table, dict(zip(columns, values, strict=True)))


def _values(text: str) -> list[str]:
    found, at = [], 0
    while at <= len(text):
        value = _VALUE.match(text, at)
        if value is None:
            return []
        if value["text"] is not None:
            found.append(_ESCAPE.sub(_meant, value["text"]))
        else:
            bare = value["bare"].strip()
            found.append("" if bare.upper() == "NULL" else bare)
        if value.end() == len(text) and not text[at : value.end()].endswith(","):
            break
        at = value.end()
    return found


def _meant(found: re.Match[str]) -> str:
    sign = found.group(1)
    return "'" if sign is None else _MEANT.get(sign, sign)
