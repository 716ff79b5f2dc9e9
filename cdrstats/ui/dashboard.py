"""The parts of the Dashboard page."""

from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats.accounts import Scope
from cdrstats.choices import NAMED, Names, Period
from cdrstats.filters import Filters
from cdrstats.metrics import METRICS, Parts, change, total
from cdrstats.traffic import Answer, Question, Ranking, Step, ask, by_key, top
from cdrstats.ui import charts, figures, filters, frame, show
from cdrstats.ui.figures import Span, Steps

FIELDS = ("switch", "country", "customer", "cause", "direction")
CARDS = ("calls", "minutes", "asr", "acd", "ner", "buy_cost", "margin")
LABELS = {"buy_cost": "Cost"}
BARS = 8
SPLITS = {"Switch": "switch", "Customer": "customer", "Country": "country"}


@dataclass(frozen=True)
class View:
    """What the controls stand at."""

    period: Period
    zone: ZoneInfo
    filters: Filters
    step: Step
    split: str  # one of SPLITS


@dataclass(frozen=True)
class Found:
    """What was answered for a view."""

    now: list[Answer]  # by step and hangup cause
    before: Parts
    countries: list[Answer]
    split: list[Answer]  # by what the table of quality shows

    @property
    def parts(self) -> Parts:
        return total(answer.parts for answer in self.now)


def find(scope: Scope, view: View) -> Found:
    """Ask for all that the page shows."""
    window = view.period.window
    question = Question(window, zone=view.zone, filters=view.filters)
    by_cause = replace(question, by=("hangup_cause_id",), step=view.step)
    earlier = frame.read(ask, scope, replace(question, window=view.period.before))
    return Found(
        now=frame.read(ask, scope, by_cause),
        before=total(answer.parts for answer in earlier),
        countries=frame.read(ask, scope, replace(question, by=("country_id",))),
        split=frame.read(ask, scope, replace(question, by=(NAMED[SPLITS[view.split]],))),
    )


def cards(found: Found, drawn: list[Span], steps: Steps) -> None:
    """The key figures, each with its change, its course and its definition."""
    now = found.parts
    sums = figures.coarse(drawn, steps)
    with st.grid(len(CARDS), min_column_width=138, gap="small"):
        for name in CARDS:
            metric = METRICS[name]
            moved = change(metric, now, found.before)
            show.figure(
                LABELS.get(name, metric.label),
                figures.shown(name, now),
                None if moved.by is None else float(moved.by),
                figures.course_of(name, sums),
                metric.definition,
                points=moved.unit == "points",
                good=metric.better,
            )


def over_time(found: Found, view: View, names: Names, drawn: list[Span], steps: Steps) -> None:
    """Calls by result, and minutes, side by side on the same time axis."""
    per = {"quarter": "a quarter-hour", "hour": "an hour", "day": "a day"}.get(
        view.step, f"a {view.step}"
    )
    results = {
        span.start: figures.results(steps.get(span.start, ()), names.kinds) for span in drawn
    }
    minutes = {
        span.start: sum(answer.parts.billsec for answer in steps.get(span.start, ())) / 60
        for span in drawn
    }
    left, right = st.columns(2)
    with left, show.card("Calls by result"):
        show.chart(
            "stacked",
            figures.stack(drawn, results, list(charts.RESULTS), view.step),
            f"Calls {per}",
            tuple(charts.RESULTS),
            tuple(charts.RESULTS.values()),
            alt="Calls over time by result",
            key="chart_calls",
            on_pick=lambda: _to_step("chart_calls", view),
        )
    with right, show.card("Minutes"):
        show.chart(
            "plain",
            figures.course(drawn, minutes, view.step),
            f"Minutes {per}",
            charts.MINUTES,
            alt="Minutes of conversation over time",
            key="chart_minutes",
            on_pick=lambda: _to_step("chart_minutes", view),
        )


