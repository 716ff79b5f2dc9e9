"""The card that lays several days over each other, hour by clock hour."""

from dataclasses import replace
from datetime import date, timedelta

import streamlit as st

from cdrstats.choices import midnight
from cdrstats.clock import Window, as_local
from cdrstats.metrics import Metric
from cdrstats.traffic import measure
from cdrstats.ui import (
    clicked,
    compare_rows,
    controls,
    courses,
    figures,
    filters,
    frame,
    timechart,
)
from cdrstats.ui.bar import Asked
from cdrstats.ui.timechart import Drawing

CHART = "chart_days"
DAYS = ("1", "2", "3", "4", "5", "6")
HELP = "One line a day, by clock hour: a day, and the days before it."


def card(asked: Asked, metric: Metric) -> None:
    """The chart and its controls; a point leads to the calls of its hour."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        day = _day(asked)
        with controls.labelled("and so many days before"):
            before = int(filters.choose("Days before", DAYS, "days"))
    window = Window(
        midnight(day - timedelta(days=before), asked.zone),
        midnight(day + timedelta(days=1), asked.zone),
    )
    question = asked.question(step="hour", parts=metric.parts)
    question = replace(question, window=window)
    answers = frame.read_calls(measure, asked.scope, question, (metric.name,))
    found = courses.by_key(answers, asked.zone).get((), {})
    spans = figures.spans(window, "hour", asked.zone)
    until = asked.fresh.last_call
    lines = compare_rows.day_lines(found, spans, until)
    drawing = Drawing(
        metric,
        "hour",
        compare_rows.day_axis(spans, asked.zone),
        lines,
        volume=courses.calls({(): lines[0].answers}),
        window=replace(window, start=midnight(day, asked.zone)),
    )
    timechart.draw(asked, drawing, CHART, f"{metric.label} by hour, one line a day")
    clicked.actions(asked, drawing, CHART, {}, within={None: window})


def _day(asked: Asked) -> date:
    """The chosen day; unless chosen, the last of the period that has data."""
    last = asked.period.window.end - timedelta(microseconds=1)
    if asked.fresh.last_call is not None:
        last = min(last, max(asked.fresh.last_call, asked.period.window.start))
    filters.check_date("day")
    chosen = st.date_input(
        "Day",
        value=None,
        key="day",
        bind="query-params",
        width=150,
        min_value=date(2000, 1, 1),
        max_value=date(2100, 1, 1),
    )
    return chosen or as_local(last, asked.zone).date()
