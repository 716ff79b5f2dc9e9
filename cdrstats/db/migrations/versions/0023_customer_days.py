"""A roll-up of customers by day."""

from importlib import resources

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    statements = folder.joinpath("0023_customer_days.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))  # the driver's own sign
