"""Roles for whoever reads, and whose rows each of them gets."""

from importlib import resources

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    for name in ("0007_roles.sql", "0007_isolation.sql"):
        statements = folder.joinpath(name).read_text("utf-8")
        op.get_bind().exec_driver_sql(statements.replace("%", "%%"))  # the driver's own sign
