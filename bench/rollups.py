"""A roll-up refresh after new calls against a plain REFRESH of the two materialized views."""

import statistics
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine, text

from bench.fill import add_calls, take_out_added
from bench.results import Line, timed_s
from cdrstats.aggregates.draining import drain
from cdrstats.clock import Window

NEW_CALLS = 10_000
PROMISED = 200  # times faster than a REFRESH, at 10 M
VIEWS = ("matv_voip_cdr_aggr_hour", "matv_voip_cdr_aggr_min")


def measure(
    engine: Engine, stored: int, now: datetime, say: Callable[[str], None]
) -> list[Line]:
    """Refresh after 10,000 calls of the last hour, and after 10,000 of the last 30 days."""
    hour = Window(now - timedelta(hours=1), now)
    month = Window(now - timedelta(days=30), now)
    recent_ms = _after(engine, hour, 0.1, 5)
    say(f"  10,000 calls of the last hour: {recent_ms:.0f} ms")
    scattered_ms = _after(engine, month, 0.2, 3)
    say(f"  10,000 calls of 30 days: {scattered_ms:.0f} ms")
    views_ms = _views(engine)
    say(f"  REFRESH of the two views: {views_ms:.0f} ms")
    ratio = views_ms / recent_ms
    promised = stored >= 10_000_000
    return [
        Line(
            "roll-ups",
            "after 10,000 calls of the last hour",
            stored,
            recent_ms,
            "ms",
            "REFRESH x 2",
            views_ms,
            ratio,
            f">= {PROMISED}" if promised else "",
            ratio >= PROMISED if promised else None,
        ),
        Line(
            "roll-ups",
            "after 10,000 calls of 30 days",
            stored,
            scattered_ms,
            "ms",
            "REFRESH x 2",
            views_ms,
            views_ms / scattered_ms,
        ),
    ]


def growth(lines: list[Line]) -> list[Line]:
    """How the refresh's time grows from the smaller store to the larger, in one run."""
    found = [line for line in lines if line.what == "after 10,000 calls of the last hour"]
    if len(found) < 2:
        return []
    small, large = found[0], found[-1]
    ratio = large.ours / small.ours
    return [
        Line(
            "roll-ups",
            "last hour, against the smaller store",
            large.stored,
            large.ours,
            "ms",
            f"at {small.stored:,}",
            small.ours,
            ratio,
            "<= 1.3",
            ratio <= 1.3,
        )
    ]


def _after(engine: Engine, window: Window, seed: float, rounds: int) -> float:
    taken = []
    for round_ in range(rounds):
        with engine.begin() as conn:
            add_calls(conn, NEW_CALLS, window, seed + round_ / 1000)
        taken.append(timed_s(lambda: drain(engine)) * 1000)
        if window.length <= timedelta(hours=1):  # else they hardly change how full it is
            take_out_added(engine, window)
    return statistics.median(taken)


def _views(engine: Engine) -> float:
    """Milliseconds for both, the median of three where that takes less than a minute."""
    taken: list[float] = []
    while len(taken) < 3 and sum(taken) < 60_000:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            taken.append(
                sum(
                    timed_s(
                        lambda view=view, conn=conn: conn.execute(
                            text(f"REFRESH MATERIALIZED VIEW {view}")
                        )
                    )
                    for view in VIEWS
                )
                * 1000
            )
    return statistics.median(taken)
