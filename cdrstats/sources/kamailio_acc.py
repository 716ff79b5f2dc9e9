"""Kamailio's tables `acc` and `missed_calls`: as a dump of the database, or as CSV of one.

Columns beside those of every set-up are the administrator's choice (`db_extra`); who calls and
what was dialled is looked for under their usual names. The time is that of the final reply, by
the clocks of the database.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cdrstats.sources.parts import Item, joined
from cdrstats.sources.record import Options
from cdrstats.sources.sip import FIELDS, SipCalls, part_of
from cdrstats.sources.tables import Table, read_table

KAMAILIO = 6
TABLES = frozenset({"acc", "missed_calls"})
NEEDED = FIELDS - {"sip_reason"}

assemble = SipCalls(KAMAILIO, "kamailio")


def is_header(names: Iterable[str]) -> bool:
    """Whether columns by these names, in lower case, tell of transactions."""
    return set(names) >= NEEDED


_TABLE = Table(TABLES, is_header, part_of)


def read(stream: BinaryIO, options: Options) -> Iterator[Item]:
    """Records of calls that are whole in the file, and parts of others."""
    del options
    rows = read_table(stream, _TABLE)
    return joined(rows, assemble)
