"""Carriers have trunks, by whose names calls tell them."""

from importlib import resources

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    op.get_bind().exec_driver_sql(folder.joinpath("0010_carrier_trunks.sql").read_text("utf-8"))
