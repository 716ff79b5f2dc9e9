"""Files of one record a line: lines out of bytes, and records out of lines.

A quoted field may hold a line break, and a stray quote must not swallow the file: a line whose
quote stays open is joined with those after it only as long as none of them is a record itself.
"""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Literal, TypeVar

from cdrstats.sources.fields import BadRow
from cdrstats.sources.record import TEXT_KEPT, BadLine, Record, bad_line
from cdrstats.sources.streams import damage_of, utf8_chunks

LINE_LIMIT = 1 << 20
"""Bytes; a longer line is no record. The switches write at most a few thousand."""

JOIN_LINES = 100
JOIN_LIMIT = 1 << 16

Split = Callable[[str], list[str]]
L = TypeVar("L")
R = TypeVar("R")
"""What a reader makes of a line: a record, or a part of one."""
Parse = Callable[[list[str], int], R | None]


class OpenQuote(Exception):
    """The text ends inside a quoted field: the record may go on in the next line."""


class Unended(str):
    """The last line of a file that has no line break at its end."""

    __slots__ = ()


class TooLong(str):
    """The beginning of a line that is over LINE_LIMIT."""

    __slots__ = ("length",)
    length: int


class Lines:
    """The lines of a file, without their line breaks, then None for ever.

    Some can be given back, even after the None.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._chunks = utf8_chunks(stream)
        self._given_back: deque[str] = deque()

    def give_back(self, lines: list[str]) -> None:
        """Take back the lines that came last; they come again, first."""
        self._given_back.extendleft(reversed(lines))

    def __iter__(self) -> Iterator[str | None]:
        back = self._given_back
        for block in self._blocks():
            for line in block:
                yield line
                while back:
                    yield back.popleft()
        while True:
            yield None
            while back:
                yield back.popleft()

    def _blocks(self) -> Iterator[list[str]]:
        tail = b""
        for chunk in self._chunks:
            cut = chunk.rfind(b"\n") + 1
            if not cut:
                tail += chunk
                if len(tail) > LINE_LIMIT:
                    long, chunk = self._skip_line(tail)
                    yield [long]
                    cut = chunk.rfind(b"\n") + 1
                    tail = b""
                else:
                    continue
            yield _split(tail + chunk[:cut])
            tail = chunk[cut:]
        if tail:
            yield [Unended(tail.decode("utf-8", "replace"))]

    def _skip_line(self, tail: bytes) -> tuple[TooLong, bytes]:
        """The line that begins with `tail`, cut short, and what was read behind it."""
        length = len(tail)
        rest = b""
        for chunk in self._chunks:
            end = chunk.find(b"\n")
            if end >= 0:
                length += end
                rest = chunk[end + 1 :]
                break
            length += len(chunk)
        line = TooLong(tail[: TEXT_KEPT * 4].decode("utf-8", "replace"))
        line.length = length
        return line, rest


def _split(block: bytes) -> list[str]:
    """The lines of a block that ends with a line break (or is empty)."""
    text = block.decode("utf-8", "replace")
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    lines = text.split("\n")
    lines.pop()
    return lines


def read_rows(
    stream: BinaryIO, split: Split, parse: Parse[R], skip_lines: int = 0
) -> Iterator[R | BadLine]:
    """The records of a file, and the lines that are none, in order; blank lines are neither.

    Args:
        split: cuts the text of a record into cells; raises OpenQuote or BadRow.
        parse: makes a record of the cells and the line number; None for a header; raises
            BadRow with the sentence to show.
        skip_lines: lines at the beginning that are no records.
    """
    source = Lines(stream)
    following = iter(source)
    for _ in range(skip_lines):
        next(following)
    number = skip_lines
    width = 0
    last = ""
    for line in following:
        if line is None:
            break
        last = line
        number += 1
        try:
            cells = split(line)
            record = parse(cells, number)
            if type(line) is not str:
                _refuse_part(line, len(cells) < width or damage_of(stream) is not None)
            width = len(cells)
        except BadRow as trouble:
            if line and not line.isspace():
                yield _bad(line, number, str(trouble), damage_of(stream))
            continue
        except OpenQuote:
            record, more = _joined(line, number, source, following, split, parse)
            if not more:
                reason = "a quote in this line is never closed"
                yield _bad(line, number, reason, damage_of(stream))
                continue
            number += more
        if record is not None:
            yield record
    damage = damage_of(stream)
    if damage is not None and not isinstance(last, Unended):
        yield BadLine(number + 1, damage, "")


def _refuse_part(line: str, known_short: bool) -> None:
    """Raise where a line that could be read is only a part of one."""
    if isinstance(line, TooLong) or known_short:
        raise BadRow("it is shorter than the records before it")


def _bad(line: str, number: int, reason: str, damage: str | None) -> BadLine:
    if isinstance(line, TooLong):
        reason = f"the line is longer than {LINE_LIMIT:,} bytes"
        return bad_line(number, reason, line, line.length)
    if isinstance(line, Unended):
        reason = damage or f"{reason}; the file ends here, in the middle of a line"
    return bad_line(number, reason, line)


def _joined(
    line: str,
    number: int,
    source: Lines,
    following: Iterator[str | None],
    split: Split,
    parse: Parse[R],
) -> tuple[R | None, int]:
    """The record that `line` begins, and how many more lines it takes: 0 if there is none."""
    text = line
    held: list[str] = []
    while len(held) < JOIN_LINES and len(text) < JOIN_LIMIT:
        more = next(following)
        if more is None:
            break
        held.append(more)
        if _is_record(more, split, parse):
            break
        text += "\n" + more
        try:
            return parse(split(text), number), len(held)
        except OpenQuote:
            continue
        except BadRow:
            break
    source.give_back(held)
    return None, 0


def _is_record(line: str, split: Split, parse: Parse[Any]) -> bool:
    try:
        parse(split(line), 0)
    except (BadRow, OpenQuote):
        return False
    return True


def csv_cells(delimiter: str = ",", quote: str | None = '"') -> Split:
    """The splitter for CSV in which a quote is doubled, as Asterisk and all exports do."""
    reader = csv.reader
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE

    def split(text: str) -> list[str]:
        if quote and text.count(quote) & 1:
            raise OpenQuote
        lines = io.StringIO(text, newline="\n") if "\n" in text else (text,)
        try:
            for cells in reader(lines, delimiter=delimiter, quotechar=quote, quoting=quoting):
                return cells
        except csv.Error as trouble:
            raise BadRow(_CSV_TROUBLE.get(str(trouble)[:9], f"{trouble}")) from None
        return []

    return split


def under_header(
    layout: L,
    layout_of: Callable[[list[str]], L | None],
    record_of: Callable[[L, list[str], int], Record],
) -> Parse[Record]:
    """The parser of a file whose header tells the layout; `layout` holds until one is met.

    A header may come again, as in exports put one behind the other.
    """
    current = layout

    def parse(cells: list[str], line: int) -> Record | None:
        nonlocal current
        try:
            return record_of(current, cells, line)
        except BadRow:
            told = layout_of([cell.strip().lower() for cell in cells])
            if told is None:
                raise
            current = told
            return None

    return parse


def columns(number: int) -> str:
    """A number of columns as a sentence says it."""
    return "1 column" if number == 1 else f"{number} columns"


_CSV_TROUBLE = {
    "field lar": "one of its fields is longer than 131,072 characters",
    "new-line ": "a carriage return stands in the middle of it",
}
