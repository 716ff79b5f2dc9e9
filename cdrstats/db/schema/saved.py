"""What analysts come back to: the views of pages they saved under a name."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text, UniqueConstraint, func

from cdrstats.db.schema.base import Flag, Instant, filled, metadata

saved_view = Table(
    "saved_view",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("owner", Text, nullable=False),  # the viewer's name
    Column("user_id", Integer),  # the customer it may be shared within; NULL: staff
    Column("page", Text, nullable=False),  # the page's path, such as 'calls'
    Column("name", Text, nullable=False),
    filled("query", Text),  # what stands behind the ? of its URL
    filled("shared", Flag),
    Column("created_at", Instant, nullable=False, server_default=func.now()),
    Column("updated_at", Instant, nullable=False, server_default=func.now()),
    UniqueConstraint("owner", "page", "name"),
)
