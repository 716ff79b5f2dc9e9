"""Whom alarm rules tell by mail, and who has taken note of a firing."""

from importlib import resources

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    statements = folder.joinpath("0018_alarm_mails.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))  # the driver's own sign
