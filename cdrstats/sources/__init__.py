"""Switch files read: one module a format, bytes in, records or bad lines out, nothing else."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from cdrstats.errors import BadRequest
from cdrstats.sources.record import BadLine, ColumnMap, Detection, Options, Record
from cdrstats.sources.streams import open_bytes

Reader = Callable[[BinaryIO, Options], Iterator[Record | BadLine]]

READERS: dict[str, Reader] = {}


def read(source: str, stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """The records and bad lines of a stream, in the order of the file.

    Wrong data becomes a BadLine, never an exception.

    Raises:
        BadRequest: there is no such source, or it needs an option that is not given.
    """
    if source not in READERS:
        known = ", ".join(sorted(READERS))
        raise BadRequest(f'There is no source "{source}"; known are {known}.')
    return READERS[source](stream, options)


__all__ = [
    "READERS",
    "BadLine",
    "ColumnMap",
    "Detection",
    "Options",
    "Record",
    "open_bytes",
    "read",
]
