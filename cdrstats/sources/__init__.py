"""Switch files read: one module a format, bytes in, records or bad lines out, nothing else."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from cdrstats.errors import BadRequest
from cdrstats.sources import (
    asterisk_cel,
    asterisk_csv,
    asterisk_custom,
    asterisk_gui,
    avaya_smdr,
    broadworks_xml,
    cdrstats_csv,
    cdrstats_json,
    cucm,
    freeswitch_csv,
    freeswitch_json,
    freeswitch_sqlite,
    freeswitch_xml,
    generic_csv,
    kamailio_acc,
    kamailio_cdrs,
    opensips_acc,
    opensips_flatstore,
    telnyx,
    threecx,
    twilio,
    yate,
)
from cdrstats.sources.column_map import ColumnMap, column_map_of
from cdrstats.sources.detect import detect
from cdrstats.sources.parts import Assemble, Item, put_together
from cdrstats.sources.record import BadLine, Detection, Options, Part, Record
from cdrstats.sources.streams import open_bytes

Reader = Callable[[BinaryIO, Options], Iterator[Item]]

READERS: dict[str, Reader] = {
    "asterisk_csv": asterisk_csv.read,
    "asterisk_custom": asterisk_custom.read,
    "asterisk_gui": asterisk_gui.read,
    "asterisk_cel": asterisk_cel.read,
    "freeswitch_json": freeswitch_json.read,
    "freeswitch_xml": freeswitch_xml.read,
    "freeswitch_csv": freeswitch_csv.read,
    "freeswitch_sqlite": freeswitch_sqlite.read,
    "broadworks_xml": broadworks_xml.read,
    "3cx": threecx.read,
    "twilio": twilio.read,
    "telnyx": telnyx.read,
    "kamailio_acc": kamailio_acc.read,
    "kamailio_cdrs": kamailio_cdrs.read,
    "opensips_acc": opensips_acc.read,
    "opensips_flatstore": opensips_flatstore.read,
    "yate": yate.read,
    "cucm": cucm.read,
    "avaya_smdr": avaya_smdr.read,
    "cdrstats_csv": cdrstats_csv.read,
    "cdrstats_json": cdrstats_json.read,
    "generic_csv": generic_csv.read,
}

ASSEMBLERS: dict[str, Assemble] = {
    "asterisk_cel": asterisk_cel.assemble,
    "avaya_smdr": avaya_smdr.assemble,
    "cucm": cucm.assemble,
    "kamailio_acc": kamailio_acc.assemble,
    "opensips_acc": opensips_acc.assemble,
    "opensips_flatstore": opensips_flatstore.assemble,
}
"""Of the formats that tell of calls in parts: what puts them together."""


def read(source: str, stream: BinaryIO, options: Options) -> Iterator[Item]:
    """The records and bad lines of a stream, in its order; at its end the parts of calls that
    are not whole in it.

    Wrong data becomes a BadLine, never an exception.

    Raises:
        BadRequest: there is no such source, or it needs an option that is not given.
    """
    if source not in READERS:
        known = ", ".join(READERS)
        raise BadRequest(f'There is no source "{source}"; known are {known}.')
    return READERS[source](stream, options)


__all__ = [
    "ASSEMBLERS",
    "READERS",
    "BadLine",
    "ColumnMap",
    "Detection",
    "Item",
    "Options",
    "Part",
    "Record",
    "column_map_of",
    "detect",
    "open_bytes",
    "put_together",
    "read",
]
