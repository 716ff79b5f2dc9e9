"""What comes in, before mediation: the file ledger, unreadable lines, and `cdr_import`."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from cdrstats.db.schema.base import Flag, Instant, Money, filled, metadata

# One row a file. Mediation keeps the counts of outcomes; read = imported + duplicates +
# rejected + bad + ignored + joined + parts + waiting.
import_file = Table(
    "import_file",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("source", Text, nullable=False),  # the reader's name
    Column("switch_id", Integer, nullable=False),
    Column("timezone", Text),  # comes with the file; NULL: the switch's
    filled("state", Text, "'loading'"),  # loading, staged, undone
    filled("read", BigInteger),
    filled("staged", BigInteger),
    filled("bad", BigInteger),
    filled("imported", BigInteger),
    filled("duplicates", BigInteger),
    filled("rejected", BigInteger),
    filled("ignored", BigInteger),
    filled("joined", BigInteger),
    filled("parts", BigInteger),
    Column("first_call", Instant),
    Column("last_call", Instant),
    Column("first_import_id", BigInteger),
    Column("last_import_id", BigInteger),
    Column("loaded_at", Instant, nullable=False, server_default=func.now()),
    Column("finished_at", Instant),
    filled("loaded_by", Text),
    filled("is_demo", Flag),
    Index(None, "finished_at"),
    # The same bytes are taken once, until their file is undone.
    Index(
        "import_file_sha256_key",
        "sha256",
        unique=True,
        postgresql_where=text("state <> 'undone'"),
    ),
)

bad_line = Table(
    "bad_line",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("file_id", BigInteger, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "file_id", "line"),
)

# Lines that tell of a part of a call: see intake/completing.py.
call_part = Table(
    "call_part",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("file_id", BigInteger, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("source", Text, nullable=False),  # the reader's name
    Column("switch_id", Integer, nullable=False),
    Column("switch", Text, nullable=False),  # the name to stage a row under
    Column("key", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    filled("fresh", Flag, "true"),  # not looked at together with the others of its key
    filled("joined", Flag),  # its file counts it so: the row is counted by another part's file
    Column("import_id", BigInteger),  # the row that was made of it; NULL: it waits
    Column("received_at", Instant, nullable=False, server_default=func.now()),
    Index(None, "source", "switch_id", "key"),
    Index(None, "file_id"),
    Index(None, "import_id", postgresql_where=text("import_id IS NOT NULL")),
    Index("call_part_waiting_idx", "id", postgresql_where=text("import_id IS NULL")),
    Index("call_part_fresh_idx", "id", postgresql_where=text("fresh")),
)

# The contract with whoever inserts here: names and meaning of the columns up to `imported`.
# All may be left out; what cannot be used becomes a rejection, not an error.
cdr_import = Table(
    "cdr_import",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("switch", Text),
    Column("cdr_source_type", Integer),
    Column("callid", Text),
    Column("caller_id_number", Text),
    Column("caller_id_name", Text),
    Column("destination_number", Text),
    Column("dialcode", Text),
    Column("state", Text),
    Column("channel", Text),
    Column("starting_date", Instant),
    Column("duration", Integer),
    Column("billsec", Integer),
    Column("progresssec", Integer),
    Column("answersec", Integer),
    Column("waitsec", Integer),
    Column("hangup_cause_id", Integer),  # the Q.850 code
    Column("hangup_cause", Text),
    Column("direction", Integer),
    Column("country_code", Text),
    Column("accountcode", Text),
    Column("buy_rate", Money),
    Column("buy_cost", Money),
    Column("sell_rate", Money),
    Column("sell_cost", Money),
    Column("extradata", JSONB),
    filled("imported", Flag),
    # Ours from here on.
    Column("dedup_key", Uuid),  # NULL until mediation, for rows that others insert
    filled("feed", Text, "'push'"),  # what identifies its records; see mediation
    Column("start_text", Text),  # the local stamp as written, ISO; NULL if it had a zone
    Column("answered", Flag),  # NULL: the source has no answer time
    Column("pdd_ms", Integer),
    Column("leg_of", Text),  # the A leg that a B leg belongs to; such a row is ignored
    Column("names_leg", Uuid),  # the B leg that an A leg names
    Column("call_start", Instant),  # where its call stands in voip_cdr; NULL: it has none
    Column("matched_key", Uuid),  # the call of another feed that this row is the same as
    Column("file_id", BigInteger),
    Column("source_id", Integer),
    Column("remote_id", Text),
    Column("outcome", Text),  # call, duplicate, ignored, rejected, joined, undone, locked
    Column("reason", Text),
    filled("withdrawn", Flag),  # a part of it was taken back: it is no call any more
    Index("cdr_import_waiting_idx", "id", postgresql_where=text("NOT imported")),
    Index(
        "cdr_import_dedup_key_idx",
        "dedup_key",
        postgresql_where=text("call_start IS NOT NULL"),
    ),
    Index(
        "cdr_import_names_leg_idx",
        "names_leg",
        postgresql_where=text("names_leg IS NOT NULL"),
    ),
    Index("cdr_import_rejected_idx", "id", postgresql_where=text("outcome = 'rejected'")),
    # What else was staged of a call: the same record again, and its B legs.
    Index(
        "cdr_import_set_aside_idx",
        "dedup_key",
        postgresql_where=text("outcome IN ('duplicate', 'ignored')"),
    ),
    Index(
        "cdr_import_leg_of_idx",
        "leg_of",
        postgresql_where=text("leg_of IS NOT NULL"),
    ),
    Index(
        "cdr_import_matched_key_idx",
        "matched_key",
        postgresql_where=text("matched_key IS NOT NULL"),
    ),
)
