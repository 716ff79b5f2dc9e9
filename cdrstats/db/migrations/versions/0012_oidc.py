"""People whom a provider of single sign-on knows."""

from importlib import resources

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    op.get_bind().exec_driver_sql(folder.joinpath("0012_oidc.sql").read_text("utf-8"))
