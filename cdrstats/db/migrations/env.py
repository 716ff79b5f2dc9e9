"""Run by Alembic. Timeouts are short: a waiting migration must not hold up imports."""

from alembic import context
from sqlalchemy import text

from cdrstats.db.engine import make_engine
from cdrstats.db.schema import metadata


def ours(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    """Leave the months of voip_cdr out of comparisons: they come and go by themselves."""
    return not (kind == "table" and (name or "").startswith("voip_cdr_"))


def default_differs(
    _context: object, _column: object, _other: object, default: str | None, *_: object
) -> bool | None:
    """Alembic compares defaults by running both; two calls of nextval() are never equal."""
    return False if default and default.startswith("nextval(") else None


engine = make_engine(context.config.attributes["url"], "cdrstats-migrate")
try:
    with engine.connect() as conn:
        # Whoever migrates at the same moment is waited for; readers of our tables are not. The
        # lock ends with the connection, also where a migration fails.
        conn.execute(text("SELECT pg_advisory_lock(hashtextextended('migrate', 0))"))
        conn.execute(text("SET lock_timeout = '4s'"))
        conn.commit()
        context.configure(
            connection=conn,
            target_metadata=metadata,
            include_object=ours,
            compare_server_default=default_differs,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
finally:
    engine.dispose()
