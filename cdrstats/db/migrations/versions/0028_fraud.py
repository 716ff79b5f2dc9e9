"""Cases of fraud: what of their keys is a number, and whom each is told."""

from importlib import resources

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    op.get_bind().exec_driver_sql(folder.joinpath("0028_fraud.sql").read_text("utf-8"))
