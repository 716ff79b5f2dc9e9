"""Bring a database up to this version of the schema."""

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from cdrstats.db.engine import make_engine
from cdrstats.db.seed import seed


def alembic_config(url: str) -> Config:
    """Alembic's settings, in code: there is no alembic.ini to keep in step."""
    config = Config()
    config.set_main_option("script_location", "cdrstats:db/migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Run the migrations that are missing, then add dimension rows that are missing."""
    command.upgrade(alembic_config(url), "head")
    engine = make_engine(url, "cdrstats-migrate")
    try:
        with engine.begin() as conn:
            seed(conn)
    finally:
        engine.dispose()


def is_current(engine: Engine) -> bool:
    """Whether the database has exactly this version's schema."""
    with engine.connect() as conn:
        return revision(conn) == revisions()[0]


def revision(conn: Connection) -> str | None:
    """The schema that the database has; None if it has none of ours."""
    return MigrationContext.configure(conn).get_current_revision()


@cache
def revisions() -> list[str]:
    """Every schema that this version can make or upgrade, its own first."""
    scripts = ScriptDirectory.from_config(alembic_config(""))
    return [script.revision for script in scripts.walk_revisions()]
