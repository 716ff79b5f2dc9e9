"""What is wrong with the installation."""

from importlib import resources

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    statements = folder.joinpath("0021_troubles.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))  # the driver's own sign
