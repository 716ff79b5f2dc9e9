"""Rules of fraud, their cases, and the calls that these rest on."""

from importlib import resources

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    statements = folder.joinpath("0020_fraud.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))  # the driver's own sign
