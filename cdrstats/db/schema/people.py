"""Who may sign in, what they may do, who is signed in, and who did what."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from cdrstats.db.schema.base import Instant, filled, metadata

# Never deleted, since `audit` refers to it: who may not sign in any more is disabled.
person = Table(
    "person",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),  # what is typed to sign in, in any case
    filled("full_name", Text),
    filled("email", Text),
    Column("role", Text, nullable=False),  # one of cdrstats.accounts.permissions.ROLES
    Column("password_hash", Text),  # NULL: none was set yet, or somebody else vouches
    Column("disabled_at", Instant),
    Column("totp_secret", LargeBinary),  # sealed by cdrstats.accounts.secretbox; NULL: none
    Column("totp_last_step", BigInteger),  # no code of this step or before is taken again
    Column("created_at", Instant, nullable=False, server_default=func.now()),
    Column("last_signed_in_at", Instant),
    Column("oidc_issuer", Text),  # the provider of single sign-on; NULL: none knows them
    Column("oidc_subject", Text),  # by which it knows them, and nobody else ever
    UniqueConstraint("oidc_issuer", "oidc_subject"),
)
Index("person_name_key", func.lower(person.c.name), unique=True)

# The customers whose calls a person of role customer sees.
person_customer = Table(
    "person_customer",
    metadata,
    Column("person_id", Integer, ForeignKey("person.id"), primary_key=True),
    Column(
        "customer_id",
        Integer,
        ForeignKey("customer.id", ondelete="CASCADE"),
        primary_key=True,
    ),
)

permission_group = Table(
    "permission_group",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    filled("permissions", ARRAY(Text), "'{}'"),
    Column("oidc_group", Text),  # whose members belong to it; NULL: only whom we put there
    UniqueConstraint("name"),
)

person_group = Table(
    "person_group",
    metadata,
    Column("person_id", Integer, ForeignKey("person.id"), primary_key=True),
    Column(
        "group_id",
        Integer,
        ForeignKey("permission_group.id", ondelete="CASCADE"),
        primary_key=True,
    ),
)

# `id` is the SHA-256 of what the browser holds: who reads this table cannot sign in with it.
session = Table(
    "session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Integer, ForeignKey("person.id"), nullable=False),
    Column("how", Text, nullable=False),  # password, oidc, link
    filled("address", Text),
    filled("agent", Text),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("unmasked_until", Instant),  # numbers are shown in full until then; NULL: masked
)

# What programs show instead of a password; `id` is not what they hold. They may what the person
# may, for as long as the person lets them.
api_token = Table(
    "api_token",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Integer, ForeignKey("person.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),  # NULL: never
    Column("last_used_at", Instant),
    UniqueConstraint("person_id", "name"),
)

one_time_link = Table(
    "one_time_link",
    metadata,
    Column("id", Text, primary_key=True),  # the SHA-256 of the token in the link
    Column("person_id", Integer, ForeignKey("person.id"), nullable=False),
    Column("kind", Text, nullable=False),  # invite, reset
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("account", Text, nullable=False),  # what was typed as a name, in small letters
    Column("address", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "account", "at"),
    Index(None, "address", "at"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("at", Instant, nullable=False, server_default=func.now()),
    Column("person_id", Integer, ForeignKey("person.id")),  # NULL: nobody signed in
    Column("who", Text, nullable=False),  # a login name, or cli:<user of the system>
    Column("action", Text, nullable=False),
    filled("object", Text),
    filled("address", Text),
    filled("detail", JSONB, "'{}'"),
    Index(None, "at"),
    Index(None, "action", "at"),
)
