"""Keys by which switches push their records."""

from importlib import resources

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    op.get_bind().exec_driver_sql(folder.joinpath("0030_switch_keys.sql").read_text("utf-8"))
