"""Rules that watch figures, what was decided of each window, and days that are not ordinary."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Time,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from cdrstats.db.schema.base import Flag, Instant, filled, metadata

alarm_rule = Table(
    "alarm_rule",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", Integer, ForeignKey("person.id")),  # whose it is; NULL: the operator's
    Column("user_ids", ARRAY(Integer)),  # whose calls it watches; NULL: everyone's
    filled("shared", Flag),
    Column("mail_to", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    # Who is told as well, once it has fired for long.
    Column("escalate_to", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    # What it says: see cdrstats.alarms.rules.
    Column("name", Text, nullable=False),
    Column("metric", Text, nullable=False),
    filled("part", Text),
    filled("query", Text),
    filled("split", Text, "'country_id'"),
    Column("timezone", Text, nullable=False),
    Column("length", Text, nullable=False),
    Column("condition", Text, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("clear_at", Double, nullable=False),
    filled("clear_windows", Integer, "1"),
    filled("compare", Text),
    filled("min_calls", Integer),
    filled("by_chance", Flag),
    filled("on_holidays", Flag, "true"),
    filled("severity", Text, "'warning'"),
    filled("lag_minutes", Integer, "5"),
    filled("cooldown_minutes", Integer),
    filled("renotify_minutes", Integer),
    filled("escalate_minutes", Integer),
    Column("quiet_from", Time),
    Column("quiet_until", Time),
    Column("muted_until", Instant),
    filled("active", Flag, "true"),
    Column("created_at", Instant, nullable=False, server_default=func.now()),
    Column("watched_since", Instant, nullable=False),  # since it is active
    # What its windows so far have led to.
    Column("decided_until", Instant),  # the end of the last that was decided; NULL: none yet
    filled("firing", Flag),
    filled("calm", Integer),
    Column("since", Instant),
    filled("told", Flag),
    Column("told_at", Instant),
    filled("escalated", Flag),
    filled("acknowledged", Flag),  # somebody has taken note of what it fires about
    Column("trouble", Text),  # a sentence: why it cannot be judged; NULL: it can
    UniqueConstraint("person_id", "name", postgresql_nulls_not_distinct=True),
)

# Each window of a rule is decided once; late calls add a note.
alarm_window = Table(
    "alarm_window",
    metadata,
    Column(
        "rule_id", Integer, ForeignKey("alarm_rule.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("window_start", Instant, primary_key=True),
    Column("window_end", Instant, nullable=False),
    Column("value", Double),
    Column("calls", BigInteger, nullable=False),
    Column("previous", Double),
    Column("usual", Double),
    Column("z", Double),
    Column("verdict", Text, nullable=False),
    Column("firing", Flag, nullable=False),
    filled("event", Text),  # fired, cleared
    filled("told", Text),  # fired, again, escalated, cleared; what people are told of it
    filled("contributors", JSONB, "'[]'"),  # where people are told
    Column("decided_at", Instant, nullable=False),
    Column("counted_until", Instant, nullable=False),  # what was counted by then is in it
    filled("note", Text),
    Column("acknowledged_by", Text),  # who took note of it, where it fired
    Column("acknowledged_at", Instant),
    filled("acknowledged_why", Text),
    Index(
        "alarm_window_told_idx",
        "decided_at",
        postgresql_where=text("told <> ''::text"),
    ),
)

# Windows that lie in it are not judged.
alarm_maintenance = Table(
    "alarm_maintenance",
    metadata,
    Column("id", Integer, primary_key=True),
    # NULL: all rules
    Column("rule_id", Integer, ForeignKey("alarm_rule.id", ondelete="CASCADE")),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    filled("reason", Text),
)

# By the clocks of whoever looks.
holiday = Table(
    "holiday",
    metadata,
    Column("day", Date, primary_key=True),
    filled("name", Text),
)
