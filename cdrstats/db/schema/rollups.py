"""Counts of calls by quarter-hour, day and month, all in UTC, and the log of what changed.

Additive parts only, and the longest call: ratios and averages are divided when read. Each table
is narrow, since one over all dimensions would have nearly a row a call. What a question needs
beyond them is read from the calls; `cdrstats.traffic.plan` picks.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.types import UserDefinedType

from cdrstats.db.schema.base import Instant, Money, filled, metadata

KEYS: dict[str, Any] = {
    "user_id": Integer,
    "switch_id": Integer,
    "country_id": Integer,
    "hangup_cause_id": Integer,
    "carrier_id": Integer,
    "dialcode_id": BigInteger,
    "accountcode": Text,
    "direction": SmallInteger,
    "call_type": SmallInteger,
    "cdr_source_type": SmallInteger,
}

# Each with its type in `rollup_part`. A roll-up has them all, as bigint or numeric.
MEASURES: dict[str, Any] = {
    "calls": Integer,
    "answered": Integer,
    "delivered": Integer,  # answered, or a cause that counts into NER
    "cancelled": Integer,  # the caller gave up after ringing was heard
    "short": Integer,  # answered for 1 to 6 s
    "blocked": Integer,  # a cause that says no circuit was had
    "duration": BigInteger,
    "billsec": BigInteger,
    "longest": Integer,  # the largest billsec: does not add up
    "billed": BigInteger,  # billable seconds
    "billed_calls": Integer,  # how many have them
    "pdd_ms": BigInteger,
    "pdd_calls": Integer,
    "mos": Money,
    "mos_calls": Integer,
    "invites": Integer,  # a SIP status is known
    "sip_ok": Integer,  # 200
    "sip_redirected": Integer,  # 3xx
    "sip_challenged": Integer,  # 401, 402, 407
    "sip_effective": Integer,  # 200, 480, 486, 600, 603
    "sip_failed": Integer,  # 408, 500, 503, 504
    "buy_cost": Money,
    "sell_cost": Money,
}

SUMS = tuple(name for name in MEASURES if name != "longest")
"""The measures that add up; a month has only these: see aggregates.months."""


def _rollup(name: str, *keys: str, measures: tuple[str, ...] = tuple(MEASURES)) -> Table:
    """A roll-up over `keys`; `slot` is the start of a quarter-hour, a day or a month."""
    types = KEYS | {"slot": Instant, "bin": SmallInteger}
    key_columns: list[Any] = [
        Column(key, types[key], primary_key=True, autoincrement=False) for key in keys
    ]
    sums = [
        filled(measure, Money if MEASURES[measure] is Money else BigInteger)
        for measure in measures
    ]
    table = Table(
        name,
        metadata,
        *key_columns,
        *sums,
        # Room for updates in place: the rows of today change all day.
        postgresql_with={"fillfactor": 80} if name.endswith(("_day", "_month")) else {},
    )
    if keys[0] != "slot":
        Index(f"{name}_slot_idx", table.c.slot)
    return table


rollup_switch = _rollup("rollup_switch", "slot", "switch_id")
rollup_country = _rollup("rollup_country", "slot", "switch_id", "country_id")
rollup_cause = _rollup("rollup_cause", "slot", "switch_id", "hangup_cause_id")
rollup_kind = _rollup(
    "rollup_kind", "slot", "switch_id", "direction", "call_type", "cdr_source_type"
)
rollup_customer = _rollup("rollup_customer", "user_id", "slot", "switch_id")

rollup_country_day = _rollup("rollup_country_day", "slot", "switch_id", "country_id")
rollup_cause_day = _rollup("rollup_cause_day", "slot", "switch_id", "hangup_cause_id")
rollup_carrier_day = _rollup("rollup_carrier_day", "slot", "switch_id", "carrier_id")
rollup_route_day = _rollup(
    "rollup_route_day", "slot", "switch_id", "carrier_id", "country_id", "dialcode_id"
)
Index(
    "rollup_route_day_dialcode_id_idx", rollup_route_day.c.dialcode_id, rollup_route_day.c.slot
)
rollup_customer_day = _rollup("rollup_customer_day", "user_id", "slot", "switch_id")
rollup_customer_country_day = _rollup(
    "rollup_customer_country_day", "user_id", "slot", "switch_id", "country_id"
)
rollup_customer_cause_day = _rollup(
    "rollup_customer_cause_day", "user_id", "slot", "switch_id", "hangup_cause_id"
)
rollup_account_day = _rollup(
    "rollup_account_day", "user_id", "slot", "switch_id", "accountcode"
)
rollup_country_cause_day = _rollup(
    "rollup_country_cause_day", "country_id", "slot", "switch_id", "hangup_cause_id"
)

rollup_country_month = _rollup(
    "rollup_country_month", "slot", "switch_id", "country_id", measures=SUMS
)
rollup_route_month = _rollup(
    "rollup_route_month",
    *("slot", "switch_id", "carrier_id", "country_id", "dialcode_id"),
    measures=SUMS,
)

# How many calls had a post-dial delay of which size; `bin` is of aggregates.histogram.
rollup_pdd = _rollup("rollup_pdd", "slot", "switch_id", "bin", measures=("calls",))
rollup_pdd_day = _rollup("rollup_pdd_day", "slot", "switch_id", "bin", measures=("calls",))


class Part(UserDefinedType[Any]):
    """The composite type `rollup_part`: KEYS and MEASURES, in this order.

    One array of it, and not an array a column: that took three times as long to make and read.
    """

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "rollup_part"


PGDialect.ischema_names["rollup_part"] = Part

# What each quarter-hour was last counted as, a part a call; NULL if it had none. (What was
# counted before 0003 is a part for each set of keys.) A measure of 0 is NULL, which takes no
# room. See aggregates.statement.
rollup_counted = Table(
    "rollup_counted",
    metadata,
    Column("slot", Instant, primary_key=True),
    Column("counted_at", Instant, nullable=False),
    Column("parts", ARRAY(Part)),
)

# Append-only and deliberately without a unique key: see aggregates.note_changed.
rollup_log = Table(
    "rollup_log",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("slot", Instant, nullable=False),
    Column("noted_at", Instant, nullable=False, server_default=func.now()),
)
