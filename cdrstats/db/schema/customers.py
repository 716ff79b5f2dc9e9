"""The customers, and what they own: by it mediation knows whose a call is (docs/path.md)."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
)

from cdrstats.db.schema.base import Instant, filled, metadata

# 0: nobody.
customer = Table(
    "customer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False, server_default=func.now()),
    filled("address", Text),
    filled("tax_id", Text),
    filled("currency", Text),  # ISO 4217; '': the installation's
    filled("timezone", Text),  # IANA name; '': the installation's
    filled("language", Text),  # BCP 47; '': the default
    filled("plan_id", Integer),  # 0: none
    UniqueConstraint("name"),
)

account_code = Table(
    "account_code",
    metadata,
    Column("accountcode", Text, primary_key=True),
    Column("customer_id", Integer, ForeignKey("customer.id"), nullable=False),
    Index(None, "customer_id"),
)

# International numbers that begin with `first` to `last`, which have as many digits. Ranges do
# not overlap (cdrstats.customers), so that of a number only the one before it can be its range.
customer_number = Table(
    "customer_number",
    metadata,
    Column("first", Text(collation="C"), primary_key=True),
    Column("last", Text(collation="C"), nullable=False),
    Column("customer_id", Integer, ForeignKey("customer.id"), nullable=False),
    Index(None, "customer_id"),
)

customer_trunk = Table(
    "customer_trunk",
    metadata,
    Column(
        "carrier_id", Integer, ForeignKey("carrier.id"), primary_key=True, autoincrement=False
    ),
    Column("customer_id", Integer, ForeignKey("customer.id"), nullable=False),
    Index(None, "customer_id"),
)
