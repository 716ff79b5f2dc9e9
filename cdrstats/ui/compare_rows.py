"""Two windows side by side, as lines, bars and rows. Pure: no Streamlit, no queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from cdrstats.analysis import Pair, aligned, difference
from cdrstats.choices import Period, instant
from cdrstats.clock import Window, earlier
from cdrstats.metrics import Change, Metric, Number, Parts, moved, total
from cdrstats.traffic import Answer, Question, series, whole_steps
from cdrstats.ui import cells, changes, courses, figures
from cdrstats.ui.courses import Course
from cdrstats.ui.figures import Span

BEFORE, LAST_WEEK, FOUR_WEEKS = "Period before", "Same days last week", "4 weeks before"
LAST_YEAR, OWN = "A year before", "Own dates"
AGAINST = (BEFORE, LAST_WEEK, FOUR_WEEKS, LAST_YEAR, OWN)
NOW, THEN = "This period", "Compared with"
HOUR = timedelta(hours=1)


def window_of(
    against: str,
    period: Period,
    zone: ZoneInfo,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Window:
    """The window that `period` is compared with.

    Args:
        against: one of AGAINST.
        start, end: naive local times, of OWN dates; without an end, the window is as long as
            the period; without a start, it is the period before.
    """
    window = period.window
    if against == LAST_WEEK:
        return earlier(window, zone, days=7)
    if against == FOUR_WEEKS:
        return earlier(window, zone, days=28)
    if against == LAST_YEAR:
        return earlier(window, zone, months=12)
    if against == OWN and start is not None:
        first = start.replace(tzinfo=zone).astimezone(UTC)
        last = end.replace(tzinfo=zone).astimezone(UTC) if end else first + window.length
        return Window(min(first, last), max(first, last))
    return period.before


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two windows: what was asked about it, and the answers by step."""

    question: Question
    answers: Sequence[Answer]

    @property
    def total(self) -> Parts:
        """The parts of the whole window."""
        return total(answer.parts for answer in self.answers)


@dataclass(frozen=True, slots=True)
class Row:
    """A step of this period beside the one it is compared with.

    A side has no span where its window has no such step, and no answer where it has no data
    yet. A step that is `open` has no more than the first of its data: it is not compared.
    """

    now_span: Span | None
    then_span: Span | None
    now: Answer | None
    then: Answer | None
    open: bool = False

    def values(self, metric: Metric) -> tuple[Number | None, Number | None]:
        """The figure now, and then."""
        return _value(self.now, metric), _value(self.then, metric)

    def by(self, metric: Metric) -> Number | None:
        """How far the figure moved, in its own unit."""
        return difference(metric, Pair(None if self.open else self.now, self.then))

    def change(self, metric: Metric) -> Change:
        """How far it moved in points or per cent."""
        now, then = self.values(metric)
        return moved(metric, None if self.open else now, then)


def _value(answer: Answer | None, metric: Metric) -> Number | None:
    return None if answer is None else answer.of(metric)


def rows(now: Side, then: Side, zone: ZoneInfo, until: datetime | None) -> list[Row]:
    """The steps of two windows side by side, as clocks show them; of all calls together.

    Args:
        until: up to when there are data; steps that begin later have no answer.
    """
    step = now.question.step
    assert step is not None
    sides = [series(side.answers, side.question)[()] for side in (now, then)]
    spans = {
        whole.start: figures.span_of(whole, zone)
        for side in (now, then)
        for whole in whole_steps(side.question.window, step, zone)
    }

    def span(answer: Answer | None) -> Span | None:
        return None if answer is None or answer.at is None else spans[answer.at]

    def known(answer: Answer | None) -> Answer | None:
        if answer is None or answer.at is None or until is None or answer.at > until:
            return None
        return answer

    def unfinished(answer: Answer | None) -> bool:
        shown = span(answer)
        if shown is None or until is None:
            return True
        return min(shown.window.end, now.question.window.end) > until

    return [
        Row(
            *(span(pair.now), span(pair.before)),
            *(known(pair.now), known(pair.before)),
            unfinished(pair.now),
        )
        for pair in aligned(sides[0], sides[1], step, zone)
    ]


