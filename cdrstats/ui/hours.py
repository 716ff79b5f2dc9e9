"""Hours of the week, for a chart. Pure."""

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd

from cdrstats import format
from cdrstats.analysis import Hours
from cdrstats.clock import Window
from cdrstats.metrics import Metric, Number
from cdrstats.ui import figures
from cdrstats.ui.courses import is_sum

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOUR = timedelta(hours=1)
WEEKS = 13
"""Of a longer period only so many: the thousands of hours of a year tell no more of a week."""


def recent(window: Window) -> Window:
    """The last WEEKS of a window; all of a shorter one."""
    return Window(max(window.start, window.end - timedelta(weeks=WEEKS)), window.end)


def figure(hours: Hours, metric: Metric) -> Number | None:
    """The figure of a metric: of sums an hour's average, else over all calls."""
    value = metric.of(hours.parts)
    if value is None or not is_sum(metric):
        return value
    return float(value) / (hours.covered / HOUR)


def rows(found: Sequence[Hours], metric: Metric) -> pd.DataFrame:
    """Rows for the chart "week": a place without a figure has none."""
    known = [(hours, value) for hours in found if (value := figure(hours, metric)) is not None]
    return pd.DataFrame(
        {
            "weekday": [WEEKDAYS[hours.weekday] for hours, _ in known],
            "hour": [hours.hour for hours, _ in known],
            "value": [float(value) for _, value in known],
            "when": [words(hours) for hours, _ in known],
            "shown": [_shown(metric, value) for _, value in known],
            "more": [_more(hours) for hours, _ in known],
        }
    )


def words(hours: Hours) -> str:
    """'Mon 09:00 - 10:00'."""
    after = (hours.hour + 1) % 24
    return f"{WEEKDAYS[hours.weekday]} {hours.hour:02d}:00 {format.NOTHING} {after:02d}:00"


def _shown(metric: Metric, value: Number) -> str:
    if metric.unit == "count":  # an average of counts has decimals
        return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
    return metric.written(value)


def _more(hours: Hours) -> str:
    """'137 in 4 such hours'."""
    calls = figures.shown("calls", hours.parts)
    many = hours.covered / HOUR
    several = "hour" if many == 1 else "hours"
    return f"{calls} in {many:.3g} such {several}"
