"""The parts of the Overview page: a figure along the period, and what it comes to."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from cdrstats.metrics import METRICS, NOTHING, Metric, Parts
from cdrstats.traffic import Question, Step, ask, measure, read_from, top
from cdrstats.ui import (
    bar,
    bounds,
    by_value,
    cells,
    clicked,
    columns,
    controls,
    courses,
    dimensions,
    explain,
    figures,
    filters,
    frame,
    marking,
    saving,
    show,
    splits,
    summaries,
    tables,
    timechart,
    timemarks,
)
from cdrstats.ui.bar import Asked
from cdrstats.ui.courses import Course
from cdrstats.ui.dimensions import DIMENSIONS
from cdrstats.ui.splits import Groups
from cdrstats.ui.timechart import Drawing, Picked

CHART, TABLE = "chart_overview", "table_overview"
TOPS = ("5", "10", "20")
SHAPES = ("Lines", "Bars")
ROWS = ("Groups", "Steps")
COUNTRIES = 10


def totals(asked: Asked) -> Parts | None:
    """The parts of all calls of the period; None if there are none."""
    found = frame.read_calls(ask, asked.scope, asked.question())
    return found[0].parts if found else None


@dataclass(frozen=True, slots=True)
class Choice:
    """What is drawn, and how."""

    metric: Metric
    column: str | None  # of calls, that they are split by
    count: int  # so many of the largest groups are told apart
    step: Step
    stacked: bool


@bar.part("overview")
def page(asked: Asked, whole: Parts) -> None:
    """The chart with its controls, its table, the totals and the most called countries."""
    choice = _controls(asked)
    complaints = st.container()
    if choice.column:
        shown = bar.quick(asked, asked.question(choice.column, step=choice.step))
        if shown.period != asked.period:
            asked, whole = shown, totals(shown) or NOTHING
    _ahead(asked, choice)
    drawing, groups = _found(asked, choice)
    label = next((name for name, column in DIMENSIONS.items() if column == choice.column), "")
    title = f"{choice.metric.label} by {label.lower()}" if label else choice.metric.label
    with show.card(title, help=choice.metric.definition):
        if groups.names:
            timechart.draw(asked, drawing, CHART, f"{title} over time")
            slot = st.container()
            chosen = _table(asked, drawing, groups, label)
            with slot:
                clicked.actions(asked, drawing, CHART, groups.meant, chosen)
        else:  # of a longer period, which has some
            show.empty("No calls in these days.", "The whole period has calls.")
    left, right = st.columns([2, 3])
    with left, show.card("Total"):
        hours = asked.known.length / timedelta(hours=1)
        facts = summaries.facts(whole, hours, frame.shown(summaries.MONEY))
        saving.offer(pd.DataFrame({"figure": list(facts), "value": list(facts.values())}))
        st.table(facts, border="horizontal")
    with right, show.card("Most called countries"):
        _countries(asked, choice.metric)
    with complaints:
        filters.complain()
    explain.drawer(asked)


def _controls(asked: Asked) -> Choice:
    with st.container(
        horizontal=True, vertical_alignment="bottom", gap="small", key="overview_controls"
    ):
        metric, label = controls.figure(), controls.split()
        column, count = DIMENSIONS.get(label), int(TOPS[0])
        if column:
            with controls.labelled("Largest"):
                count = int(filters.choose("Largest", TOPS, "top"))
        with controls.labelled("Steps", 140):
            # Over few calls ratios jump about: of groups they are drawn in longer steps.
            coarse = bool(column) and not courses.is_sum(metric)
            step = timechart.grain(asked, count + 1 if column else 1, coarse)
        stacked = False
        if courses.is_sum(metric):
            with controls.labelled("Drawn as"):
                stacked = filters.choose("Drawn as", SHAPES, "shape") == "Bars"
    return Choice(metric, column, count, step, stacked)


def _to_compare(asked: Asked, metric: Metric, label: str) -> None:
    more: dict[str, str | list[str]] = {"metric": metric.label}
    if label:
        more["split"] = label
    for key in ("grain", "top"):
        if values := filters.values_of(key):
            more[key] = values
    bar.to_page("compare", asked, **more)


def _ahead(asked: Asked, choice: Choice) -> None:
    """Begin to read for the chart and for the countries."""
    if choice.column is None:
        splits.whole_ahead(asked, choice.metric, choice.step)
        marking.ahead(asked, choice.step, choice.metric)
    else:
        marking.ahead(asked, choice.step)
    frame.ahead(measure, asked.scope, *_by_country(asked, choice.metric))


def _found(asked: Asked, choice: Choice) -> tuple[Drawing, Groups]:
    """What the chart shows, and what of it the table shows."""
    metric, step, zone = choice.metric, choice.step, asked.zone
    if choice.column is None:
        groups = splits.whole(asked, metric, step)
        judged = marking.judged(asked, metric, step)
    else:
        groups = splits.largest(asked, metric, step, choice.column, choice.count)
        judged = marking.silence(asked, step)
    spans = figures.spans(asked.period.window, step, zone)
    until = asked.fresh.last_call
    silent = timemarks.silent(judged, zone)
    so_far = courses.so_far(spans, until, step)
    found = courses.by_key(groups.answers, zone)
    lines = [
        Course(
            name, courses.filled(found.get(key, {}), spans, until, silent, asked.since), so_far
        )
        for key, name in groups.names.items()
    ]
    volume = courses.calls(found)
    return Drawing(metric, step, spans, lines, volume, choice.stacked, judged), groups


def _table(asked: Asked, drawing: Drawing, groups: Groups, label: str) -> Picked | None:
    """The figures of the chart as a table; returns what of it is chosen."""
    metric, lines = drawing.metric, drawing.lines
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        rows = filters.choose("Rows", ROWS, "table")
        explain.button(metric.name, "overview")
        if frame.viewer().may("compare"):
            st.button(
                "Why did it move",
                icon=":material/compare_arrows:",
                help="Compare with another period, group by group",
                on_click=lambda: _to_compare(asked, metric, label),
                key="to_compare",
            )
    if rows == "Groups":
        hours = asked.known.length / timedelta(hours=1)
        data = summaries.groups(lines, groups.sums, metric, hours)
        config = _group_columns(drawing, label)
    else:
        data = summaries.steps(lines, drawing.spans, metric)
        config = _step_columns(drawing)
    config = {name: column for name, column in config.items() if name in data}
    key = f"table_{rows}_{label}_{timechart.key_of(CHART)}"
    chosen = tables.pickable(data, config, key, "The figures of the chart above")
    if chosen is None:
        return None
    row, column = chosen
    metrics: dict[str | None, str] = {"calls": "calls"}
    if rows == "Groups":
        metrics |= dict.fromkeys((None, "name", "value"), metric.name)
        return Picked(None, str(data["name"].iloc[row]), metrics.get(column))
    names = {f"line{number}": name for number, name in enumerate(drawing.names)}
    metrics |= dict.fromkeys((None, "time", "all", *names), metric.name)
    spans = {span.start: span for span in drawing.spans}
    span = spans[data["time"].iloc[row].to_pydatetime()]
    return Picked(span, names.get(column or ""), metrics.get(column))


def _group_columns(drawing: Drawing, label: str) -> dict[str, Any]:
    metric = drawing.metric
    per = figures.per(drawing.step)
    sums = courses.is_sum(metric)
    least, most = ("Least", "Most") if sums else ("Lowest of", "Highest of")
    return {
        "name": tables.text(label or "Figure", width=190),
        "value": tables.measured(metric.name),
        "share": columns.share("Share", "Of all calls that the filters let through."),
        "hourly": st.column_config.NumberColumn(
            "Average an hour",
            format="%.1f",
            help="Over the hours of the period, up to the newest call.",
        ),
        "least": tables.measured(metric.name, f"{least} {per}"),
        "most": tables.measured(metric.name, f"{most} {per}"),
    } | _sample_columns()


def _step_columns(drawing: Drawing) -> dict[str, Any]:
    metric = drawing.metric
    return {
        "time": columns.moment("From", drawing.step),
        **{
            f"line{number}": tables.measured(metric.name, name)
            for number, name in enumerate(drawing.names)
        },
        "all": tables.measured(metric.name, summaries.ALL),
    } | _sample_columns()


def _sample_columns() -> dict[str, Any]:
    return {"calls": tables.measured("calls"), "sure": columns.sure()}


def _by_country(asked: Asked, metric: Metric) -> tuple[Question, tuple[str, ...]]:
    """What `measure` is asked; without the metric where nothing can give it by country."""
    question = asked.question("country_id")
    read = frame.read_calls(read_from, asked.scope, question, metric.name)
    return question, (metric.name,) if read else ()


def _countries(asked: Asked, metric: Metric) -> None:
    """The countries with the most calls; a row leads to its calls.

    Percentiles by country are there for shorter periods only; they are left out of others.
    """
    question, told = _by_country(asked, metric)
    found = frame.read_calls(measure, asked.scope, question, told)
    leaders = top(found, COUNTRIES).leaders
    keys = [answer.key[0] for answer in leaders]
    names = dimensions.names_of(asked, "country_id", keys)
    shown = frame.shown(dict.fromkeys(["calls", "minutes", *told, *summaries.MONEY]))
    data = pd.DataFrame(
        {"country": [names[answer.key[0]] for answer in leaders]}
        | {
            name: [cells.written(METRICS[name], answer.of(METRICS[name])) for answer in leaders]
            for name in shown
        }
        | bounds.column(metric.name, [answer.parts for answer in leaders])
    )
    config = {"country": tables.text("Country", width=150)} | {
        name: tables.measured(name) for name in shown
    }
    config |= columns.bounded(metric.name)
    by_value.table(
        data,
        config,
        "table_called",
        asked,
        dimensions.of_each("country_id", keys),
        alt="The countries with the most calls",
        height="content",
    )
