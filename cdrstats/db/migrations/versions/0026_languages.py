"""The language that a digest is written in."""

from importlib import resources

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    op.get_bind().exec_driver_sql(folder.joinpath("0026_languages.sql").read_text("utf-8"))
