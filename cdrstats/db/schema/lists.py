"""Where calls may go, and which destinations are known for fraud."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)

from cdrstats.db.schema.base import Flag, Instant, filled, metadata

# An entry never changes: a change ends it and makes another, so that what decided a call is
# there still. A prefix, else a country, else everything.
list_entry = Table(
    "list_entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(  # 0: everybody's
        "customer_id",
        Integer,
        ForeignKey("customer.id", ondelete="CASCADE"),
        nullable=False,
        server_default=text("0"),
    ),
    filled("prefix", Text),  # of the number in international form
    filled("country_id", Integer),
    Column("allowed", Flag, nullable=False),
    filled("reason", Text),
    filled("mail_to", Text),  # who is told of refused calls: addresses, by commas
    Column("valid_until", Instant),  # NULL: for good
    Column("added_by", Text, nullable=False),
    Column("added_at", Instant, nullable=False, server_default=func.now()),
    Column("ended_by", Text),
    Column("ended_at", Instant),  # NULL: it stands
    CheckConstraint("prefix = '' OR country_id = 0", name="place"),
    Index(
        "list_entry_standing_idx",
        "customer_id",
        "prefix",
        "country_id",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
)

high_risk_prefix = Table(
    "high_risk_prefix",
    metadata,
    Column("prefix", Text, primary_key=True),  # of the number in international form
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    filled("source", Text),  # who says so
    Column("seen_on", Date, nullable=False),  # when it was looked up
    filled("active", Flag, "true"),
)
