"""The same calls in Parquet, read by DuckDB: the yardstick for the dashboard."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Engine,
    Integer,
    Numeric,
    SmallInteger,
    Text,
    Uuid,
    text,
)

from cdrstats.db.schema import voip_cdr

LEFT_OUT = ("data", "id", "import_id")
COLUMNS = [column.name for column in voip_cdr.columns if column.name not in LEFT_OUT]
_TYPES = {
    Boolean: "BOOLEAN",
    SmallInteger: "INTEGER",
    Integer: "INTEGER",
    BigInteger: "BIGINT",
    Numeric: "DECIMAL(18, 6)",
    DateTime: "TIMESTAMPTZ",
    Text: "VARCHAR",
    Uuid: "UUID",
}


@contextmanager
def parquet(engine: Engine, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection with the view `calls`: a file a month, sorted by time, zstd."""
    with engine.connect() as conn:
        months = conn.execute(
            text(
                "SELECT inhrelid::regclass::text FROM pg_inherits"
                " WHERE inhparent = 'voip_cdr'::regclass ORDER BY 1"
            )
        ).scalars()
        names = [name for name in months if _export(engine, name, folder / f"{name}.csv")]
    duck = duckdb.connect()
    duck.execute("SET TimeZone = 'UTC'")
    types = ", ".join(f"'{name}': '{_TYPES[type(voip_cdr.c[name].type)]}'" for name in COLUMNS)
    for name in names:
        plain = folder / f"{name}.csv"
        duck.execute(
            f"COPY (SELECT * FROM read_csv('{plain}', header = true, columns = {{{types}}})"
            f" ORDER BY starting_date) TO '{folder / name}.parquet'"
            " (FORMAT parquet, COMPRESSION zstd)"
        )
        plain.unlink()
    duck.execute(f"CREATE VIEW calls AS SELECT * FROM read_parquet('{folder}/*.parquet')")
    duck.execute("SET enable_object_cache = true")
    try:
        yield duck
    finally:
        duck.close()
        for name in names:
            (folder / f"{name}.parquet").unlink()


def _export(engine: Engine, table: str, path: Path) -> int:
    """Write the calls of a month as CSV; return how many."""
    with engine.connect() as conn, path.open("wb") as stream:
        cursor = conn.connection.cursor()
        cursor.copy_expert(
            f"COPY (SELECT {', '.join(COLUMNS)} FROM {table}) TO STDOUT (FORMAT csv, HEADER)",
            stream,
        )
        count = int(cursor.rowcount)
    if not count:
        path.unlink()
    return count
