"""Where calls may go, by what each call was judged, and prefixes known for fraud."""

from importlib import resources

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    statements = folder.joinpath("0019_destination_lists.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))  # the driver's own sign
