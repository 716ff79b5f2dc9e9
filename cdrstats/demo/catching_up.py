"""What the job process does after a change, for when none runs."""

from sqlalchemy import Engine, text

from cdrstats import aggregates
from cdrstats.mediation import mediate

SLOTS_AT_ONCE = 960  # ten days of roll-ups in a transaction


def catch_up(engine: Engine) -> None:
    """Mediate what waits and bring the roll-ups up to date, beside the job process or alone."""
    mediate(engine)
    while True:
        with engine.begin() as conn:
            if not aggregates.refresh(conn, SLOTS_AT_ONCE):
                conn.execute(text("NOTIFY cdrstats, 'rollup'"))
                return
