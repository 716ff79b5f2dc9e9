"""Where programs and rooms of chat are told."""

from sqlalchemy import Column, Integer, LargeBinary, Table, Text, UniqueConstraint, func

from cdrstats.db.schema.base import Flag, Instant, filled, metadata

channel = Table(
    "channel",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),  # webhook, slack, teams
    Column("host", Text, nullable=False),  # all of the address that is shown
    Column("address", LargeBinary, nullable=False),  # sealed
    Column("secret", LargeBinary),  # sealed, by which messages are signed; NULL: none are
    filled("active", Flag, "true"),
    filled("troubles", Flag),  # it is told what is wrong with the installation
    filled("fraud_actions", Flag),  # and of each case of fraud, for programs
    Column("created_at", Instant, nullable=False, server_default=func.now()),
    UniqueConstraint("name", name="channel_name_key"),
)
