"""Bring a database up to this version of the schema."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

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
    head = ScriptDirectory.from_config(alembic_config("")).get_current_head()
    with engine.connect() as conn:
        return MigrationContext.configure(conn).get_current_revision() == head
