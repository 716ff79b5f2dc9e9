"""Where programs and rooms of chat are told."""

from importlib import resources

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    op.get_bind().exec_driver_sql(folder.joinpath("0025_channels.sql").read_text("utf-8"))
