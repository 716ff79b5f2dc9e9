"""Asterisk's Master.csv: 16 to 21 columns, no header. Order: Asterisk cdr/cdr_csv.c."""

from collections.abc import Iterator
from typing import BinaryIO

from cdrstats.sources.asterisk import Layout, call, looks_like_uniqueid
from cdrstats.sources.fields import BadRow
from cdrstats.sources.lines import columns, csv_cells, read_rows
from cdrstats.sources.record import BadLine, Options, Record

COLUMNS = (
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
)
_NEW = ("peeraccount", "linkedid", "sequence")
_ID = ("uniqueid",)
_USER = ("userfield",)

_BEHIND = {
    16: (),
    17: _ID,
    18: _ID + _USER,
    19: _NEW,
    20: _ID + _NEW,
    21: _ID + _USER + _NEW,
}
# Only the 17th cell itself tells whether it is a uniqueid or, as here, a userfield.
_USER_BEHIND = {17: _USER, 20: _USER + _NEW}


def _layouts(behind: dict[int, tuple[str, ...]]) -> dict[int, Layout]:
    return {
        width: Layout(COLUMNS + names, f"asterisk:csv{width}")
        for width, names in behind.items()
    }


LAYOUTS = _layouts(_BEHIND)
_USER_LAYOUTS = _layouts(_USER_BEHIND)


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of a Master.csv; its stamps are the switch's local time."""
    del options
    return read_rows(stream, csv_cells(), row)


def row(cells: list[str], line: int) -> Record:
    """The record of one row, whatever its number of columns."""
    width = len(cells)
    layout = LAYOUTS.get(width)
    if layout is None:
        raise BadRow(f"it has {columns(width)}; Asterisk's Master.csv has 16 to 21")
    if width in _USER_LAYOUTS and not looks_like_uniqueid(cells[16]):
        layout = _USER_LAYOUTS[width]
    if width > 18 and not cells[-1]:
        raise BadRow("its last column, the sequence, is empty")
    return call(layout, cells, line)
