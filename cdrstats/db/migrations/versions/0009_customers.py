"""What customers own beside account codes, and what a bill needs of them."""

from importlib import resources

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    op.get_bind().exec_driver_sql(folder.joinpath("0009_customers.sql").read_text("utf-8"))
