"""Rules that watch figures, and what was decided of their windows."""

from importlib import resources

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    statements = folder.joinpath("0017_alarms.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))  # the driver's own sign
