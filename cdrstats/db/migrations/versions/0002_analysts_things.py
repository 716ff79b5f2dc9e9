"""What analysts keep: saved views, notes on charts, files to download."""

from importlib import resources

from alembic import op

revision = "0002"
down_revision = "0001"

PARTS = ("saved", "notes", "downloads")


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    for part in PARTS:
        statements = folder.joinpath(f"0002_{part}.sql").read_text("utf-8")
        op.get_bind().exec_driver_sql(statements)
