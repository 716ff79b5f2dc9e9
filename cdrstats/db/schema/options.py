"""Settings that are changed while CDR-Stats runs."""

from sqlalchemy import Column, Integer, Table, Text, func

from cdrstats.db.schema.base import Instant, metadata

# What is not here has the default of cdrstats.options.rules.
setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Integer, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Instant, nullable=False, server_default=func.now()),
)
