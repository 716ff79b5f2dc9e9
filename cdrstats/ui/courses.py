"""Figures along a period as rows of the chart "time". Pure: no Streamlit, no queries."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from cdrstats.clock import Window, as_local
from cdrstats.metrics import NOTHING, Metric, Number, total
from cdrstats.traffic import LENGTHS, Answer, Key, Step
from cdrstats.ui import bounds, figures
from cdrstats.ui.figures import Span

GRAINS: dict[str, Step] = {
    "Minute": "minute",
    "Quarter-hour": "quarter",
    "Hour": "hour",
    "Day": "day",
    "Week": "week",
    "Month": "month",
}
MOST_STEPS = 2000
MOST_POINTS = 6000
"""Of all lines of a chart together."""

SUMS = frozenset({"count", "minutes", "money"})
"""The units of figures that add up over groups, and over time."""

OTHERS = "All others"
NO_CALLS = Answer(None, (), NOTHING)

Found = Mapping[datetime, Answer]
"""The answer of each step, by its local start."""


@dataclass(frozen=True, slots=True)
class Course:
    """A line: its name, and the answer of each step that it has a point at.

    Where a point is of another time than the step it is drawn at, `places` has that; `when`
    says the time in words, where these are not those of any step.
    """

    name: str
    answers: Found
    when: Mapping[datetime, str] = field(default_factory=dict)
    places: Mapping[datetime, Span] = field(default_factory=dict)

    @property
    def extent(self) -> Span | None:
        """The time that the line is of; None if that is the one it is drawn at."""
        spans = self.places.values()
        if not spans:
            return None
        first = min(spans, key=lambda span: span.window.start)
        return first.to(max(spans, key=lambda span: span.window.end))


def offered(window: Window, lines: int) -> list[str]:
    """The names of GRAINS: those in which `lines` lines have few enough points to be drawn."""
    most = min(MOST_STEPS, MOST_POINTS // lines)
    return [name for name, step in GRAINS.items() if window.length <= LENGTHS[step] * most]


def is_sum(metric: Metric) -> bool:
    """Whether the metric can be stacked; a maximum, a ratio or a percentile cannot."""
    return metric.unit in SUMS


def shares(
    metric: Metric, values: Sequence[Number | None], whole: Number | None
) -> list[float | None]:
    """Each value as a share of `whole`; of sums only, and of those that cannot cancel out."""
    if not is_sum(metric) or not whole or any(value and value < 0 for value in values):
        return [None] * len(values)
    return [None if value is None else float(value) / float(whole) for value in values]


def is_clock(metric: Metric) -> bool:
    """Whether people read the metric as minutes and seconds."""
    return metric.unit == "seconds" and not metric.fine


def axis(metric: Metric, step: Step) -> str:
    """The title of the axis: 'Calls an hour', 'ASR, %'."""
    if is_sum(metric):
        return f"{metric.label} {figures.per(step)}"
    units = {"percent": "%", "seconds": "s" if metric.fine else "m:ss"}
    unit = units.get(metric.unit)
    return metric.label if unit is None or "%" in metric.label else f"{metric.label}, {unit}"


def by_key(answers: Iterable[Answer], zone: ZoneInfo) -> dict[Key, dict[datetime, Answer]]:
    """Answers that have steps, by key and by the local start of the step.

    Two hours that the clocks showed as one are one. Percentiles do not add up: there, those of
    the hour that has more calls.
    """
    found: dict[Key, dict[datetime, Answer]] = {}
    for answer in answers:
        if answer.at is not None:
            line = found.setdefault(answer.key, {})
            start = as_local(answer.at, zone)
            line[start] = both(line[start], answer) if start in line else answer
    return found


def both(one: Answer, other: Answer) -> Answer:
    spread = max(
        (answer.spread for answer in (one, other) if answer.spread is not None),
        key=lambda spread: spread.calls,
        default=None,
    )
    return Answer(one.at, one.key, total((one.parts, other.parts)), spread)


def calls(found: Mapping[Key, Found]) -> dict[datetime, int]:
    """The calls of each step that has some, of all keys together."""
    counted: Counter[datetime] = Counter()
    for line in found.values():
        for start, answer in line.items():
            counted[start] += answer.parts.calls
    return dict(counted)


def filled(
    found: Found,
    spans: Sequence[Span],
    until: datetime | None,
    silent: Container[datetime] = (),
    since: datetime | None = None,
) -> dict[datetime, Answer]:
    """An answer for each step, also where no call was.

    Not for steps that begin after `until`, up to which there are data, or end by `since`, from
    which on there are, nor for `silent` ones: what is not known is not zero.
    """
    return {
        span.start: found.get(span.start, NO_CALLS)
        for span in spans
        if until is not None
        and span.window.start <= until
        and (since is None or since < span.window.end)
        and span.start not in silent
    }


def so_far(spans: Sequence[Span], until: datetime | None, step: Step) -> dict[datetime, str]:
    """The time in words of a step that was not over when the data end."""
    return {
        span.start: f"{figures.when(span, step)}, so far"
        for span in spans
        if until is not None and span.window.start <= until < span.window.end
    }


def rows(
    courses: Sequence[Course],
    spans: Sequence[Span],
    metric: Metric,
    step: Step,
    stacked: bool = False,
) -> pd.DataFrame:
    """The data set "d" of the chart "time"."""
    whens = [figures.when(span, step) for span in spans]
    ups, downs = np.zeros(len(spans)), np.zeros(len(spans))
    found: dict[str, list[Any]] = {name: [] for name in _OF_LINES}
    for course in courses:
        known = [course.answers.get(span.start) for span in spans]
        values = [None if answer is None else answer.of(metric) for answer in known]
        heights = np.array([np.nan if v is None else drawn_at(metric, v) for v in values])
        # What is below zero is stacked downwards.
        below = np.where(heights < 0, downs, ups) if stacked else np.zeros(len(spans))
        found["name"] += [course.name] * len(spans)
        found["value"] += [np.nan if v is None else float(v) for v in values]
        found["y"] += (below + heights).tolist()
        found["y2"] += below.tolist()
        found["dot"] += map(int, _dots(heights))
        found["when"] += _times(course, spans, step) if course.when or course.places else whens
        found["shown"] += [shown(metric, v, one) for v, one in zip(values, known, strict=True)]
        found["calls"] += ["" if one is None else f"{one.parts.calls:,}" for one in known]
        if stacked:
            ups += np.where(heights > 0, heights, 0)
            downs += np.where(heights < 0, heights, 0)
    data = pd.DataFrame(_axis(spans, len(courses)) | found)
    if stacked:
        # No bar where there is nothing, nor where that is not known.
        data = data[data["value"].notna() & (data["value"] != 0)].reset_index(drop=True)
    return data


_OF_LINES = ("name", "value", "y", "y2", "dot", "when", "shown", "calls")


def _times(course: Course, spans: Sequence[Span], step: Step) -> list[str]:
    """When the points of a line are, in words."""
    return [
        course.when.get(span.start) or figures.when(course.places.get(span.start, span), step)
        for span in spans
    ]


def _dots(heights: "np.ndarray[Any, Any]") -> list[bool]:
    """Whether each point is one without another before and after it."""
    known = np.pad(~np.isnan(heights), 1)
    alone: list[bool] = (known[1:-1] & ~known[:-2] & ~known[2:]).tolist()
    return alone


def drawn_at(metric: Metric, value: Number) -> float:
    """Where a value is drawn: durations in minutes, so that the axis has round ones."""
    return float(value) / 60 if is_clock(metric) else float(value)


def _axis(spans: Sequence[Span], lines: int = 1) -> dict[str, Any]:
    """Steps as they are drawn, for each of `lines`; bars finish a little early."""
    start = _stamps(span.start for span in spans)
    end = _stamps(figures.drawn_ends(spans, 1))
    length = end - start
    mid, finish = start + length / 2, start + length * 0.9
    again = np.tile(np.arange(len(spans)), lines)
    columns = {"start": start, "mid": mid, "finish": finish, "end": end}
    return {name: column[again] for name, column in columns.items()}


def _stamps(moments: Iterable[datetime]) -> pd.DatetimeIndex:
    """Local times stamped UTC. (Pandas takes ten times as long over times that have a zone.)"""
    local = [moment.replace(tzinfo=None) for moment in moments]
    return pd.DatetimeIndex(np.array(local, dtype="datetime64[us]"), tz="UTC")


def shown(metric: Metric, value: Number | None, answer: Answer | None) -> str:
    """A figure as people read it, with its bounds where it is a share of few calls."""
    text = metric.written(value)
    sure = bounds.sure_within(metric, answer.parts) if answer else ""
    return f"{text}, sure within {sure}" if sure else text


def volume(spans: Sequence[Span], calls: Mapping[datetime, int]) -> pd.DataFrame:
    """The data set "strip" of the chart "time", from the calls of each step."""
    axis = _axis(spans)
    counted = [calls.get(span.start, 0) for span in spans]
    return pd.DataFrame({"start": axis["start"], "end": axis["end"], "y": counted})


def ends(spans: Sequence[Span]) -> pd.DataFrame:
    """The data set "edges" of the chart "time"."""
    return pd.DataFrame(
        {"at": [moment.replace(tzinfo=UTC) for moment in (spans[0].start, spans[-1].end)]}
    )
