"""What is marked on charts over time."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, func

from cdrstats.db.schema.base import Instant, filled, metadata

# Imports are not copied here: `cdrstats.notes` reads them from import_file.
note = Table(
    "note",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("until", Instant),  # NULL: a moment
    filled("kind", Text, "'note'"),
    Column("text", Text, nullable=False),
    filled("author", Text),  # the viewer's name; '': the system itself, for staff
    Column("switch_id", Integer),  # what it is about; NULL: everything
    Column("user_id", Integer),  # the customer it is of, or about; NULL: staff, or all
    Column("created_at", Instant, nullable=False, server_default=func.now()),
    Index(None, "at"),
)
