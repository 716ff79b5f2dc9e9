"""Switch files read: one module a format, bytes in, records or bad lines out, nothing else."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from cdrstats.errors import BadRequest
from cdrstats.sources import (
    asterisk_csv,
    asterisk_custom,
    asterisk_gui,
    broadworks_xml,
    cdrstats_csv,
    freeswitch_csv,
    freeswitch_json,
    freeswitch_sqlite,
    freeswitch_xml,
    generic_csv,
    telnyx,
    threecx,
    twilio,
)
from cdrstats.sources.column_map import ColumnMap, column_map_of
from cdrstats.sources.detect import detect
from cdrstats.sources.record import BadLine, Detection, Options, Record
from cdrstats.sources.streams import open_bytes

Reader = Callable[[BinaryIO, Options], Iterator[Record | BadLine]]

READERS: dict[str, Reader] = {
    "asterisk_csv": asterisk_csv.read,
    "asterisk_custom": asterisk_custom.read,
    "asterisk_gui": asterisk_gui.read,
    "freeswitch_json": freeswitch_json.read,
    "freeswitch_xml": freeswitch_xml.read,
    "freeswitch_csv": freeswitch_csv.read,
    "freeswitch_sqlite": freeswitch_sqlite.read,
    "broadworks_xml": broadworks_xml.read,
    "3cx": threecx.read,
    "twilio": twilio.read,
    "telnyx": telnyx.read,
    "cdrstats_csv": cdrstats_csv.read,
    "generic_csv": generic_csv.read,
}


def read(source: str, stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """The records and bad lines of a stream, in the order of the file.

    Wrong data becomes a BadLine, never an exception.

    Raises:
        BadRequest: there is no such source, or it needs an option that is not given.
    """
    if source not in READERS:
        known = ", ".join(READERS)
        raise BadRequest(f'There is no source "{source}"; known are {known}.')
    return READERS[source](stream, options)


__all__ = [
    "READERS",
    "BadLine",
    "ColumnMap",
    "Detection",
    "Options",
    "Record",
    "column_map_of",
    "detect",
    "open_bytes",
    "read",
]
