"""The parts of the Compare page: this window against another, step by step and in all."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import streamlit as st

from cdrstats import format
from cdrstats.clock import Window
from cdrstats.metrics import METRICS, Metric, Parts, total
from cdrstats.traffic import Step, measure
from cdrstats.ui import (
    bar,
    changes,
    clicked,
    columns,
    compare_rows,
    controls,
    courses,
    explain,
    figures,
    filters,
    frame,
    overlaid,
    periods,
    show,
    tables,
    timechart,
    why,
)
from cdrstats.ui.bar import Asked
from cdrstats.ui.compare_rows import AGAINST, OWN, Row, Side
from cdrstats.ui.dimensions import DIMENSIONS
from cdrstats.ui.timechart import Drawing, Picked

CHART = "chart_compare"
UNITS = ("Difference", "Per cent")
KEY_FIGURES = tuple(name for name, metric in METRICS.items() if metric.percentile is None)
DEFAULT_SPLIT = "Country"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is compared, with what, and how."""

    metric: Metric
    other: Window
    step: Step
    label: str  # of DIMENSIONS: by which the change is split


@bar.part("compare")
def page(asked: Asked) -> None:
    """Both courses, their differences, the key figures, why they moved, and days overlaid."""
    choice = _controls(asked)
    complaints = st.container()
    other = choice.other
    st.caption(f"Compared with {format.span(other.start, other.end, asked.zone)}")
    if asked.known.end < asked.period.window.end:
        st.caption(
            f"There are calls up to {format.moment(asked.fresh.last_call, asked.zone)}: key"
            " figures and reasons set what has been so far against all of the other period."
        )
    _ahead(asked, choice)
    now, then = _sides(asked, choice)
    until = asked.fresh.last_call
    found = compare_rows.rows(now, then, asked.zone, until)
    with show.card(choice.metric.label, help=choice.metric.definition):
        _courses(asked, choice, found)
    with show.card("Key figures"):
        _key_figures(asked, choice, now, then)
    with show.card(f"Why did it move, by {choice.label.lower()}", help=why.HELP):
        why.card(asked, choice.metric, DIMENSIONS[choice.label], other)
    with show.card("Days over each other", help=overlaid.HELP):
        overlaid.card(asked, choice.metric)
    with complaints:
        filters.complain()
    explain.drawer(asked)


def _controls(asked: Asked) -> Choice:
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with row:
        metric = controls.figure()
        with controls.labelled("Against", 190):
            against = filters.choose("Against", AGAINST, "against", box=True)
        start, end = None, None
        if against == OWN:
            start, end = periods.dates(asked.zone, "then_from", "then_to")
        else:
            filters.forget("then_from", "then_to")
        label = controls.split()
        with controls.labelled("Steps", 140):
            step = timechart.grain(asked, 2)
    periods.swapped(asked.zone, start, end)
    other = compare_rows.window_of(against, asked.period, asked.zone, start, end)
    return Choice(metric, other, step, label if label in DIMENSIONS else DEFAULT_SPLIT)


def _ahead(asked: Asked, choice: Choice) -> None:
    """Begin to read for all cards but the last, whose question its own controls decide."""
    for question in why.of_both(asked.question(step=choice.step), choice.other):
        frame.ahead(measure, asked.scope, question, (choice.metric.name,))
    for question in why.of_both(asked.question(), choice.other):
        frame.ahead(measure, asked.scope, question, frame.shown(KEY_FIGURES))
    why.ahead(asked, DIMENSIONS[choice.label], choice.other)


def _sides(asked: Asked, choice: Choice) -> tuple[Side, Side]:
    now, then = (
        Side(one, frame.read_calls(measure, asked.scope, one, (choice.metric.name,)))
        for one in why.of_both(asked.question(step=choice.step), choice.other)
    )
    return now, then


