"""FreeSWITCH's mod_xml_cdr: <cdr> documents, one a file or one behind the other."""

from collections.abc import Iterator
from typing import BinaryIO

from cdrstats.sources.documents import read_documents
from cdrstats.sources.freeswitch_document import record_of
from cdrstats.sources.record import BadLine, Options, Record
from cdrstats.sources.xml_documents import Xml, tree_of


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of the documents of a file; `line` is the number of the document."""
    del options
    return read_documents(stream, Xml("cdr"), _record)


def _record(text: str, index: int) -> Record:
    return record_of(tree_of(text), index, encoded=True)
