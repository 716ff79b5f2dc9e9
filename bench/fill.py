"""Fill a database with calls, quickly: into bare months, which get their indexes afterwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, text

from cdrstats import aggregates
from cdrstats.aggregates.draining import drain
from cdrstats.clock import Window, month_of, next_month
from cdrstats.db.engine import sql
from cdrstats.db.partitions import coming_months, make_months

CALLS_A_DAY = 111_000
CUSTOMERS = 1_000

_FILL = sql("bench", "fill_month")
_DIMENSIONS = (
    "INSERT INTO switch (id, name, cdr_source_type)"
    " SELECT i, 'switch-' || i, 4 FROM generate_series(1, 4) AS i",
    "INSERT INTO customer (id, name)"
    f" SELECT i, 'Customer ' || i FROM generate_series(1, {CUSTOMERS}) AS i",
    "INSERT INTO account_code (accountcode, customer_id)"
    f" SELECT 'ACC-' || i, i FROM generate_series(1, {CUSTOMERS}) AS i",
    f"SELECT setval('switch_id_seq', 4), setval('customer_id_seq', {CUSTOMERS})",
)


def fill(engine: Engine, calls: int, now: datetime, length: timedelta | None = None) -> Window:
    """Store `calls` calls over the days that end at `now`; return the time they span.

    Unless a `length` is given, history grows by the same number of calls a day: ten times the
    calls is ten times the days.
    """
    window = Window(now - (length or timedelta(days=calls / CALLS_A_DAY)), now)
    with engine.begin() as conn:
        for statement in _DIMENSIONS:
            conn.execute(text(statement))
    parts = _months(window)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: _fill_month(engine, part, calls, window), parts))
    make_months(engine, coming_months(now))
    make_months(
        engine, [month_of(now - timedelta(days=31)), month_of(now - timedelta(days=62))]
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))
    return window


def _months(window: Window) -> list[Window]:
    """The parts of `window` in each month."""
    parts = []
    start = window.start
    while start < window.end:
        end = min(window.end, next_month(start))
        parts.append(Window(start, end))
        start = end
    return parts


def _fill_month(engine: Engine, part: Window, calls: int, window: Window) -> None:
    month = month_of(part.start)
    name = f"voip_cdr_{month:%Y_%m}"
    values = {
        "first": part.start,
        "last": part.end,
        "count": round(calls * (part.length / window.length)),
        "seed": (month.year * 12 + month.month) % 13 / 13,
        "import_id": 0,
        "customers": CUSTOMERS,
    }
    with engine.begin() as conn:
        conn.execute(text("SET LOCAL work_mem = '256MB'"))
        conn.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
        # The name comes from a datetime. The statement's table is a stand-in for it.
        conn.exec_driver_sql(
            f"CREATE TABLE {name} (LIKE voip_cdr INCLUDING DEFAULTS INCLUDING STORAGE)"
        )
        conn.execute(text(_FILL.text.replace("bench_month", name)), values)
        conn.exec_driver_sql(
            f"ALTER TABLE voip_cdr ATTACH PARTITION {name}"
            f" FOR VALUES FROM ('{month:%Y-%m-%d} 00:00+00')"
            f" TO ('{next_month(month):%Y-%m-%d} 00:00+00')"
        )


def count_up(engine: Engine) -> int:
    """Fill the roll-ups from the calls; return how many quarter-hours that were."""
    with engine.begin() as conn:
        slots = aggregates.rebuild(conn)
    drain(engine)
    return slots


_ADDED = -1  # the import_id of calls that come and go


def add_calls(conn: Connection, count: int, window: Window, seed: float) -> None:
    """Store `count` more calls in `window` and note their slots, as mediation does."""
    values = {
        "first": window.start,
        "last": window.end,
        "count": count,
        "seed": seed,
        "import_id": _ADDED,
        "customers": CUSTOMERS,
    }
    statement = _FILL.text.replace("bench_month", "voip_cdr") + " RETURNING starting_date"
    aggregates.note_changed(conn, conn.execute(text(statement), values).scalars())


def take_out_added(engine: Engine, window: Window) -> None:
    """Delete what `add_calls` stored in `window`, so that each round finds the same calls."""
    with engine.begin() as conn:
        gone = conn.execute(
            text(
                "DELETE FROM voip_cdr WHERE starting_date >= :first AND starting_date < :last"
                " AND import_id = :import_id RETURNING starting_date"
            ),
            {"first": window.start, "last": window.end, "import_id": _ADDED},
        )
        aggregates.note_changed(conn, gone.scalars())
    drain(engine)


DAYS_TO_COME = 12
"""Between the end of what is stored and today: the files that are imported lie there."""


def just_now() -> datetime:
    """The moment at which the stored history ends."""
    today = datetime.now(UTC).replace(second=0, microsecond=0)
    return today - timedelta(days=DAYS_TO_COME)
