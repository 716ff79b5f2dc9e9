"""Exports as Parquet: every column with its type, stamps in UTC, amounts exact."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    DateTime,
    Integer,
    Numeric,
    Select,
    SmallInteger,
    Uuid,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from cdrstats.calls.exporting.rows import batches

ROW_GROUP = 20_000
WHOLE_DIGITS, DECIMALS = 20, 18


def write(
    conn: Connection, query: Select[Any], out: BinaryIO, tell: Callable[[int], None]
) -> int:
    """Amounts are decimal(38, 18); a column with one that does not fit is text, lest it be cut.

    UUIDs and JSON are text.
    """
    columns = list(query.selected_columns)
    odd = _unfitting(conn, query)
    schema = pa.schema(
        [(c.name, pa.string() if c.name in odd else _type(c.type)) for c in columns]
    )
    plain = [_plain(c.type, c.name in odd) for c in columns]
    count = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in batches(conn, query, ROW_GROUP):
            cells = zip(*batch, strict=True)
            arrays = [
                pa.array([None if v is None else change(v) for v in values], field.type)
                if change
                else pa.array(values, field.type)
                for values, change, field in zip(cells, plain, schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(batch)
            tell(count)
    return count


def _type(type_: Any) -> pa.DataType:
    # The order matters: SmallInteger and BigInteger are Integers.
    kinds: list[tuple[type, pa.DataType]] = [
        (SmallInteger, pa.int16()),
        (BigInteger, pa.int64()),
        (Integer, pa.int32()),
        (Boolean, pa.bool_()),
        (DateTime, pa.timestamp("us", tz="UTC")),
        (Numeric, pa.decimal128(WHOLE_DIGITS + DECIMALS, DECIMALS)),
    ]
    return next((kind for python, kind in kinds if isinstance(type_, python)), pa.string())


def _plain(type_: Any, as_text: bool) -> Callable[[Any], Any] | None:
    """What makes a value of the column one that Arrow takes; None: it is one."""
    if isinstance(type_, JSONB):
        return lambda value: json.dumps(value, ensure_ascii=False)
    return str if isinstance(type_, Uuid) or as_text else None


def _unfitting(conn: Connection, query: Select[Any]) -> set[str]:
    """The amounts with more digits somewhere than the decimal type has."""
    found = query.order_by(None).subquery("found")
    money = [column for column in found.c if isinstance(column.type, Numeric)]
    if not money:
        return set()
    limit = Decimal(10) ** WHOLE_DIGITS
    # NaN is greater than all numbers.
    odd = [func.bool_or(or_(func.scale(c) > DECIMALS, func.abs(c) >= limit)) for c in money]
    row = conn.execute(select(*odd)).one()
    return {column.name for column, is_odd in zip(money, row, strict=True) if is_odd}
