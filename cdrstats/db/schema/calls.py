"""The calls, partitioned by month of their start in UTC; `db.partitions` makes the months."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    Sequence,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from cdrstats.db.schema.base import Flag, Instant, Money, filled, metadata

_ids = Sequence("voip_cdr_id_seq", metadata=metadata)


def call_fields() -> list[Column[Any]]:
    """The columns of a call, in the order of the table."""
    return [
        Column(
            "id",
            BigInteger,
            nullable=False,
            server_default=text("nextval('voip_cdr_id_seq'::regclass)"),
        ),
        filled("user_id", Integer),  # the customer
        filled("switch_id", Integer),
        filled("cdr_source_type", SmallInteger),
        filled("callid", Text),
        filled("caller_id_number", Text),
        filled("caller_id_name", Text),
        filled("destination_number", Text),  # as the switch wrote it
        filled("destination_e164", Text),  # international, digits only; '' if not known
        filled("dialcode_id", BigInteger),
        filled("state", Text),
        filled("channel", Text),
        Column("starting_date", Instant, primary_key=True),
        Column("answered_at", Instant),
        filled("answered", Flag),
        filled("duration", Integer),
        filled("billsec", Integer),
        Column("billed_s", Integer),  # billable seconds; NULL until rated, or told
        Column("progresssec", Integer),
        Column("answersec", Integer),
        Column("waitsec", Integer),
        Column("pdd_ms", Integer),  # post-dial delay; NULL if the call never reached it
        Column("mos", Money),  # 1 to 5; NULL if not told
        Column("sip_status", SmallInteger),  # that ended the INVITE; NULL if not told
        filled("hangup_cause_id", Integer),
        filled("direction", SmallInteger),
        filled("country_id", Integer),
        filled("authorized", Flag, "true"),
        filled("call_type", SmallInteger),  # 0 international, 1 national, 2 internal
        filled("carrier_id", Integer),
        filled("accountcode", Text),
        filled("buy_rate", Money),
        filled("buy_cost", Money),
        filled("sell_rate", Money),
        filled("sell_cost", Money),
        Column("data", JSONB),
        Column("dedup_key", Uuid, primary_key=True),
        filled("import_id", BigInteger),
        filled("list_entry_id", Integer),  # that decided `authorized`; 0: none was about it
    ]


voip_cdr = Table(
    "voip_cdr",
    metadata,
    *call_fields(),
    Index(None, "user_id", "starting_date"),
    Index(None, "switch_id", "starting_date"),
    Index(None, "country_id", "starting_date"),
    Index(None, "hangup_cause_id", "starting_date"),
    Index(None, "carrier_id", "starting_date"),
    Index(None, "id"),  # calls in the order in which they came in
    # Calls that may still go on at a moment two hours after their start: few.
    Index("voip_cdr_long_idx", "starting_date", postgresql_where=text("duration > 7200")),
    # Whether an account code ever called a destination before; without it each month of calls
    # would be read (4.3 s of work for a day's destinations at 10 M calls, 0.1 s with it).
    Index(
        "voip_cdr_accountcode_country_id_dialcode_id_idx",
        "accountcode",
        "country_id",
        "dialcode_id",
        postgresql_ops={"accountcode": "text_pattern_ops"},
    ),
    # Calls that were not authorized: few.
    Index("voip_cdr_refused_idx", "starting_date", postgresql_where=text("NOT authorized")),
    # Calls at once are swept over these columns alone.
    Index(
        "voip_cdr_held_idx",
        "starting_date",
        postgresql_include=["answered_at", "duration", "billsec", "switch_id", "carrier_id"],
    ),
    # Numbers: prefixes by text_pattern_ops, suffixes by the same on the reversed text.
    Index(
        "voip_cdr_destination_number_idx",
        "destination_number",
        postgresql_ops={"destination_number": "text_pattern_ops"},
    ),
    Index(
        "voip_cdr_caller_id_number_idx",
        "caller_id_number",
        postgresql_ops={"caller_id_number": "text_pattern_ops"},
    ),
    Index(
        "voip_cdr_destination_number_end_idx",
        func.reverse(text("destination_number")).label("backward"),
        postgresql_ops={"backward": "text_pattern_ops"},
    ),
    Index(
        "voip_cdr_caller_id_number_end_idx",
        func.reverse(text("caller_id_number")).label("backward"),
        postgresql_ops={"backward": "text_pattern_ops"},
    ),
    Index("voip_cdr_callid_idx", "callid", postgresql_ops={"callid": "text_pattern_ops"}),
    Index(
        "voip_cdr_accountcode_idx",
        "accountcode",
        "starting_date",
        postgresql_ops={"accountcode": "text_pattern_ops"},
    ),
    postgresql_partition_by="RANGE (starting_date)",
)
