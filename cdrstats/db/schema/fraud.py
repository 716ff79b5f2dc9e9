"""Rules of fraud, their cases, and the calls that these rest on."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from cdrstats.db.schema.base import Flag, Instant, Money, filled, metadata

# What somebody has changed of a rule (cdrstats.fraud.rules), and why it cannot be judged.
fraud_rule = Table(
    "fraud_rule",
    metadata,
    Column("id", Text, primary_key=True),
    filled("active", Flag, "true"),
    filled("thresholds", JSONB, "'{}'"),  # those that are not the defaults
    filled("mail_to", ARRAY(Text), "'{}'"),
    Column("trouble", Text),  # a sentence; NULL: it is judged
)

# The last call that rules have looked at, in the order in which calls came in.
fraud_position = Table(
    "fraud_position",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("call_id", BigInteger, nullable=False),
    CheckConstraint("single", name="single"),
)

# One of each rule and key until it is quiet.
fraud_case = Table(
    "fraud_case",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rule", Text, nullable=False),
    filled("user_id", Integer),  # the customer; 0: nobody's, or several customers'
    Column("key", Text, nullable=False),
    Column("first_call", Instant, nullable=False),
    Column("last_call", Instant, nullable=False),
    filled("calls", BigInteger),
    filled("billsec", BigInteger),
    filled("cost", Money),
    filled("cost_per_hour", Money),  # in the dearest hour
    filled("score", Integer),
    filled("reasons", ARRAY(Text), "'{}'"),
    filled("facts", JSONB, "'{}'"),  # of the window that held last
    filled("thresholds", JSONB, "'{}'"),  # by which it was opened
    Column("opened_at", Instant, nullable=False, server_default=func.now()),
    filled("label", Text, "'open'"),  # open, confirmed, false positive, ignored
    filled("label_reason", Text),
    filled("labelled_by", Text),
    Column("labelled_at", Instant),
    Column("ignored_until", Instant),
    Index(None, "rule", "key", "last_call"),
    Index(None, "last_call"),
    Index(None, "user_id"),
)

fraud_evidence = Table(
    "fraud_evidence",
    metadata,
    Column(
        "case_id",
        Integer,
        ForeignKey("fraud_case.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("starting_date", Instant, primary_key=True),
    Column("dedup_key", Uuid, primary_key=True),
    filled("billsec", Integer),
    filled("cost", Money),
)

# Whom a case is told; several that are opened within minutes go in one mail.
fraud_telling = Table(
    "fraud_telling",
    metadata,
    Column(
        "case_id",
        Integer,
        ForeignKey("fraud_case.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("recipient", Text, primary_key=True),
    Column("occasion", Text),  # of its mail in the outbox
    Column("told_at", Instant),  # NULL: it waits for the next mail
    Index(None, "told_at"),
)
