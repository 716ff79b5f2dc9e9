"""Call logs of carriers' portals and APIs: what a field is told by its name.

They come as CSV under a header, or as JSON objects (one a line, in an array, or in a page of an
answer such as {"calls": [...]}), and spell names as they like: "Call SID", "call_sid".
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO

from cdrstats.sources.documents import pieces_of
from cdrstats.sources.fields import BadRow, clean, in_range, shown, stamp
from cdrstats.sources.json_documents import Json, object_of
from cdrstats.sources.lines import columns, csv_cells, read_rows
from cdrstats.sources.record import BadLine, Record, bad_line
from cdrstats.sources.streams import damage_of, peeked

API = 2
"""The source type of what a carrier's portal tells."""

HEAD = 4096
PAGES = ("calls", "data", "records")
"""Members of an API's answer that hold its calls."""

_OTHER_SIGNS = re.compile("[^a-z0-9]")


class Named:
    """The fields of a call by their names, written in whatever way; those taken are noted."""

    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields
        self._by_key = {key_of(name): name for name in fields}
        self._taken: set[str] = set()

    def take(self, *names: str) -> str:
        """The first of the fields of these names that holds something; "" if none does."""
        for name in names:
            written = self._by_key.get(key_of(name))
            if written is not None:
                self._taken.add(written)
                if text := self._fields[written].strip():
                    return text
        return ""

    def rest(self) -> dict[str, Any]:
        """What holds something and was not taken, as it was named."""
        return {
            name: text
            for name, text in self._fields.items()
            if text and name not in self._taken
        }


Make = Callable[[Named, int], Record | None]


def key_of(name: str) -> str:
    """A name without case, blanks and signs."""
    return _OTHER_SIGNS.sub("", name.lower())


def read_named(
    stream: BinaryIO, needed: tuple[tuple[str, ...], ...], record_of: Make
) -> Iterator[Record | BadLine]:
    """The records of a log, in whichever of its forms, and what is none.

    Args:
        needed: names of which a header has at least one each; what is no header before one was
            met is a bad line.
        record_of: makes a record of a call's fields and line; None: it is no call; raises
            BadRow.
    """
    head, stream = peeked(stream, HEAD)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return _objects(stream, record_of)
    return read_rows(stream, csv_cells(_delimiter(head)), _Rows(needed, record_of).parse)


def is_header(names: list[str], needed: tuple[tuple[str, ...], ...]) -> bool:
    """Whether names are those of a log's columns."""
    known = set(map(key_of, names))
    return all(not known.isdisjoint(map(key_of, some)) for some in needed)


def moment(text: str, what: str) -> datetime:
    """An instant: RFC 2822, or ISO 8601; without an offset it is of UTC. Raises BadRow."""
    if text[:4].isdigit():
        found, local = stamp(text, what)
        return found if local is None else found.replace(tzinfo=UTC)
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        raise BadRow(f'the {what} "{shown(text)}" is not a date') from None
    in_range(found, text, what)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _delimiter(head: bytes) -> str:
    first = head.lstrip().split(b"\n", 1)[0]
    return max((",", ";", "\t", "|"), key=lambda sign: first.count(sign.encode()))


class _Rows:
    def __init__(self, needed: tuple[tuple[str, ...], ...], record_of: Make) -> None:
        self._needed = needed
        self._record_of = record_of
        self._header: list[str] = []

    def parse(self, cells: list[str], line: int) -> Record | None:
        if is_header(cells, self._needed):
            self._header = [cell.strip() for cell in cells]
            return None
        if not self._header:
            raise BadRow("there is no header above it that tells its columns")
        if len(cells) != len(self._header):
            raise BadRow(f"it has {columns(len(cells))}; the header has {len(self._header)}")
        return self._record_of(Named(dict(zip(self._header, cells, strict=True))), line)


def _objects(stream: BinaryIO, record_of: Make) -> Iterator[Record | BadLine]:
    number = 0
    for piece in pieces_of(stream, Json()):
        reason, calls = piece.reason, []
        if reason is None:
            try:
                calls = _calls_of(object_of(piece.text))
            except BadRow as trouble:
                reason = str(trouble)
        if reason is not None:
            number += 1
            yield bad_line(number, reason, piece.text.strip(), piece.length)
        for call in calls:
            number += 1
            try:
                record = record_of(Named(_texts_of(call)), number)
            except BadRow as trouble:
                yield bad_line(number, str(trouble), str(call))
            else:
                if record is not None:
                    yield record
    damage = damage_of(stream)
    if damage is not None:
        yield BadLine(number + 1, damage, "")


def _calls_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The calls of a page, or the one that the document is."""
    for name in PAGES:
        page = document.get(name)
        if isinstance(page, list) and all(isinstance(call, dict) for call in page):
            return page
    return [document]


def _texts_of(call: dict[str, Any]) -> dict[str, str]:
    """The members of a call as a CSV would have them; null is nothing, lists are left out."""
    return {
        clean(name): clean(value) if isinstance(value, str) else str(value).lower()
        for name, value in call.items()
        if isinstance(value, str | int | float)
    }
