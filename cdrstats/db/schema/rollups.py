"""Counts of calls by quarter-hour and by day, both in UTC, and the log of what changed.

Additive parts only: ratios and averages are divided when read. Each table is narrow, since one
over all dimensions would have nearly a row a call. What a question needs beyond them is read
from the calls; `cdrstats.traffic.plan` picks.
"""

from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, Index, Integer, Table, func

from cdrstats.db.schema.base import Instant, Money, filled, metadata


def _rollup(name: str, *keys: str) -> Table:
    """A roll-up over `keys`; `slot` is the start of a quarter-hour or a day."""
    first, *rest = keys
    columns: list[Any] = [
        Column("slot", Instant, primary_key=True)
        if key == "slot"
        else Column(key, Integer, primary_key=True, autoincrement=False)
        for key in (first, *rest)
    ]
    table = Table(
        name,
        metadata,
        *columns,
        filled("calls", BigInteger),
        filled("answered", BigInteger),
        filled("delivered", BigInteger),  # answered, or a cause that counts into NER
        filled("short", BigInteger),  # answered for 1 to 6 s
        filled("duration", BigInteger),
        filled("billsec", BigInteger),
        filled("pdd_ms", BigInteger),
        filled("pdd_calls", BigInteger),
        filled("buy_cost", Money),
        filled("sell_cost", Money),
        # Room for updates in place: the rows of today change all day.
        postgresql_with={"fillfactor": 80} if name.endswith("_day") else {},
    )
    if first != "slot":
        Index(f"{name}_slot_idx", table.c.slot)
    return table


rollup_switch = _rollup("rollup_switch", "slot", "switch_id")
rollup_country = _rollup("rollup_country", "slot", "switch_id", "country_id")
rollup_cause = _rollup("rollup_cause", "slot", "switch_id", "hangup_cause_id")
rollup_customer = _rollup("rollup_customer", "user_id", "slot", "switch_id")

rollup_country_day = _rollup("rollup_country_day", "slot", "switch_id", "country_id")
rollup_cause_day = _rollup("rollup_cause_day", "slot", "switch_id", "hangup_cause_id")
rollup_customer_country_day = _rollup(
    "rollup_customer_country_day", "user_id", "slot", "switch_id", "country_id"
)
rollup_customer_cause_day = _rollup(
    "rollup_customer_cause_day", "user_id", "slot", "switch_id", "hangup_cause_id"
)

# What each quarter-hour was last counted as: one element a (customer, switch, country, cause),
# all arrays in step, NULL if it had no calls. See aggregates.counting.
rollup_counted = Table(
    "rollup_counted",
    metadata,
    Column("slot", Instant, primary_key=True),
    Column("counted_at", Instant, nullable=False),
    *(
        Column(name, ARRAY(Integer))
        for name in (
            "user_id",
            "switch_id",
            "country_id",
            "hangup_cause_id",
            "calls",
            "answered",
            "delivered",
            "short",
        )
    ),
    *(Column(name, ARRAY(BigInteger)) for name in ("duration", "billsec", "pdd_ms")),
    Column("pdd_calls", ARRAY(Integer)),
    *(Column(name, ARRAY(Money)) for name in ("buy_cost", "sell_cost")),
)

# Append-only and deliberately without a unique key: see aggregates.note_changed.
rollup_log = Table(
    "rollup_log",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("slot", Instant, nullable=False),
    Column("noted_at", Instant, nullable=False, server_default=func.now()),
)
