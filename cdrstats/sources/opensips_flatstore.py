"""OpenSIPS' flatstore log of `acc`: a transaction a line, fields apart by |, nothing quoted.

Method, tags, Call-ID, code, reason and Unix time come first; what follows is of the
administrator's choice. A BYE can stand before its INVITE, or in another file; newer set-ups log
an ACK as well, and give the INVITE no time.
"""

from collections.abc import Iterator
from typing import BinaryIO

from cdrstats.sources.fields import BadRow
from cdrstats.sources.lines import columns, csv_cells, read_rows
from cdrstats.sources.parts import Item, joined
from cdrstats.sources.record import Options, Part
from cdrstats.sources.sip import SipCalls, part_of

OPENSIPS = 7
FIRST = ("method", "from_tag", "to_tag", "callid", "sip_code", "sip_reason", "time")
FURTHER = ("request_type", "account", "destination", "subject", "dialog_id")
"""What follows in the set-up that is described most."""

assemble = SipCalls(OPENSIPS, "opensips")

_split = csv_cells("|", None)


def read(stream: BinaryIO, options: Options) -> Iterator[Item]:
    """Records of calls that are whole in the file, and parts of others.

    `options.columns` names what follows the first seven fields, where it is not as usual.
    """
    names = (*FIRST, *(options.columns or FURTHER))

    def parse(cells: list[str], line: int) -> Part:
        if len(cells) < len(FIRST):
            raise BadRow(
                f"it has {columns(len(cells))}; a transaction has {len(FIRST)} at least"
            )
        fields = dict(zip(names, cells, strict=False))
        for number, cell in enumerate(cells[len(names) :], len(names) + 1):
            fields[f"column {number}"] = cell
        return part_of(fields, line)

    return joined(read_rows(stream, _split, parse), assemble)
