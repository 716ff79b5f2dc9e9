"""What the dashboard asks, as its page asks it, against DuckDB on the same calls in Parquet."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
from sqlalchemy import Engine, text

from bench.archive import parquet
from bench.results import Line, median_ms
from cdrstats import traffic
from cdrstats.accounts import EVERYONE
from cdrstats.clock import Window, slot_of

PERIODS = {"24 hours": 1, "7 days": 7, "30 days": 30, "90 days": 90}
ZONE = ZoneInfo("Europe/Madrid")
MOST_MS = 50
TIMES = 9

_PARTS = """count(*), count(*) FILTER (answered),
    count(*) FILTER (answered OR hangup_cause_id IN ({delivered})),
    count(*) FILTER (answered AND billsec BETWEEN 1 AND 6), sum(duration), sum(billsec),
    sum(pdd_ms), count(pdd_ms), sum(buy_cost), sum(sell_cost)"""


def questions(window: Window) -> dict[str, traffic.Question]:
    """By name, what the page asks about `window`."""
    step = traffic.fitting_step(window)
    return {
        "totals": traffic.Question(window),
        "over time": traffic.Question(window, step=step, zone=ZONE),
        "countries": traffic.Question(window, by=("country_id",)),
        "causes": traffic.Question(window, by=("hangup_cause_id",)),
    }


def measure(
    engine: Engine, stored: int, now: datetime, folder: Path, say: Callable[[str], None]
) -> list[Line]:
    """Each of the page's questions about each period, both ways; the answers must agree."""
    say("  writing the calls as Parquet")
    lines = []
    with engine.connect() as conn:
        delivered = conn.execute(text("SELECT id FROM hangup_cause WHERE delivered")).scalars()
        parts = _PARTS.format(delivered=", ".join(map(str, delivered)) or "-1")
    end = slot_of(now)  # as the page's periods end: at a quarter-hour
    with parquet(engine, folder) as duck:
        for period, days in PERIODS.items():
            window = Window(end - timedelta(days=days), end)
            for name, question in questions(window).items():
                line = _compare(engine, duck, question, parts, f"{name}, {period}", stored)
                say(f"  {line.what}: {line.ours:.1f} ms, DuckDB {line.theirs:.1f} ms")
                lines.append(line)
    return lines


def _compare(
    engine: Engine,
    duck: duckdb.DuckDBPyConnection,
    question: traffic.Question,
    parts: str,
    what: str,
    stored: int,
) -> Line:
    def ours() -> int:
        with engine.connect() as conn:
            return sum(a.parts.calls for a in traffic.ask(conn, EVERYONE, question))

    keys = [*question.by]
    if question.step:
        clock = f"starting_date AT TIME ZONE '{ZONE.key}'"
        bucket = {
            "quarter": "time_bucket(INTERVAL 15 minutes, starting_date)",
            "hour": "date_trunc('hour', starting_date)",
        }
        start = bucket.get(question.step, f"date_trunc('{question.step}', {clock})")
        keys.append(f"epoch({start})")
    select = ", ".join([*keys, parts])
    group = f"GROUP BY {', '.join(map(str, range(1, len(keys) + 1)))}" if keys else ""
    query = f"SELECT {select} FROM calls WHERE starting_date >= ? AND starting_date < ? {group}"
    bounds = [question.window.start, question.window.end]

    def theirs() -> int:
        return sum(row[len(keys)] for row in duck.execute(query, bounds).fetchall())

    if (mine := ours()) != (their := theirs()):
        raise AssertionError(f"{what}: {mine:,} calls by the roll-ups, {their:,} in Parquet")
    ours_ms, theirs_ms = median_ms(ours, TIMES), median_ms(theirs, TIMES)
    return Line(
        "dashboard",
        what,
        stored,
        ours_ms,
        "ms",
        "DuckDB",
        theirs_ms,
        theirs_ms / ours_ms,
        f"<= {MOST_MS} ms, >= 1",
        ours_ms <= MOST_MS and ours_ms <= theirs_ms,
    )
