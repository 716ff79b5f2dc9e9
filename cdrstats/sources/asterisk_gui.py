"""Call reports exported from the web pages of FreePBX, Issabel, Elastix: CSV with a header.

They have `calldate` for the start, and neither the answer time nor the end.
"""

from collections.abc import Iterator
from typing import BinaryIO

from cdrstats.sources.asterisk import Layout, call
from cdrstats.sources.fields import BadRow
from cdrstats.sources.lines import columns, csv_cells, read_rows, under_header
from cdrstats.sources.record import BadLine, Options, Record

COLUMNS = (
    "calldate",
    "clid",
    "src",
    "dst",
    "dcontext",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "accountcode",
    "uniqueid",
    "userfield",
)
NEEDED = {"dst", "duration", "billsec", "disposition"}


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of an export; before a header is met, the usual order of columns holds."""
    del options
    return read_rows(stream, csv_cells(), under_header(_layout(COLUMNS), layout_of, _record))


def layout_of(header: list[str]) -> Layout | None:
    """The layout that a header of names in lower case tells; None if it is no header."""
    if set(header) >= NEEDED and not {"calldate", "start"}.isdisjoint(header):
        return _layout(header)
    return None


def _layout(header: tuple[str, ...] | list[str]) -> Layout:
    named = ["start" if name == "calldate" else name for name in header]
    return Layout(named, f"asterisk:gui{len(named)}")


def _record(layout: Layout, cells: list[str], line: int) -> Record:
    width = len(layout.columns)
    if len(cells) != width:
        raise BadRow(f"it has {columns(len(cells))}; the header has {width}")
    return call(layout, cells, line)
