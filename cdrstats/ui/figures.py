"""Answers of `traffic` as what charts and cards take. Pure: no Streamlit, no queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pandas as pd

from cdrstats import format
from cdrstats.clock import Window, as_local
from cdrstats.metrics import METRICS, Parts, total
from cdrstats.traffic import LENGTHS, Answer, Key, Ranking, Step, whole_steps

RESULT_OF_KIND = {"busy": "Busy", "no_answer": "No answer", "failed": "Failed"}


def step_for(window: Window) -> Step:
    """The step in which a window is drawn: some dozens to some hundreds of bars."""
    days = window.length / timedelta(days=1)
    if days <= 0.5:
        return "quarter"
    if days <= 8:
        return "hour"
    if days <= 200:
        return "day"
    return "week" if days <= 1500 else "month"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, and what the viewer's clocks showed: naive local times, half-open.

    `end` is the time that the clocks came to, also where they changed at that moment.
    """

    window: Window
    start: datetime
    end: datetime

    @property
    def twice(self) -> bool:
        """Whether the clocks showed it twice, or some of it."""
        return self.window.length > self.end - self.start

    def within(self, window: Window) -> Window:
        """What of it lies in the window: only such calls are in its figure there.

        One that lies outside is of something that the window is compared with: all of it.
        """
        return self.window.common(window) or self.window

    def to(self, last: "Span") -> "Span":
        """From the start of this one to the end of another."""
        return Span(Window(self.window.start, last.window.end), self.start, last.end)


_MOMENT = timedelta(microseconds=1)


def span_of(window: Window, zone: ZoneInfo) -> Span:
    """A window as the clocks of `zone` showed it."""
    end = as_local(window.end - _MOMENT, zone) + _MOMENT
    return Span(window, as_local(window.start, zone), end)


def spans(window: Window, step: Step, zone: ZoneInfo) -> list[Span]:
    """Every step that `window` touches, in order, also those without calls.

    An hour that the clocks showed twice is one span, since it is drawn at one place.
    """
    found: dict[datetime, Span] = {}
    for whole in whole_steps(window, step, zone):
        span = span_of(whole, zone)
        first = found.get(span.start)
        found[span.start] = span if first is None else first.to(span)
    return [found[start] for start in sorted(found)]


