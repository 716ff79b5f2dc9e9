"""Hours of the week: answers by hour added up by weekday and hour of the clock. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from cdrstats.choices import as_local
from cdrstats.clock import Window
from cdrstats.metrics import Metric, Number, Parts, total
from cdrstats.traffic import Answer, spans
from cdrstats.ui import figures, format
from cdrstats.ui.courses import is_sum

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOUR = timedelta(hours=1)
WEEKS = 13
"""Of a longer period only so many: the thousands of hours of a year tell no more of a week."""

Place = tuple[int, int]
"""A weekday, 0 for Monday, and an hour of the clock."""


@dataclass(frozen=True, slots=True)
class Hours:
    """All such hours of a window that have calls, together."""

    weekday: int
    hour: int
    parts: Parts
    covered: timedelta  # how much of the window such hours are, also those without calls
    newest: datetime  # when the newest of those with calls began, by the clocks

    def of(self, metric: Metric) -> Number | None:
        """The figure of a metric: of sums an hour's average, else over all calls."""
        value = metric.of(self.parts)
        if value is None or not is_sum(metric):
            return value
        return float(value) / (self.covered / HOUR)


def recent(window: Window) -> Window:
    """The last WEEKS of a window; all of a shorter one."""
    return Window(max(window.start, window.end - timedelta(weeks=WEEKS)), window.end)


def of_week(answers: Iterable[Answer], window: Window, zone: ZoneInfo) -> list[Hours]:
    """The hours of the week that have calls, from answers by hour.

    An hour that the clocks show twice counts twice into its place; one that they leave out
    counts nowhere.
    """
    covered: dict[Place, timedelta] = {}
    for span in spans(window, "hour", zone):
        place = _place(as_local(span.start, zone))
        covered[place] = covered.get(place, timedelta()) + span.length
    parts: dict[Place, list[Parts]] = {}
    newest: dict[Place, datetime] = {}
    for answer in answers:
        assert answer.at is not None
        local = as_local(answer.at, zone)
        place = _place(local)
        parts.setdefault(place, []).append(answer.parts)
        newest[place] = max(local, newest.get(place, local))
    return [
        Hours(*place, total(some), covered[place], newest[place])
        for place, some in sorted(parts.items())
    ]


def _place(local: datetime) -> Place:
    return local.weekday(), local.hour


def rows(found: Sequence[Hours], metric: Metric) -> pd.DataFrame:
    """Rows for the chart "week": a place without a figure has none."""
    known = [(hours, value) for hours in found if (value := hours.of(metric)) is not None]
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
    return figures.written(metric, value)


def _more(hours: Hours) -> str:
    """'137 in 4 such hours'."""
    calls = figures.shown("calls", hours.parts)
    many = hours.covered / HOUR
    several = "hour" if many == 1 else "hours"
    return f"{calls} in {many:.3g} such {several}"
