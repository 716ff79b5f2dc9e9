"""Tables of a switch's database, read by the names of their columns.

They come as a dump, as CSV (or with tabs, semicolons) under a header, or as psql prints them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Generic

from cdrstats.sources.fields import BadRow
from cdrstats.sources.lines import R, columns, csv_cells, read_rows
from cdrstats.sources.record import BadLine, bad_line
from cdrstats.sources.sql_dump import rows_of, tables_of
from cdrstats.sources.streams import peeked

HEAD = 65_536
NOTHING = frozenset({"\\N", "NULL"})


def plain(name: str) -> str:
    """A column's name as it is looked for."""
    return name.strip().lower()


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """What a reader wants of a table.

    Attributes:
        names: of the tables in a dump, in lower case.
        is_header: whether columns by these names are those of the table.
        make: makes something of a row's fields and its number; raises BadRow.
        name_of: a column's name as `make` knows it.
        usual: the columns of rows without a header, by their number.
    """

    names: Collection[str]
    is_header: Callable[[Sequence[str]], bool]
    make: Callable[[dict[str, str], int], R]
    name_of: Callable[[str], str] = plain
    usual: Mapping[int, Sequence[str]] = field(default_factory=dict)


def read_table(stream: BinaryIO, table: Table[R]) -> Iterator[R | BadLine]:
    """What is made of the rows, and the rows that are none, in order."""
    head, stream = peeked(stream, HEAD)
    text = head.decode("utf-8", "replace")
    if tables_of(text):
        return _of_dump(stream, table)
    delimiter = delimiter_of(text.lstrip("\ufeff").lstrip().split("\n", 1)[0])
    split = printed if delimiter == "|" else csv_cells(delimiter)
    return read_rows(stream, split, _Rows(table).parse)


def delimiter_of(line: str) -> str:
    """What parts the columns of a line: the sign that it has most of."""
    return max(",;\t|", key=line.count)


def printed(line: str) -> list[str]:
    """The cells of a line as psql prints it; none of a rule or of the count of rows."""
    is_count = line.startswith("(") and line.rstrip().endswith((" row)", " rows)"))
    if is_count or not line.strip(" -+\r"):
        return []
    return [cell.strip() for cell in line.split("|")]


def _of_dump(stream: BinaryIO, table: Table[R]) -> Iterator[R | BadLine]:
    for row in rows_of(stream, table.names):
        if isinstance(row, BadLine):
            yield row
            continue
        try:
            yield table.make(row.fields, row.number)
        except BadRow as trouble:
            yield bad_line(row.number, str(trouble), ", ".join(row.fields.values()))


class _Rows(Generic[R]):
    def __init__(self, table: Table[R]) -> None:
        self._table = table
        self._header: Sequence[str] = ()

    def parse(self, cells: list[str], line: int) -> R | None:
        """What is made of a row; None for a header, which may come again, and a rule."""
        if not cells:
            return None
        try:
            return self._made(cells, line)
        except BadRow:
            names = [self._table.name_of(cell) for cell in cells]
            if not self._table.is_header(names):
                raise
            self._header = names
            return None

    def _made(self, cells: list[str], line: int) -> R:
        names = self._header or self._table.usual.get(len(cells), ())
        if not names:
            raise BadRow("there is no header above it that tells its columns")
        if len(cells) != len(names):
            raise BadRow(f"it has {columns(len(cells))}; the header has {len(names)}")
        if not NOTHING.isdisjoint(cells):
            cells = ["" if cell in NOTHING else cell for cell in cells]
        return self._table.make(dict(zip(names, cells, strict=True)), line)
