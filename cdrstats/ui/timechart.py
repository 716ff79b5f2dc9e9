"""The chart over time that pages share: lines or bars, marks, zoom, and what was clicked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from cdrstats import analysis
from cdrstats.clock import Window
from cdrstats.metrics import Metric
from cdrstats.traffic import Step, fitting_step
from cdrstats.ui import (
    charts,
    charts_time,
    courses,
    figures,
    filters,
    marking,
    saving,
    show,
    timemarks,
)
from cdrstats.ui.bar import Asked
from cdrstats.ui.courses import Course
from cdrstats.ui.figures import Span

*HUES, FADED = charts.SERIES
DASHES = ((1, 0), (7, 3), (2, 2), (9, 3, 2, 3))
"""Lines of the same hue differ by their dashes: in all, twenty can be told apart."""

COARSE = 60


def grain(asked: Asked, lines: int, coarse: bool = False) -> Step:
    """The select box of steps, of those in which so many lines can be drawn.

    Args:
        coarse: unless chosen, steps are longer: some dozens at most.
    """
    window = asked.period.window
    offered = courses.offered(window, lines)
    wanted = st.session_state.get("grain") or st.query_params.get("grain")
    known = list(courses.GRAINS)
    chosen = filters.choose("Steps", ["Auto", *offered], "grain", box=True, known=known)
    if wanted in known and wanted not in offered:
        st.caption(f"{wanted}: too many steps")
    if chosen in courses.GRAINS:
        return courses.GRAINS[chosen]
    return fitting_step(window, COARSE) if coarse else figures.step_for(window)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a chart over time shows."""

    metric: Metric
    step: Step
    spans: Sequence[Span]
    lines: Sequence[Course]
    volume: Mapping[datetime, int]  # calls of each step, for the strip below
    stacked: bool = False
    judged: Sequence[analysis.Mark] = ()
    window: Window | None = None  # None: the period of the page
    faded: Sequence[str] = (courses.OTHERS,)  # what is not told apart by a colour

    @property
    def names(self) -> list[str]:
        return [line.name for line in self.lines]

    @property
    def has_figures(self) -> bool:
        """Whether any point of any line has one."""
        answers = (answer for line in self.lines for answer in line.answers.values())
        return any(answer.of(self.metric) is not None for answer in answers)


def draw(asked: Asked, drawing: Drawing, key: str, alt: str) -> None:
    """The chart, with the marks of its period; `picked` and `brushed` tell what was done to it.

    Args:
        key: of the chart, one for each of a page.
        alt: what the chart shows, in words.
    """
    metric, step = drawing.metric, drawing.step
    if not drawing.has_figures:
        none = f"None of these calls has one. {metric.definition}"
        show.empty(f"{metric.label}: no figure.", none)
        return
    marks = marking.beside(asked, metric, step, drawing.judged, drawing.window)
    data = courses.rows(drawing.lines, drawing.spans, metric, step, drawing.stacked)
    datasets = {
        "d": data,
        "strip": courses.volume(drawing.spans, drawing.volume),
        "edges": courses.ends(drawing.spans),
        **marks,
    }
    spec = charts.spec(
        "time",
        courses.axis(metric, step),
        tuple(drawing.names),
        *_looks(drawing),
        drawing.stacked,
        courses.is_clock(metric),
        drawing.stacked or courses.is_sum(metric),
        metric.name != "calls",
        charts.which_marks(marks),
    )
    saving.offer_chart(lambda: charts.saved("time", data), charts_time.still(spec), datasets)
    with st.container(key=f"timechart_{key}"):
        st.vega_lite_chart(
            {**spec, "datasets": datasets},
            key=key_of(key),
            alt=alt,
            on_select="rerun",
            selection_mode=_selections(drawing),
            width="stretch",
        )
    if words := timemarks.told(drawing.judged, step):
        st.caption(words)


def _selections(drawing: Drawing) -> list[str]:
    several = [charts_time.LEGEND] if len(drawing.lines) > 1 else []
    return [charts.PICK, charts_time.BRUSH, *several]


def _looks(drawing: Drawing) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Colours and dashes of the lines."""
    colours, dashes = [], []
    for at, name in enumerate(drawing.names):
        faded = name in drawing.faded
        colours.append(FADED if faded else HUES[at % len(HUES)])
        dashes.append(DASHES[0] if faded else DASHES[at // len(HUES) % len(DASHES)])
    return tuple(colours), tuple(dashes)


@dataclass(frozen=True, slots=True)
class Picked:
    """What was clicked: a time, a name, or a name at a time."""

    span: Span | None
    name: str | None
    metric: str | None  # whose figure it is; None: something else is said of it


def picked(drawing: Drawing, key: str) -> Picked | None:
    """What was clicked in the chart, or in its legend."""
    mark = show.picked(key_of(key))
    if mark is not None:
        start = show.stamp(mark["start"])
        span = next((span for span in drawing.spans if span.start == start), None)
        of_mark = next((line for line in drawing.lines if line.name == mark["name"]), None)
        if span is not None and of_mark is not None:
            place = of_mark.places.get(start, span)
            return Picked(place, of_mark.name, drawing.metric.name)
    mark = show.picked(key_of(key), charts_time.LEGEND)
    line = next((line for line in drawing.lines if mark and line.name == mark["name"]), None)
    return None if line is None else Picked(line.extent, line.name, drawing.metric.name)


def brushed(drawing: Drawing, key: str) -> Span | None:
    """The steps that the brush touches."""
    state = st.session_state.get(key_of(key))
    found = state.selection.get(charts_time.BRUSH) if state else None
    if not found:
        return None
    start, end = (show.stamp(moment) for moment in found["start"])
    within = [span for span in drawing.spans if span.end > start and span.start < end]
    return within[0].to(within[-1]) if within else None


def forget(key: str) -> None:
    """Take off what is clicked and brushed; for callbacks."""
    st.session_state[f"{key}_times"] = st.session_state.get(f"{key}_times", 0) + 1


def key_of(key: str) -> str:
    """A chart with another key is another chart: nothing in it is clicked or brushed."""
    return f"{key}_{st.session_state.get(f'{key}_times', 0)}"
