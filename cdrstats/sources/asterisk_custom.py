"""Asterisk's cdr_custom files, in the usual mapping (cdr_custom.conf.sample) or a given one."""

from collections.abc import Iterator
from typing import BinaryIO

from cdrstats.sources.asterisk import Layout, call
from cdrstats.sources.fields import BadRow
from cdrstats.sources.lines import columns, csv_cells, read_rows
from cdrstats.sources.record import BadLine, Options, Record

COLUMNS = (
    "clid",
    "src",
    "dst",
    "dcontext",
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
    "accountcode",
    "uniqueid",
    "userfield",
    "sequence",
)
FEWEST = 15
"""A shorter mapping leaves out the last columns, but has all up to `amaflags`."""

_LAYOUTS = {
    width: Layout(COLUMNS[:width], f"asterisk:custom{width}")
    for width in range(FEWEST, len(COLUMNS) + 1)
}


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of a cdr_custom file; `options.columns` names its fields where they differ."""
    layouts = _LAYOUTS
    wanted = f"the usual mapping has {FEWEST} to {len(COLUMNS)}"
    if options.columns:
        width = len(options.columns)
        layouts = {width: Layout(options.columns, f"asterisk:custom{width}")}
        wanted = f"the mapping given has {width}"

    def parse(cells: list[str], line: int) -> Record:
        layout = layouts.get(len(cells))
        if layout is None:
            raise BadRow(f"it has {columns(len(cells))}; {wanted}")
        return call(layout, cells, line)

    return read_rows(stream, csv_cells(), parse)
