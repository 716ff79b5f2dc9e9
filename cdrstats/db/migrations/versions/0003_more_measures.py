"""More that calls tell and roll-ups count: quality, SIP status, billable seconds, routes."""

from importlib import resources

from alembic import op

revision = "0003"
down_revision = "0002"

PARTS = ("calls", "rollups", "counted")


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    for part in PARTS:
        statements = folder.joinpath(f"0003_{part}.sql").read_text("utf-8")
        op.get_bind().exec_driver_sql(statements)
