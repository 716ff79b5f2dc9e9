"""All that a page tells a browser, as one text: also what waits in tables, charts and boxes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

Told = str


def everything(at: "AppTest") -> Told:
    """Every field of every element: labels, options, helps, specifications, rows."""
    return "\n".join(text for node in at._tree for text in _texts(getattr(node, "proto", None)))


def _texts(value: Any) -> Iterator[str]:
    if hasattr(value, "ListFields"):
        for _, one in value.ListFields():
            yield from _texts(one)
    elif isinstance(value, bytes):
        yield _table(value)
    elif isinstance(value, str):
        yield value
    elif hasattr(value, "items"):
        for key, one in value.items():
            yield from (str(key), *_texts(one))
    elif hasattr(value, "__iter__"):
        for one in value:
            yield from _texts(one)
    elif value is not None:
        yield str(value)


def _table(data: bytes) -> str:
    """The cells of a table as it is sent; what is none of one, as it is."""
    try:
        return str(pa.ipc.open_stream(data).read_all().to_pydict())
    except pa.ArrowInvalid:
        return data.decode("utf-8", "replace")
