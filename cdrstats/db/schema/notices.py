"""What people are told in the app."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from cdrstats.db.schema.base import Instant, filled, metadata

notification = Table(
    "notification",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("person_id", Integer, ForeignKey("person.id"), nullable=False),
    Column("user_ids", ARRAY(Integer)),  # whose calls it tells of; NULL: everyone's
    Column("occasion", Text, nullable=False),  # each person is told of it once
    Column("kind", Text, nullable=False),  # one of cdrstats.notices.rules.KINDS
    Column("subject", Text, nullable=False),
    filled("text", Text),
    filled("link", Text),  # of a page here, with its query
    Column("at", Instant, nullable=False),
    Column("read_at", Instant),  # NULL: not yet
    UniqueConstraint("person_id", "occasion"),
    Index("notification_newest_idx", "person_id", "id"),
    Index(
        "notification_unread_idx",
        "person_id",
        postgresql_where=text("read_at IS NULL"),
    ),
)
