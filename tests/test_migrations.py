"""Migrations build exactly the schema, on an empty database, and may be run again."""

from alembic import command
from sqlalchemy import text

from cdrstats.db.engine import make_engine
from cdrstats.db.migrate import alembic_config, is_current, upgrade


def test_migrations_build_exactly_the_schema(empty_database: str) -> None:
    upgrade(empty_database)
    command.check(alembic_config(empty_database))  # raises if anything would still change
    upgrade(empty_database)

    engine = make_engine(empty_database, "tests")
    assert is_current(engine)
    with engine.connect() as conn:
        views = conn.execute(text("SELECT matviewname FROM pg_matviews ORDER BY 1"))
        assert views.scalars().all() == ["matv_voip_cdr_aggr_hour", "matv_voip_cdr_aggr_min"]
    engine.dispose()


def test_no_object_depends_on_the_two_views(empty_database: str) -> None:
    upgrade(empty_database)
    engine = make_engine(empty_database, "tests")
    with engine.begin() as conn:  # RESTRICT, the default: fails if anything depends on them
        conn.execute(text("DROP MATERIALIZED VIEW matv_voip_cdr_aggr_hour"))
        conn.execute(text("DROP MATERIALIZED VIEW matv_voip_cdr_aggr_min"))
    engine.dispose()
