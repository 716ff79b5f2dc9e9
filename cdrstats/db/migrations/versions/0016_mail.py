"""Mails that wait, are tried, and were sent."""

from importlib import resources

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    op.get_bind().exec_driver_sql(folder.joinpath("0016_mail.sql").read_text("utf-8"))
