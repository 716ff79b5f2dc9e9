"""The first tables: dimensions, staging, calls, roll-ups, jobs, and the views over them."""

from importlib import resources

from alembic import op

revision = "0001"
down_revision = None

PARTS = (
    "dimensions",
    "staging",
    "calls",
    "rollups",
    "jobs",
    "views",
    "matv_voip_cdr_aggr_hour",
    "matv_voip_cdr_aggr_min",
    "pusher",
)


def upgrade() -> None:
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    for part in PARTS:
        statements = folder.joinpath(f"0001_{part}.sql").read_text("utf-8")
        op.get_bind().exec_driver_sql(statements)
