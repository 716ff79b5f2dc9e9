"""What people are mailed of their calls, and when."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    Table,
    Text,
    Time,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from cdrstats.db.schema.base import Flag, Instant, filled, metadata

digest = Table(
    "digest",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", Integer, ForeignKey("person.id")),  # whose it is; NULL: the operator's
    Column("user_ids", ARRAY(Integer)),  # whose calls it tells of; NULL: everyone's
    Column("mail_to", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    # What it says: see cdrstats.digests.rules.
    Column("name", Text, nullable=False),
    filled("page", Text, "'dashboard'"),
    filled("query", Text),
    Column("timezone", Text, nullable=False),
    Column("every", Text, nullable=False),
    Column("at", Time, nullable=False),
    filled("cron", Text),
    Column("parts", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("files", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    filled("only_if_changed", Flag),
    Column("quiet_from", Time),
    Column("quiet_until", Time),
    filled("language", Text, "'en'"),
    filled("active", Flag, "true"),
    Column("created_at", Instant, nullable=False, server_default=func.now()),
    Column("since", Instant, nullable=False),  # since it is active
    Column("sent_until", Instant),  # the end of the last period that was told of
    Column("trouble", Text),  # a sentence: why it cannot be sent; NULL: it can
    UniqueConstraint("person_id", "name", postgresql_nulls_not_distinct=True),
)
