"""FreeSWITCH's mod_json_cdr: documents one behind the other, one a line, or in an array."""

from collections.abc import Iterator
from typing import BinaryIO

from cdrstats.sources.documents import read_documents
from cdrstats.sources.freeswitch_document import record_of
from cdrstats.sources.json_documents import Json, object_of
from cdrstats.sources.record import BadLine, Options, Record


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of the documents of a file; `line` is the number of the document."""
    del options
    return read_documents(stream, Json(), _record)


def _record(text: str, index: int) -> Record:
    return record_of(object_of(text), index)
