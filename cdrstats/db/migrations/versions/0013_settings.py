"""Settings that are changed while CDR-Stats runs."""

from importlib import resources

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    op.get_bind().exec_driver_sql(folder.joinpath("0013_settings.sql").read_text("utf-8"))
