"""Parts of calls that come in different files."""

from importlib import resources

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    op.get_bind().exec_driver_sql(folder.joinpath("0029_parts.sql").read_text("utf-8"))
