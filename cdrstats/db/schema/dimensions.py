"""What calls are counted by: switches, countries, dial codes, causes."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
)

from cdrstats.db.schema.base import Flag, Instant, filled, metadata

source_type = Table(
    "source_type",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
)

# ISO 3166-1 numeric; above 1000: satellite and global networks. 0: not known.
country = Table(
    "country",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    filled("iso2", Text),
    Column("name", Text, nullable=False),
)

# The id is the dial code itself: 4479111 is Guernsey. 0: not known.
dialcode = Table(
    "dialcode",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    filled("country_id", Integer),
    Column("name", Text, nullable=False),
    filled("kind", Text),
)

# The Q.850 code; above 127: a cause that the switch names itself. `kind` says what an
# unanswered call with this cause is counted as; `delivered` counts it into NER; `blocked` says
# that a call with it never obtained a circuit, and counts it out of the seizures.
hangup_cause = Table(
    "hangup_cause",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("enumeration", Text, nullable=False),
    Column("cause", Text, nullable=False),
    filled("kind", Text, "'failed'"),  # busy, no_answer, failed
    filled("delivered", Flag),
    filled("blocked", Flag),
)

# A switch and how its numbers and stamps are to be read (cdrstats.numbers).
switch = Table(
    "switch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    filled("cdr_source_type", SmallInteger),
    filled("timezone", Text, "'UTC'"),  # IANA name; of the stamps that carry no zone
    filled("country_id", Integer),  # home; 0: not set
    filled("calling_code", Text),  # digits put before a national number
    filled("international_prefixes", ARRAY(Text), "'{00,011}'"),
    filled("trunk_prefixes", ARRAY(Text), "'{}'"),  # taken off a national number
    filled("strip_prefixes", ARRAY(Text), "'{}'"),  # taken off first: outside lines, codes
    filled("extension_digits", Integer, "5"),  # numbers up to this long are internal
    filled("national_min_digits", Integer, "6"),
    filled("national_max_digits", Integer, "9"),
    Column("created_at", Instant, nullable=False, server_default=func.now()),
    UniqueConstraint("name"),
)

# The names by which the switch calls itself in its records, beside its own name.
switch_address = Table(
    "switch_address",
    metadata,
    Column("address", Text, primary_key=True),
    Column("switch_id", Integer, ForeignKey("switch.id"), nullable=False),
)

# What a switch shows that pushes its records itself.
switch_key = Table(
    "switch_key",
    metadata,
    Column("id", Text, primary_key=True),  # the SHA-256 of the key
    Column("switch_id", Integer, ForeignKey("switch.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    UniqueConstraint("switch_id", "name"),
)

# Which kinds of feed a switch has; only a switch with several needs matching across them.
switch_feed = Table(
    "switch_feed",
    metadata,
    Column("switch_id", Integer, ForeignKey("switch.id"), primary_key=True),
    Column("feed", Text, primary_key=True),
)
