"""What people are told in the app."""

from importlib import resources

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    statements = folder.joinpath("0024_notifications.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))  # the driver's own sign
