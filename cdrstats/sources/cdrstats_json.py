"""CDR-Stats' own import as JSON: objects whose members are columns of `cdr_import`."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from cdrstats.sources.cdrstats_csv import NEEDED, record_of_columns
from cdrstats.sources.documents import read_documents
from cdrstats.sources.fields import BadRow, clean_tree
from cdrstats.sources.json_documents import Json, object_of
from cdrstats.sources.record import BadLine, Options, Record

FEED = "cdrstats_json"


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of objects, in an array or one behind the other; null means "not given"."""
    del options
    return read_documents(stream, Json(), _record)


def _record(text: str, index: int) -> Record:
    call = clean_tree(object_of(text))
    if missing := sorted(NEEDED - call.keys()):
        raise BadRow(f"it has no {missing[0]}")
    columns = {name.strip().lower(): _text(value) for name, value in call.items()}
    identity = json.dumps(columns, sort_keys=True, ensure_ascii=False)
    return record_of_columns(columns, index, FEED, identity)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
