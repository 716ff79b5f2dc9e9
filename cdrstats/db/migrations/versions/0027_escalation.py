"""Whom an alarm rule tells as well, once it has fired for long."""

from importlib import resources

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    statements = folder.joinpath("0027_escalation.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements)
