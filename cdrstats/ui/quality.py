"""The parts of the Quality page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from cdrstats.analysis import Hours, hours_of_week
from cdrstats.choices import Cause, causes
from cdrstats.metrics import METRICS, Metric, Parts, parts_for, total
from cdrstats.traffic import (
    Key,
    Question,
    Step,
    ask,
    by_key,
    fitting_step,
)
from cdrstats.ui import (
    bar,
    by_value,
    cards,
    charts,
    dimensions,
    figures,
    filters,
    frame,
    hours,
    marking,
    outcomes,
    show,
    tables,
)
from cdrstats.ui.bar import Asked
from cdrstats.ui.courses import is_sum
from cdrstats.ui.destinations import POINTS
from cdrstats.ui.figures import Span, Steps

CARDS = ("asr", "ner", "sdr", "acd", "pdd", "mos")
PARTS = parts_for(*CARDS)
SHOWN = ("Calls", "Share")
HEIGHT = 310
"""Of the chart over time: as high as the hours of the week beside it."""


@dataclass(frozen=True)
class Found:
    """What was answered."""

    step: Step
    now: Mapping[Key, Parts]  # by hangup cause
    before: Mapping[Key, Parts]
    spans: list[Span]
    steps: Steps
    causes: Mapping[int, Cause]

    @property
    def parts(self) -> Parts:
        return total(self.now.values())


def find(asked: Asked) -> Found:
    """Ask for calls by hangup cause, along the period and before it."""
    step = figures.step_for(asked.period.window)
    along = asked.question("hangup_cause_id", step=step, parts=PARTS)
    before = asked.before(asked.question("hangup_cause_id", parts=PARTS))
    for question in (along, before):
        frame.ahead(ask, asked.scope, question)
    marking.ahead(asked, _drawn_by(asked, step, filters.stands_at(SHOWN, "shown")))
    metric = METRICS[dimensions.metric_ahead()]
    if metric.percentile is None:
        frame.ahead(hours_of_week, asked.scope, _hourly(asked, metric))
    now = frame.read_calls(ask, asked.scope, along)
    return Found(
        step=step,
        now=by_key(now),
        before=by_key(frame.read_calls(ask, asked.scope, before)),
        spans=figures.spans(asked.period.window, step, asked.zone),
        steps=figures.by_step(now, asked.zone),
        causes=frame.read(causes),
    )


def key_figures(found: Found, asked: Asked) -> None:
    """The key figures of quality."""
    course = figures.coarse(found.spans, found.steps)
    cards.row(asked, CARDS, found.parts, total(found.before.values()), course)


@bar.part("quality")
def by_time(found: Found, asked: Asked) -> None:
    """Calls by result along the period, and a metric by hour of the week."""
    left, right = st.columns(2)
    with left, show.card("Calls by result"):
        _results(found, asked)
    with right, show.card("Hours of the week", help=f"By the clocks of {asked.zone.key}."):
        _week(asked)


def _results(found: Found, asked: Asked) -> None:
    """As counts or as shares."""
    shown = filters.choose("Shown as", SHOWN, "shown")
    share = shown == SHOWN[1]
    step = _drawn_by(asked, found.step, shown)
    question = asked.question("hangup_cause_id", step=step, parts=PARTS)
    steps, spans = found.steps, found.spans
    if step != found.step:
        steps = figures.by_step(frame.read_calls(ask, asked.scope, question), asked.zone)
        spans = figures.spans(asked.period.window, step, asked.zone)
    kinds = asked.names.kinds
    counted = {span.start: figures.results(steps.get(span.start, ()), kinds) for span in spans}
    names = tuple(charts.RESULTS)
    show.chart(
        "stacked",
        outcomes.over_time(spans, counted, names, step, share),
        f"Calls {figures.per(step)}, %" if share else f"Calls {figures.per(step)}",
        names,
        tuple(charts.RESULTS.values()),
        HEIGHT,
        alt="Calls over time by result",
        key="chart_classes",
        on_pick=lambda: _to_step(step, asked),
        marks=marking.beside(asked, METRICS["calls"], step, marking.silence(asked, step)),
    )


def _drawn_by(asked: Asked, step: Step, shown: str) -> Step:
    """Shares are drawn in longer steps than calls: over few calls they jump about."""
    return fitting_step(asked.period.window, POINTS) if shown == SHOWN[1] else step


def _to_step(step: Step, asked: Asked) -> None:
    mark = show.picked("chart_classes")
    if mark is not None:
        start = show.stamp(mark["start"])
        dimensions.to_step(asked, start, step, result=str(mark["name"]))


def _week(asked: Asked) -> None:
    with st.container(width=190):
        metric = METRICS[dimensions.metric()]
    filters.complain()
    if metric.percentile is not None:
        show.empty(f"{metric.label}: no figure.", "Percentiles of hours do not add up.")
        return
    question = _hourly(asked, metric)
    found = frame.read_calls(hours_of_week, asked.scope, question)
    data = hours.rows(found, metric)
    if data.empty:
        show.empty(f"{metric.label}: no figure.", metric.leaves_out)
        return
    show.chart(
        "week",
        data,
        f"{metric.label} an hour" if is_sum(metric) else metric.label,
        hours.WEEKDAYS,
        0 if is_sum(metric) else None,
        alt=f"{metric.label} by weekday and hour of the day",
        key="chart_week",
        on_pick=lambda: _to_hour(found, asked),
    )
    recent = "" if question.window == asked.known else f" Of the last {hours.WEEKS} weeks only."
    st.caption(f"Empty: no calls. A cell leads to the newest of its hours.{recent}")


def _hourly(asked: Asked, metric: Metric) -> Question:
    question = asked.question(step="hour", parts=metric.parts)
    return replace(question, window=hours.recent(asked.known))


def _to_hour(found: Sequence[Hours], asked: Asked) -> None:
    mark = show.picked("chart_week")
    if mark is None:
        return
    place = hours.WEEKDAYS.index(str(mark["weekday"])), int(str(mark["hour"]))
    for some in found:
        if (some.weekday, some.hour) == place:
            dimensions.to_step(asked, some.newest, "hour")


def by_cause(found: Found, asked: Asked) -> None:
    """Hangup causes: how many calls, which share, how that moved, and what they mean."""
    names, kinds = asked.names.causes, asked.names.kinds
    left, right = st.columns(2)
    with left, show.card("Hangup causes"):
        data = outcomes.cause_bars(found.now, found.before, names, kinds, found.causes)
        show.chart(
            "causes",
            data,
            data["name"].nunique(),
            alt="Calls by hangup cause, most first",
            key="chart_causes",
            on_pick=lambda: _to_cause(asked),
        )
    with right, show.card("What they mean"):
        rows = outcomes.cause_rows(found.now, found.before, names, found.causes)
        ids = rows.pop("id").tolist()
        change = f"Of the share, against {asked.period.compared_with}."
        config = {
            "name": tables.text("Hangup cause", width=190),
            "meaning": tables.text("Meaning", width="medium"),
            "calls": tables.measured("calls"),
            "share": st.column_config.NumberColumn("Share", format="%.1f %%"),
            "change": st.column_config.NumberColumn("Change", format="%+.1f pp", help=change),
        }
        by_value.table(
            rows,
            config,
            "table_causes",
            asked,
            dimensions.of_each("hangup_cause_id", ids),
            alt="Hangup causes and what they mean",
        )


def _to_cause(asked: Asked) -> None:
    mark = show.picked("chart_causes")
    if mark is not None and mark["key"]:
        cause = int(str(mark["key"]))
        dimensions.to_calls(asked, "hangup_cause_id", cause, result=str(mark["result"]))
