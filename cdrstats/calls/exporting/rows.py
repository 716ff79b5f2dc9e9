"""The rows of a query of any size, a batch at a time."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select

BATCH_ROWS = 10_000


def batches(
    conn: Connection, query: Select[Any], size: int = BATCH_ROWS
) -> Iterator[Sequence[Any]]:
    """Read through a server-side cursor, which ends with the iterator."""
    options = {"stream_results": True, "yield_per": size}
    with conn.execute(query, execution_options=options) as found:
        yield from found.partitions()
