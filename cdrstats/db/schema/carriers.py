"""The trunks and gateways that calls go out by, or come in by."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, func

from cdrstats.db.schema.base import Instant, metadata

# Mediation makes one for each name that it meets. 0: not known.
carrier = Table(
    "carrier",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False, server_default=func.now()),
    UniqueConstraint("name"),
)

# The names by which records call a carrier, beside its own: mediation looks here first.
carrier_trunk = Table(
    "carrier_trunk",
    metadata,
    Column("name", Text, primary_key=True),
    Column("carrier_id", Integer, ForeignKey("carrier.id"), nullable=False),
    Index(None, "carrier_id"),
)
