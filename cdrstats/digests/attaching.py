"""The calls of a period as files that come with a digest, unless they are too many."""

import io
from typing import BinaryIO, cast
from urllib.parse import parse_qs

from sqlalchemy import Connection
from typing_extensions import Buffer

from cdrstats.accounts import Scope
from cdrstats.calls import MEDIA_TYPES, Format, Search, export
from cdrstats.choices import COLUMNS, headings_of, names
from cdrstats.clock import Window, as_local
from cdrstats.digests.contents import calls_of
from cdrstats.digests.rules import Digest
from cdrstats.mail.rules import File

LARGEST = 15_000_000
"""Bytes of all files: a third more as they are sent, and servers take 25 MB."""


class TooHeavy(Exception):
    """The files would be too large for a mail."""


def files_of(conn: Connection, scope: Scope, digest: Digest, period: Window) -> list[File]:
    """The files that a digest wants, of what `scope` may see.

    Raises:
        TooHeavy: they are too large; the transaction can only be rolled back then.
    """
    filters = calls_of(conn, scope, digest, names(conn, scope))
    params = parse_qs(digest.query)
    headings = headings_of(scope, params) or headings_of(scope, {"columns": list(COLUMNS)})
    columns = tuple(COLUMNS[heading] for heading in headings)
    day = as_local(period.start, digest.zone).date()
    found, room = [], LARGEST
    for kind in cast(tuple[Format, ...], digest.files):
        out = _Out(room)
        search = Search(window=period, filters=filters, columns=columns)
        export(conn, scope, search, kind, cast(BinaryIO, out), digest.zone, columns)
        made = out.getvalue()
        room -= len(made)
        media_type = MEDIA_TYPES[kind].partition(";")[0]
        found.append(File(f"calls-{day}.{kind}", media_type, made))
    return found


class _Out(io.BytesIO):
    """What the exporter writes to, as long as there is room."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room

    def write(self, data: Buffer, /) -> int:
        written = super().write(data)
        if self.tell() > self._room:
            raise TooHeavy
        return written