def _courses(asked: Asked, choice: Choice, found: list[Row]) -> None:
    """Both windows on one axis, and by how much they differ."""
    metric, step = choice.metric, choice.step
    spans = figures.spans(asked.period.window, step, asked.zone)
    until = asked.fresh.last_call
    so_far = courses.so_far(spans, until, step)
    drawing = Drawing(
        metric,
        step,
        spans,
        compare_rows.lines(found, choice.other, asked.zone, so_far),
        _volume(found),
        faded=(compare_rows.THEN,),
    )
    timechart.draw(asked, drawing, CHART, f"{metric.label} of this period and another")
    slot = st.container()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        points = metric.unit == "percent"  # a per cent of per cents is no help
        unit = UNITS[0] if points else filters.choose("Unit", UNITS, "unit")
        explain.button(metric.name, "compare")
    percent = unit == "Per cent"
    key = f"differences_{timechart.key_of(CHART)}"
    data = compare_rows.differences(found, metric, step, percent)
    show.chart(
        "differences",
        data,
        "Change, %" if percent else f"Change of {metric.label}",
        courses.is_clock(metric) and not percent,
        alt=f"By how much {metric.label} differs, step by step",
        key=key,
        on_pick=lambda: None,  # what is clicked is told in the row above
    )
    chosen = _table(found, metric, step)
    mark = show.picked(key)
    if mark is not None:
        start = show.stamp(mark["start"])
        chosen = next(
            (Picked(span, None, None) for span in spans if span.start == start), chosen
        )
    with slot:
        others: clicked.Within = {compare_rows.THEN: choice.other}
        clicked.actions(asked, drawing, CHART, {}, chosen, others)


def _volume(found: list[Row]) -> dict[datetime, int]:
    """The calls of each step of this period."""
    counted: dict[datetime, int] = {}
    for row in found:
        if row.now_span and row.now:
            start = row.now_span.start
            counted[start] = counted.get(start, 0) + row.now.parts.calls
    return counted


def _table(found: list[Row], metric: Metric, step: Step) -> Picked | None:
    """A row for each step; returns the one that is chosen."""
    data = compare_rows.table(found, metric)
    config: dict[str, Any] = {
        "time": columns.moment("This period", step),
        "now": tables.measured(metric.name),
        "other": columns.moment("Compared with", step),
        "then": tables.measured(metric.name, "Then"),
        "by": columns.signed(metric, "Difference"),
        "change": columns.changes(metric),
    }
    key = f"table_{timechart.key_of(CHART)}"
    chosen = tables.pickable(data[list(config)], config, key, "Both windows, step by step")
    if chosen is None:
        return None
    row, column = found[chosen[0]], chosen[1]
    if column in ("other", "then"):
        span, name = row.then_span, compare_rows.THEN
    else:
        span, name = row.now_span, compare_rows.NOW
    figure = None if column in ("by", "change") else metric.name
    return Picked(span, name, figure) if span else None


def _key_figures(asked: Asked, choice: Choice, now: Side, then: Side) -> None:
    """All figures of both windows; a row leads to the calls that count in it."""
    sides = _whole(asked, now), _whole(asked, then)
    names = [
        name
        for name in frame.shown(KEY_FIGURES)
        if any(METRICS[name].of(parts) is not None for parts in sides)
    ]
    data = changes.key_figures(names, *sides)
    config = {
        "figure": tables.text("Figure", width=150),
        "now": _right("This period"),
        "then": _right("Then"),
        "by": _right("Difference"),
        "change": _right("Change"),
        "note": tables.text(
            "", help="Two shares of calls that differ so much by chance in 5 of 100 cases."
        ),
        "sure": columns.sure(),
    }
    shown = [name for name in config if name not in ("note", "sure") or data[name].any()]
    tables.offer(data[shown], {name: config[name] for name in shown})
    st.dataframe(
        data[shown],
        key="table_key_figures",
        hide_index=True,
        height="content",
        on_select=lambda: _to_counted(asked, names),
        selection_mode="single-row",
        alt="All figures of both windows",
        column_config={name: config[name] for name in shown},
    )


def _whole(asked: Asked, side: Side) -> Parts:
    """The parts of a whole window, with its longest call."""
    question = replace(side.question, step=None)
    told = frame.shown(KEY_FIGURES)
    found = frame.read_calls(measure, asked.scope, question, told)
    return total(answer.parts for answer in found)


def _right(label: str) -> Any:
    return st.column_config.TextColumn(label, alignment="right")


def _to_counted(asked: Asked, names: list[str]) -> None:
    for row in tables.chosen_rows("table_key_figures"):
        part = METRICS[names[row]].above_calls
        bar.to_calls(asked, **({"counted": part} if part else {}))
