"""Who talks most, which calls stand out, and who was never met before, read from the calls."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine

from bench.results import Line, median_ms
from cdrstats import talkers
from cdrstats.accounts import EVERYONE
from cdrstats.clock import Window, slot_of
from cdrstats.filters import Filters

PERIODS = {"24 hours": 1, "7 days": 7, "30 days": 30}
MOST_MS = 1000
TIMES = 5

Work = Callable[[Connection], object]


def questions(window: Window) -> dict[str, Work]:
    """By name, what the page asks about `window`."""
    given: Any = {"scope": EVERYONE, "window": window, "filters": Filters()}
    return {
        **{
            f"top by {role}": partial(talkers.top, **given, role=role) for role in talkers.ROLES
        },
        "longest calls": partial(talkers.standouts, **given, measure="billsec"),
        "dearest calls": partial(talkers.standouts, **given, measure="sell_cost"),
        **{
            f"first seen by {kind}": partial(talkers.first_seen, **given, kind=kind)
            for kind in talkers.KINDS
        },
    }


def measure(
    engine: Engine, stored: int, now: datetime, say: Callable[[str], None]
) -> list[Line]:
    """Each of the page's questions about each period."""
    lines = []
    end = slot_of(now)
    for period, days in PERIODS.items():
        for name, ask in questions(Window(end - timedelta(days=days), end)).items():
            line = _timed(engine, ask, f"{name}, {period}", stored)
            say(f"  {line.what}: {line.ours:,.0f} ms")
            lines.append(line)
    return lines


def _timed(engine: Engine, ask: Work, what: str, stored: int) -> Line:
    def work() -> None:
        with engine.connect() as conn:
            ask(conn)

    ours = median_ms(work, TIMES)
    return Line(
        "talkers", what, stored, ours, "ms", must=f"<= {MOST_MS:,} ms", met=ours <= MOST_MS
    )
