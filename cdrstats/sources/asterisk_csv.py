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

# What follows the 16 columns, by their number and by whether column 17 is a uniqueid. 17 and 20
# columns have either a uniqueid or a userfield; only the cell itself tells.
_BEHIND = {
    (16, False): (),
    (17, True): _ID,
    (17, False): _USER,
    (18, True): _ID + _USER,
    (18, False): _ID + _USER,
    (19, True): _NEW,
    (19, False): _NEW,
    (20, True): _ID + _NEW,
    (20, False): _USER + _NEW,
    (21, True): _ID + _USER + _NEW,
    (21, False): _ID + _USER + _NEW,
}
LAYOUTS = {
    key: Layout(COLUMNS + behind, f"asterisk:csv{key[0]}") for key, behind in _BEHIND.items()
}


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of a Master.csv; its stamps are the switch's local time."""
    del options
    return read_rows(stream, csv_cells(), row)


def row(cells: list[str], line: int) -> Record:
    """The record of one row, whatever its number of columns."""
    width = len(cells)
    layout = LAYOUTS.get((width, width > 16 and looks_like_uniqueid(cells[16])))
    if layout is None:
        raise BadRow(f"it has {columns(width)}; Asterisk's Master.csv has 16 to 21")
    if width > 18 and not cells[-1]:
        raise BadRow("its last column, the sequence, is empty")
    return call(layout, cells, line)
