"""Files of documents: one a file, one a line, or one behind the other, cut apart as they come.

A broken document ends where the next one begins, so that the rest of the file is read.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from cdrstats.sources.fields import BadRow
from cdrstats.sources.record import TEXT_KEPT, BadLine, Record, bad_line
from cdrstats.sources.streams import damage_of, text_chunks

DOCUMENT_LIMIT = 2 << 20
"""Characters; documents of calls have some ten thousand."""

MOST_UNENDED = 20

ENDS = "the file ends in the middle of this document"
_TOO_LONG = f"the document is longer than {DOCUMENT_LIMIT:,} characters"
_OVERLAP = 64


@dataclass(frozen=True, slots=True)
class Piece:
    """A document, or with a `reason` what is none, and where in the text it ends."""

    text: str
    end: int
    reason: str | None = None
    length: int = 0  # characters, where the text is cut short


class Grammar(Protocol):
    """How a format separates documents."""

    next_start: re.Pattern[str]
    """Where a document begins, wherever the text before it breaks off."""

    def cut(self, text: str, at: int, is_end: bool) -> Piece | None:
        """The piece at `at`; None if more text is needed, or if there is nothing more."""


def read_documents(
    stream: BinaryIO, grammar: Grammar, record_of: Callable[[str, int], Record | None]
) -> Iterator[Record | BadLine]:
    """The records of the documents of a file, and the pieces that are none, in order.

    Args:
        record_of: makes a record of a document's text and number; None: it tells of no call;
            raises BadRow.
    """
    index = 0
    for piece in pieces_of(stream, grammar):
        index += 1
        reason = piece.reason
        if reason is None:
            try:
                record = record_of(piece.text, index)
            except BadRow as trouble:
                reason = str(trouble)
            else:
                if record is not None:
                    yield record
        if reason is not None:
            yield bad_line(index, reason, piece.text.strip(), piece.length)
    damage = damage_of(stream)
    if damage is not None:
        yield BadLine(index + 1, damage, "")


def pieces_of(stream: BinaryIO, grammar: Grammar) -> Iterator[Piece]:
    """The documents of a file, and the pieces that are none, in order."""
    text = ""
    begin = ""
    skipped = 0  # characters of a piece that is too long; `begin` is its beginning
    chunks = text_chunks(stream)
    following = next(chunks, None)
    while following is not None:
        text, following = text + following, next(chunks, None)
        if skipped:
            found = grammar.next_start.search(text)
            end = found.start() if found else len(text) - (_OVERLAP if following else 0)
            skipped += max(end, 0)
            text = text[max(end, 0) :]
            if found is None and following is not None:
                continue
            yield Piece(begin, 0, _TOO_LONG, skipped)
            skipped = 0
        at = 0
        while (piece := grammar.cut(text, at, following is None)) is not None:
            yield piece
            at = piece.end
        text = text[at:]
        if len(text) > DOCUMENT_LIMIT:
            begin, skipped, text = text[: 2 * TEXT_KEPT], len(text), ""
    if skipped:
        yield Piece(begin, 0, _TOO_LONG, skipped)


class Unended:
    """Cuts what runs to the end of the file: where the next document seems to begin.

    Each such cut means that the rest was looked through in vain, so that after some of them the
    rest is given up as one piece.
    """

    def __init__(self) -> None:
        self._cuts = 0

    def cut(self, text: str, at: int, reason: str, next_start: re.Pattern[str]) -> Piece:
        self._cuts += 1
        if self._cuts > MOST_UNENDED:
            return Piece(text[at:], len(text), reason)
        return broken(text, at, reason, next_start)


def broken(text: str, at: int, reason: str, next_start: re.Pattern[str]) -> Piece:
    """The piece at `at` that is no document: it ends where the next one begins."""
    found = next_start.search(text, at + 1)
    end = found.start() if found else len(text)
    return Piece(text[at:end], end, reason, end - at)
