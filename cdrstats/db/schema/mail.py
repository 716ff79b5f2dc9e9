"""Mails that wait, are tried, and were sent."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from cdrstats.db.schema.base import Instant, filled, metadata

# waiting -> sending -> sent | failed | given_up; from sending to waiting as well.
outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("occasion", Text, nullable=False),  # each recipient gets one mail of it
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("message_id", Text, nullable=False),  # the same with each try
    Column("message", LargeBinary),  # as it is sent; NULL: forgotten
    filled("state", Text, "'waiting'"),
    filled("attempts", Integer),
    Column("next_at", Instant, nullable=False, server_default=func.now()),
    Column("queued_at", Instant, nullable=False, server_default=func.now()),
    Column("tried_at", Instant),
    Column("sent_at", Instant),
    Column("error", Text),  # of the last try
    Column("answer", Text),  # what the server confirmed it with
    Column("channel_id", Integer),  # whose message it is; NULL: a mail
    UniqueConstraint("occasion", "recipient", name="outbox_occasion_recipient_key"),
    Index(
        "outbox_open_idx",
        "next_at",
        postgresql_where=text("state = ANY (ARRAY['waiting'::text, 'sending'::text])"),
    ),
)
