"""The parts of the Destinations page: countries, or dial codes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from cdrstats import analysis
from cdrstats.metrics import METRICS, Metric, parts_for, total
from cdrstats.traffic import Answer, Question, Step, ask, by_key, fitting_step, folded, measure
from cdrstats.ui import (
    bar,
    by_value,
    charts,
    clicked,
    columns,
    courses,
    destinations,
    dimensions,
    figures,
    filters,
    frame,
    marking,
    show,
    splits,
    tables,
    timechart,
)
from cdrstats.ui.bar import Asked
from cdrstats.ui.courses import Course
from cdrstats.ui.dimensions import DIMENSIONS
from cdrstats.ui.timechart import Drawing

SEVERAL = {"Country": "countries", "Dial code": "dial codes"}
LEVELS = tuple(SEVERAL)
CHART = "chart_lines"


@bar.part("countries")
def page(asked: Asked) -> None:
    """Bars, lines and a table of a metric by country or dial code."""
    with st.container(horizontal=True, vertical_alignment="center", key="destinations"):
        level = filters.choose("Level", LEVELS, "level")
        with st.container(width=190):
            metric = METRICS[dimensions.metric()]
    filters.complain()
    column = DIMENSIONS[level]
    asked = bar.quick(asked, asked.question(column))
    question = asked.question(column)
    needed = (metric.name,) if metric.percentile is None else ("calls",)
    calls = replace(question, parts=parts_for("calls"))
    frame.ahead(measure, asked.scope, question, needed)
    frame.ahead(ask, asked.scope, asked.before(calls))
    step = destinations.step_for(asked.period.window, metric)
    marking.ahead(asked, step)
    ranking = destinations.ordered(
        frame.read_calls(measure, asked.scope, question, needed), metric
    )
    frame.ahead(analysis.sparklines, asked.scope, _along(calls, ranking))
    splits.largest_ahead(asked, metric, step, column, destinations.LINES)
    left, right = st.columns(2)
    with left, show.card(f"{metric.label} by {level.lower()}", help=metric.definition):
        _bars(asked, question, ranking, metric)
    with right, show.card("Over time"):
        _lines(asked, metric, step, column)
    _table(asked, calls, ranking, metric, level)


def _bars(
    asked: Asked, question: Question, ranking: tuple[Answer, ...], metric: Metric
) -> None:
    keys = destinations.leading(ranking, destinations.BARS)
    if metric.adds_up:
        found = folded(ranking, {(key,) for key in keys})
    else:
        asked_for = replace(question, kept=keys)
        found = frame.read_calls(measure, asked.scope, asked_for, (metric.name,))
    if all(answer.of(metric) is None for answer in found):
        _unknown(metric)
        return
    [column] = question.by
    data = destinations.bars(
        {answer.key: answer for answer in found},
        keys,
        metric,
        total(answer.parts for answer in ranking),
        dimensions.names_of(asked, column, keys),
        _colours(),
    )
    show.chart(
        "destination_bars",
        data,
        metric.label,
        len(data),
        alt=f"{metric.label} by destination, most first",
        key="chart_destinations",
        on_pick=lambda: _to_bar(asked, column),
    )
    if destinations.ranked_by(metric) != metric.name:
        st.caption("The destinations with the most calls.")


def _colours() -> tuple[str, ...]:
    """Those of the lines; the last is that of all others."""
    return (*charts.SERIES[: destinations.LINES], charts.SERIES[-1])


def _unknown(metric: Metric) -> None:
    show.empty(f"{metric.label}: no figure.", metric.leaves_out or "Nothing to divide by.")


def _to_bar(asked: Asked, column: str) -> None:
    mark = show.picked("chart_destinations")
    if mark is not None and mark["key"]:
        dimensions.to_calls(asked, column, int(str(mark["key"])))


def _lines(asked: Asked, metric: Metric, step: Step, column: str) -> None:
    """The first destinations along the period, and all others together."""
    groups = splits.largest(asked, metric, step, column, destinations.LINES)
    spans = figures.spans(asked.period.window, step, asked.zone)
    until = asked.fresh.last_call
    so_far = courses.so_far(spans, until, step)
    found = courses.by_key(groups.answers, asked.zone)
    lines = [
        Course(
            name, courses.filled(found.get(key, {}), spans, until, since=asked.since), so_far
        )
        for key, name in groups.names.items()
    ]
    silent = marking.silence(asked, step)
    drawing = Drawing(metric, step, spans, lines, courses.calls(found), judged=silent)
    timechart.draw(asked, drawing, CHART, f"{metric.label} of the first destinations over time")
    clicked.actions(asked, drawing, CHART, groups.meant)


def _along(calls: Question, ranking: Sequence[Answer]) -> Question:
    """The question for the courses of the table."""
    rows = ranking[: destinations.ROWS]
    kept = tuple(answer.key[0] for answer in rows) if len(rows) < len(ranking) else None
    return replace(calls, kept=kept, step=fitting_step(calls.window, destinations.POINTS))


def _table(
    asked: Asked,
    calls: Question,
    ranking: tuple[Answer, ...],
    metric: Metric,
    level: str,
) -> None:
    """All destinations, up to a few hundred; a row leads to its calls."""
    rows = ranking[: destinations.ROWS]
    keys = tuple(answer.key[0] for answer in rows)
    [column] = calls.by
    along = _along(calls, ranking)
    sparklines = frame.read_calls(analysis.sparklines, asked.scope, along)
    before = by_key(frame.read_calls(ask, asked.scope, asked.before(calls)))
    extra = () if metric.percentile or metric.name == "calls" else (metric.name,)
    shown = frame.shown(dict.fromkeys([*extra, *destinations.COLUMNS]))
    names = dimensions.names_of(asked, column, keys)
    data = destinations.table(rows, before, sparklines, names, shown)
    config: dict[str, Any] = {
        "name": tables.text(level, width=170),
        "calls": tables.measured("calls"),
        "share": st.column_config.NumberColumn(
            "Share", format="%.1f %%", help="Calls, of all calls that the filters let through."
        ),
        "change": st.column_config.NumberColumn(
            "Change", format="%+.1f %%", help=f"Calls, against {asked.period.compared_with}."
        ),
        "course": st.column_config.LineChartColumn(
            "Course", help=f"Calls {figures.per(str(along.step))}.", width=110, y_min=0
        ),
    } | {name: tables.measured(name) for name in shown}
    config |= columns.bounded(*shown)
    with show.card(f"All {SEVERAL[level]}"):
        if level == LEVELS[0]:
            data.insert(1, "codes", "Dial codes")
            config["codes"] = st.column_config.ButtonColumn(
                "",
                type="tertiary",
                key="open_codes",
                on_click=lambda: _to_codes(names[keys[st.session_state["open_codes"].row]]),
            )
        by_value.table(
            data,
            config,
            "table_destinations",
            asked,
            dimensions.of_each(column, keys),
            alt=f"Figures by {level.lower()}",
            height="auto",
            unsaved=("course", "codes"),
        )
        st.caption(_counted(len(ranking), level))


def _counted(found: int, level: str) -> str:
    if found > destinations.ROWS:
        first = f"The first {destinations.ROWS} of {found:,} {SEVERAL[level]}"
        return f"{first}; filters show the others."
    return f"1 {level.lower()}" if found == 1 else f"{found} {SEVERAL[level]}"


def _to_codes(country: str) -> None:
    bar.narrow({"country": [country], "level": LEVELS[1]})