def _to_step(key: str, view: View) -> None:
    """From a bar of time to its calls."""
    mark = show.picked(key)
    if mark is None:
        return
    start = show.stamp(mark["start"])
    end = figures.after(start, view.step)
    link = filters.link_to(view.zone, view.period, FIELDS) | filters.between(start, end)
    if "name" in mark:
        link["result"] = str(mark["name"])
    filters.go("calls", link)


def rankings(found: Found, view: View, names: Names) -> None:
    """Countries and hangup causes by calls; a click leads to the calls."""
    left, right = st.columns(2)
    with left, show.card("Top countries"):
        _bars(top(found.countries, BARS), names.countries, "country", view, charts.CALLS)
    with right, show.card("Hangup causes"):
        _bars(top(found.now, BARS), names.causes, "cause", view, charts.RESULTS["No answer"])


def _bars(ranking: Ranking, named: dict[int, str], field: str, view: View, colour: str) -> None:
    data = figures.bars(ranking, named)
    key = f"chart_{field}"
    show.chart(
        "bars",
        data,
        "Calls",
        colour,
        len(data),
        alt=f"Calls by {field}, most first",
        key=key,
        on_pick=lambda: _to_name(key, field, view),
    )
    if ranking.rest_keys:
        st.caption(f"and {ranking.rest_keys} more with {ranking.rest.calls:,} calls")


def _to_name(key: str, field: str, view: View) -> None:
    mark = show.picked(key)
    if mark is not None:
        _to_calls(field, str(mark["name"]), view)


def _to_calls(field: str, name: str, view: View) -> None:
    link = filters.link_to(view.zone, view.period, FIELDS, **{field: [name]})
    filters.go("calls", link)


def world(found: Found, view: View, names: Names) -> None:
    """The map of destinations, and the quality of each switch."""
    left, right = st.columns(2)
    with left, show.card("Destinations"):
        show.chart(
            "world",
            figures.on_map(by_key(found.countries), names.countries),
            "Calls",
            alt="Calls by country on a map",
            key="chart_map",
            on_pick=lambda: _to_country(view, names),
        )
    with right, show.card("Quality"):
        quality(found, view, names)


def quality(found: Found, view: View, names: Names) -> None:
    """A table of figures by switch, customer or country; choosing one leads to its calls."""
    st.segmented_control(
        "By",
        list(SPLITS),
        default="Switch",
        required=True,
        key="split",
        bind="query-params",
        label_visibility="collapsed",
    )
    field = SPLITS[view.split]
    data = figures.quality(by_key(found.split), names.of(NAMED[field]))
    st.dataframe(
        data,
        key="table_quality",
        hide_index=True,
        height="content" if len(data) < 9 else 318,
        on_select=lambda: _to_row(field, data["name"].tolist(), view),
        selection_mode="single-row",
        alt=f"Figures by {field}",
        column_config={
            "name": st.column_config.TextColumn(view.split),
            "calls": st.column_config.NumberColumn("Calls", format="localized"),
            "asr": _percent_column("asr", bar=True),
            "ner": _percent_column("ner"),
            "acd": st.column_config.TextColumn(
                "ACD", help=METRICS["acd"].definition, alignment="right"
            ),
            "margin": st.column_config.NumberColumn("Margin", format="%.2f"),
        },
    )


def _percent_column(name: str, bar: bool = False) -> Any:
    metric = METRICS[name]
    if bar:
        return st.column_config.ProgressColumn(
            metric.label, format="%.1f %%", max_value=100, help=metric.definition, width=120
        )
    return st.column_config.NumberColumn(metric.label, format="%.1f %%", help=metric.definition)


def _to_country(view: View, names: Names) -> None:
    mark = show.picked("chart_map")
    if mark is not None and (name := names.countries.get(int(str(mark["id"])))):
        _to_calls("country", name, view)


def _to_row(field: str, shown: list[str], view: View) -> None:
    rows = st.session_state["table_quality"].selection.rows
    if rows and rows[0] < len(shown):
        _to_calls(field, shown[rows[0]], view)