def lines(
    found: Sequence[Row], then: Window, zone: ZoneInfo, so_far: Mapping[datetime, str]
) -> list[Course]:
    """Both windows as lines on the axis of this period.

    Args:
        then: the other window.
        so_far: of `courses.so_far`.
    """
    drawn = [row for row in found if row.now_span is not None]
    now: dict[datetime, Answer] = {}
    before: dict[datetime, Answer] = {}
    places: dict[datetime, Span] = {}
    for row in drawn:
        assert row.now_span is not None
        start = row.now_span.start
        if row.now is not None:
            now[start] = courses.both(now[start], row.now) if start in now else row.now
        if row.then is not None and row.then_span is not None and start not in before:
            before[start] = row.then
            part = row.then_span.window.common(then)
            assert part is not None
            places[start] = figures.span_of(part, zone)
    return [Course(NOW, now, so_far), Course(THEN, before, places=places)]


def differences(found: Sequence[Row], metric: Metric, step: str, percent: bool) -> pd.DataFrame:
    """Rows for the chart "differences": one for each step of this period.

    Args:
        percent: per cent of the earlier figure, instead of the figure's own unit.
    """
    data: list[dict[str, Any]] = []
    spans = [row.now_span for row in found if row.now_span is not None]
    ends = dict(zip((span.start for span in spans), figures.drawn_ends(spans), strict=True))
    for row in found:
        if row.now_span is None:
            continue
        by = row.change(metric).by if percent else row.by(metric)
        height = 0.0 if by is None else float(by) if percent else courses.drawn_at(metric, by)
        data.append(
            {
                "start": row.now_span.start.replace(tzinfo=UTC),
                "end": ends[row.now_span.start],
                "y": height,
                "value": None if by is None else float(by),
                "direction": "More" if height > 0 else "Less",
                "when": figures.when(row.now_span, step),
                "shown": told(metric, row),
            }
        )
    return pd.DataFrame(data)


def told(metric: Metric, row: Row) -> str:
    """'120 instead of 100 (+20.0 %)'."""
    now, then = (metric.written(value) for value in row.values(metric))
    return f"{now} instead of {then} ({changes.changed(row.change(metric))})"


def table(found: Sequence[Row], metric: Metric) -> pd.DataFrame:
    """A row for each step: both times, both figures, and how far they differ."""
    data = [
        {
            "time": row.now_span.start if row.now_span else None,
            "other": row.then_span.start if row.then_span else None,
            "now": cells.written(metric, row.values(metric)[0]),
            "then": cells.written(metric, row.values(metric)[1]),
            "by": _signed(metric, row.by(metric)),
            "change": None if (by := row.change(metric).by) is None else float(by),
        }
        for row in found
    ]
    return pd.DataFrame(data)


def _signed(metric: Metric, by: Number | None) -> float | None:
    """A difference as a number: of durations, in seconds."""
    return None if by is None else round(float(by), 3)


# Days over each other


def day_axis(spans: Sequence[Span], zone: ZoneInfo) -> list[Span]:
    """The clock hours that any day of `spans` had, on the newest of them.

    One that the clocks skipped there has no length, and is a place for the other days.
    """
    newest = max(span.start.date() for span in spans)
    starts = sorted({_placed(span.start, newest) for span in spans})
    return [
        Span(Window(instant(start, zone), instant(start + HOUR, zone)), start, start + HOUR)
        for start in starts
    ]


def day_lines(
    found: Mapping[datetime, Answer], spans: Sequence[Span], until: datetime | None
) -> list[Course]:
    """A line for each day of `spans`, newest first, by clock hour on the axis of the newest.

    Args:
        found: answers by local start of their hour.
        spans: all hours that the clocks showed on these days, in order.
        until: up to when there are data; hours that begin later have no answer.
    """
    hours: dict[date, list[Span]] = {}
    for span in spans:
        hours.setdefault(span.start.date(), []).append(span)
    newest = max(hours)
    result = []
    for day in sorted(hours, reverse=True):
        answers: dict[datetime, Answer] = {}
        places: dict[datetime, Span] = {}
        for start, answer in courses.filled(found, hours[day], until).items():
            place = _placed(start, newest)
            there = answers.get(place)
            answers[place] = answer if there is None else courses.both(there, answer)
        for span in hours[day]:
            place = _placed(span.start, newest)
            places[place] = places[place].to(span) if place in places else span
        result.append(Course(f"{day:%a} {day.day} {day:%b}", answers, places=places))
    return result


def _placed(start: datetime, day: date) -> datetime:
    """Its clock hour on another day; clocks that change by half an hour begin within one."""
    return datetime.combine(day, start.time().replace(minute=0))
