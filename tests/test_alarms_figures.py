"""What rules can watch: each kind of figure and of condition, against stored calls."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text, update

from cdrstats import alarms
from cdrstats.clock import month_of
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import alarm_rule

from .alarms import HOUR, MIDNIGHT, a_rule, add_calls, decided, kept, look, stored

SHAPES: list[dict[str, Any]] = [
    {
        "metric": "share",
        "part": "cause=User busy (17)",
        "condition": "greater",
        "threshold": 20,
    },
    {
        "metric": "calls",
        "condition": "decrease_percent",
        "compare": "previous",
        "threshold": 50,
    },
    {"metric": "calls", "condition": "increase", "compare": "day", "threshold": 9},
    {"metric": "minutes", "condition": "greater", "threshold": 1, "length": "day"},
    {"metric": "pdd_p95", "condition": "greater", "threshold": 1},
    {"metric": "mcd", "condition": "less", "threshold": 61, "length": "5min"},
    {"metric": "asr", "threshold": 61, "by_chance": True},
    {"metric": "margin", "condition": "less", "threshold": -1, "length": "quarter"},
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: str(shape["metric"]))
def test_each_kind_of_figure_can_be_watched(
    fresh_engine: Engine, shape: dict[str, Any]
) -> None:
    """The hour of the change: 10 calls, 3 of them busy, after an hour of 100 answered ones."""
    add_calls(fresh_engine, MIDNIGHT, 100, 100, hangup_cause_id=16, pdd_ms=500, sell_cost=1)
    add_calls(fresh_engine, MIDNIGHT + HOUR, 7, 3, hangup_cause_id=16, pdd_ms=2000, buy_cost=1)
    add_calls(fresh_engine, MIDNIGHT + HOUR, 3, 0, hangup_cause_id=17)
    rule = kept(fresh_engine, a_rule(**shape))
    look(fresh_engine, 24)
    assert stored(fresh_engine, rule).trouble is None
    fired = [each for each in decided(fresh_engine, rule) if each[3] == "fired"]
    expected: dict[str, Callable[[Any], bool]] = {
        "share": lambda found: found == [(30, 10, "fires", "fired")],
        "calls": lambda found: (
            [each[0] for each in found] == ([10] if shape["compare"] == "previous" else [100])
        ),
        "minutes": lambda found: found == [(103, 110, "fires", "fired")],
        "pdd_p95": lambda found: found == [(2, 7 + 3, "fires", "fired")],
        "mcd": lambda found: found == [(60, 100, "fires", "fired")],
        "asr": lambda found: found == [(30, 10, "fires", "fired")],
        "margin": lambda found: found == [(-7, 10, "fires", "fired")],
    }
    assert expected[shape["metric"]](fired), fired


def test_the_usual_is_that_of_the_weeks_before_without_holidays(fresh_engine: Engine) -> None:
    """d.6: 100 104 98 97 103 101 99 102, then 180: z is 10.67."""
    first = MIDNIGHT - timedelta(weeks=9)
    make_months(fresh_engine, [month_of(first), month_of(first + timedelta(days=28))])
    for week, calls in enumerate((900, 100, 104, 98, 97, 103, 101, 99, 102, 180)):
        add_calls(fresh_engine, first + timedelta(weeks=week), calls, calls)
    rule = kept(fresh_engine, a_rule(metric="calls", condition="high", threshold=3.5))
    look(fresh_engine, 1)
    with fresh_engine.connect() as conn:
        (found,) = alarms.windows_decided(conn, rule.id, MIDNIGHT)
        assert (found.value, found.usual, found.event) == (180, 100.5, "fired")
        assert round(found.z or 0, 2) == 10.67
        days = [(MIDNIGHT - timedelta(weeks=week)).date() for week in (1, 2, 3)]
    with fresh_engine.begin() as conn:
        alarms.add_holidays(conn, days, "off")
        conn.execute(text("DELETE FROM alarm_window"))
        conn.execute(update(alarm_rule).values(decided_until=None, firing=False))
    look(fresh_engine, 1)
    with fresh_engine.connect() as conn:
        (found,) = alarms.windows_decided(conn, rule.id, MIDNIGHT)
    assert found.usual == 100  # of 100 104 98 97 103


def test_silence_is_low(fresh_engine: Engine) -> None:
    first = MIDNIGHT - timedelta(weeks=8)
    make_months(fresh_engine, [month_of(first), month_of(first + timedelta(days=28))])
    for week in range(8):
        add_calls(fresh_engine, first + timedelta(weeks=week), 100, 50)
    calls = kept(fresh_engine, a_rule(metric="calls", condition="low", threshold=3.5))
    asr = kept(fresh_engine, a_rule(name="x", condition="low", threshold=3.5))
    look(fresh_engine, 1)
    assert decided(fresh_engine, calls)[0][2:] == ("fires", "fired")
    assert decided(fresh_engine, asr)[0][2:] == ("insufficient", "")
