"""Calls at once, as their page asks for them, against a window function over the same calls."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

from bench.results import Line, median_ms
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.clock import Window, slot_of
from cdrstats.concurrency import Kind, Question, sweep

ZONE = ZoneInfo("Europe/Madrid")
TIMES = 9
MOST_MS = {1: 100, 7: 1000}
"""What is promised, by days of the period."""

ONE_CUSTOMER = Scope(frozenset({10}))

HELD: dict[Kind, tuple[str, str]] = {
    "channels": ("starting_date", "duration"),
    "talk": ("answered_at", "billsec"),
}
_WINDOW_FUNCTION = """
    WITH call AS (
        SELECT {0} AS begin, {0} + {1} * INTERVAL '1 second' AS ending
        FROM voip_cdr
        WHERE {1} > 0 AND starting_date < :last
            AND starting_date >= CAST(:first AS timestamptz) - INTERVAL '31 days'
            AND (duration > 7200
                OR starting_date >= CAST(:first AS timestamptz) - INTERVAL '121 minutes')
    ), event AS (
        SELECT greatest(begin, :first) AS at, 1 AS step FROM call WHERE ending > :first
        UNION ALL
        SELECT ending, -1 FROM call WHERE ending > :first
    ), level AS (
        SELECT sum(sum(step)) OVER (ORDER BY at) AS calls
        FROM event WHERE at < :last GROUP BY at
    )
    SELECT coalesce(max(calls), 0)::integer FROM level
"""


def measure(
    engine: Engine, stored: int, now: datetime, say: Callable[[str], None]
) -> list[Line]:
    """A day and a week of all calls, a day split, and a month of one customer's calls."""
    end = slot_of(now)
    lines = []
    windows = {1: _busiest_day(engine), 7: Window(end - timedelta(days=7), end)}
    for days, most_ms in MOST_MS.items():
        for kind in HELD:
            window = windows[days]
            lines.append(_compared(engine, Question(window, kind, zone=ZONE), stored, most_ms))
    day = Question(Window(end - timedelta(days=1), end), zone=ZONE)
    month = Question(Window(end - timedelta(days=31), end), zone=ZONE)
    with engine.connect() as conn:
        others = {
            "1 day, split by switch": lambda: sweep(conn, EVERYONE, day, "switch_id"),
            "1 day, split by account code": lambda: sweep(conn, EVERYONE, day, "accountcode"),
            "31 days, one customer": lambda: sweep(conn, ONE_CUSTOMER, month),
        }
        for what, work in others.items():
            taken_ms = median_ms(work, TIMES)
            lines.append(Line("concurrency", what, stored, taken_ms, "ms"))
    for line in lines:
        say(f"  {line.what}: {line.ours:.1f} ms")
    return lines


def _busiest_day(engine: Engine) -> Window:
    with engine.connect() as conn:
        busiest = text(
            "SELECT slot FROM rollup_cause_day GROUP BY slot ORDER BY sum(calls) DESC LIMIT 1"
        )
        start: datetime = conn.execute(busiest).scalar_one()
    return Window(start, start + timedelta(days=1))


def _compared(engine: Engine, question: Question, stored: int, most_ms: int) -> Line:
    """One question both ways; the peaks must agree."""
    window = question.window
    query = text(_WINDOW_FUNCTION.format(*HELD[question.kind]))
    bounds = {"first": window.start, "last": window.end}

    def ours() -> int:
        with engine.connect() as conn:
            return sweep(conn, EVERYONE, question).peak

    def theirs() -> int:
        with engine.connect() as conn:
            return int(conn.execute(query, bounds).scalar_one())

    if (mine := ours()) != (their := theirs()):
        raise AssertionError(f"{question.kind}: a peak of {mine:,}, by SQL of {their:,}")
    ours_ms, theirs_ms = median_ms(ours, TIMES), median_ms(theirs, TIMES)
    days = window.length.days
    with engine.connect() as conn:
        counted = text(
            "SELECT count(*) FROM voip_cdr"
            " WHERE starting_date >= :first AND starting_date < :last"
        )
        calls = int(conn.execute(counted, bounds).scalar_one())
    if calls < 100_000 * days:
        raise AssertionError(f"{calls:,} calls in {days} days; 100,000 a day are promised for")
    return Line(
        "concurrency",
        f"{days} {'day' if days == 1 else 'days'} of {calls:,} calls, {question.kind}",
        stored,
        ours_ms,
        "ms",
        "window function",
        theirs_ms,
        theirs_ms / ours_ms,
        f"<= {most_ms:,} ms",
        ours_ms <= most_ms,
    )