def span_at(start: datetime, step: Step, zone: ZoneInfo) -> Span:
    """The step that is drawn at the local time `start`.

    Where none begins there, as with days of another zone, it has the usual length.
    """
    times = [start.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    near = Window(min(times), max(times) + _MOMENT)
    drawn = (span for span in spans(near, step, zone) if span.start == start)
    return next(drawn, span_of(Window(times[0], times[0] + LENGTHS[step]), zone))


def per(step: str) -> str:
    """'an hour', for the title of an axis."""
    return {"quarter": "a quarter-hour", "hour": "an hour"}.get(step, f"a {step}")


Steps = Mapping[datetime, Sequence[Answer]]
"""The answers of each step, by its local start."""


def by_step(answers: Iterable[Answer], zone: ZoneInfo) -> Steps:
    """Answers that have steps, by the local start of theirs."""
    found: dict[datetime, list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.at is not None:
            found[as_local(answer.at, zone)].append(answer)
    return found


def results(answers: Iterable[Answer], kinds: Mapping[int, str]) -> dict[str, float]:
    """Calls by result, from answers that are split by hangup cause."""
    counted = {"Answered": 0.0, "Busy": 0.0, "No answer": 0.0, "Failed": 0.0}
    for answer in answers:
        result = RESULT_OF_KIND.get(kinds.get(int(answer.key[0]), ""), "Failed")
        counted["Answered"] += answer.parts.answered
        counted[result] += answer.parts.calls - answer.parts.answered
    return counted


def stack(
    spans: Sequence[Span],
    values: Mapping[datetime, Mapping[str, float]],
    names: Sequence[str],
    step: str,
) -> pd.DataFrame:
    """Rows for the chart "stacked": one for each step and name that has something."""
    rows = []
    ends = dict(zip((span.start for span in spans), drawn_ends(spans), strict=True))
    for span in spans:
        base = 0.0
        found = values.get(span.start, {})
        for at, name in enumerate(names):
            value = found.get(name, 0)
            if value or at == 0:  # the first, always: it holds the axis open
                rows.append((span, name, base, base + value, value))
                base += value
    return pd.DataFrame(
        {
            "start": [_drawn(span.start) for span, *_ in rows],
            "end": [ends[span.start] for span, *_ in rows],
            "name": [name for _, name, *_ in rows],
            "y": [high for *_, high, _ in rows],
            "y2": [low for _, _, low, *_ in rows],
            "value": [value for *_, value in rows],
            "when": [when(span, step) for span, *_ in rows],
            "shown": [f"{value:,.0f}" for *_, value in rows],
        }
    )


def course(spans: Sequence[Span], values: Mapping[datetime, float], step: Step) -> pd.DataFrame:
    """Rows for the chart "plain": one for each step."""
    found = [values.get(span.start, 0) for span in spans]
    return pd.DataFrame(
        {
            "start": [_drawn(span.start) for span in spans],
            "end": drawn_ends(spans),
            "y": found,
            "when": [when(span, step) for span in spans],
            "shown": [f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" for value in found],
        }
    )


def _drawn(local: datetime) -> datetime:
    return local.replace(tzinfo=UTC)


def drawn_ends(spans: Sequence[Span], filled: float = 0.9) -> list[datetime]:
    """Where each of the spans, in order, ends as it is drawn: not beyond the next one's start.

    Args:
        filled: less than all of it leaves a gap between bars.
    """
    ends = [min(span.end, later.start) for span, later in pairwise(spans)]
    ends += [span.end for span in spans[-1:]]
    return [
        _drawn(span.start + (end - span.start) * filled)
        for span, end in zip(spans, ends, strict=True)
    ]


@lru_cache(maxsize=20_000)
def when(span: Span, step: str) -> str:
    """In words: 'Tue 10 Mar 13:00 - 14:00', 'Tue 10 Mar 2026', 'Week of 9 Mar 2026'."""
    start = span.start
    day = f"{start:%a} {start.day} {start:%b}"
    if step in ("minute", "quarter", "hour"):
        both = ", both times" if span.twice else ""
        return f"{day} {start:%H:%M} {format.NOTHING} {span.end:%H:%M}{both}"
    if step == "month":
        return f"{start:%B %Y}"
    return f"{day} {start.year}" if step == "day" else f"Week of {start.day} {start:%b %Y}"


def bars(ranking: Ranking, names: Mapping[int, str]) -> pd.DataFrame:
    """Rows for the chart "bars": the leaders of a ranking by calls."""
    leaders = ranking.leaders
    return pd.DataFrame(
        {
            "name": [name_of(answer.key, names) for answer in leaders],
            "value": [answer.parts.calls for answer in leaders],
            "shown": [shown("calls", answer.parts) for answer in leaders],
            "more": [
                f"{shown('asr', answer.parts)} answered,"
                f" {shown('minutes', answer.parts)} minutes"
                for answer in leaders
            ],
        }
    )


def on_map(found: Mapping[Key, Parts], names: Mapping[int, str]) -> pd.DataFrame:
    """Rows for the chart "world": countries with an ISO number."""
    drawn = {int(key[0]): parts for key, parts in found.items() if 0 < int(key[0]) < 1000}
    return pd.DataFrame(
        {
            "id": [f"{number:03d}" for number in drawn],
            "name": [names.get(number, str(number)) for number in drawn],
            "value": [parts.calls for parts in drawn.values()],
            "shown": [shown("calls", parts) for parts in drawn.values()],
        }
    )


def name_of(key: Key, names: Mapping[int, str]) -> str:
    """The name of a key with one value; the id where there is no such row."""
    return names.get(int(key[0]), f"{key[0]}")


def shown(name: str, parts: Parts) -> str:
    """The figure `name` as people read it."""
    metric = METRICS[name]
    return metric.written(metric.of(parts))


def course_of(name: str, sums: Sequence[Parts]) -> list[float]:
    """The figure `name` along its way; what has none is left out: a sparkline has no gaps."""
    values = (METRICS[name].of(parts) for parts in sums)
    return [float(value) for value in values if value is not None]


def coarse(drawn: Sequence[Span], found: Steps, points: int = 30) -> list[Parts]:
    """The parts along the way at no more than about `points` places, all of one length.

    The last place is left out if it is not full: a line that ends in a drop says nothing.
    """
    size = max(1, -(-len(drawn) // points))
    groups = [drawn[at : at + size] for at in range(0, len(drawn), size)]
    return [
        total(answer.parts for span in group for answer in found.get(span.start, ()))
        for group in groups
        if len(group) == size
    ]
