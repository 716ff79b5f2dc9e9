"""What people are mailed of their calls, and when."""

from importlib import resources

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    statements = folder.joinpath("0022_digests.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))  # the driver's own sign
