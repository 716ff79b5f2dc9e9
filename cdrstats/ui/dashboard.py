"""The parts of the Dashboard page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from cdrstats.choices import NAMED
from cdrstats.metrics import METRICS, Parts, parts_for, total
from cdrstats.traffic import Answer, Ranking, Step, ask, by_key, top
from cdrstats.ui import (
    bar,
    bounds,
    by_value,
    cards,
    cells,
    charts,
    columns,
    dimensions,
    figures,
    filters,
    frame,
    marking,
    outcomes,
    show,
    tables,
    timemarks,
)
from cdrstats.ui.bar import Asked
from cdrstats.ui.destinations import Value
from cdrstats.ui.dimensions import DIMENSIONS
from cdrstats.ui.figures import Span, Steps

CARDS = ("calls", "minutes", "asr", "acd", "ner", "buy_cost", "margin")
PARTS = parts_for(*CARDS)
BARS = 8
QUALITY = ("calls", "asr", "ner", "acd", "margin")
BOUNDED = ("asr", "ner")


@dataclass(frozen=True)
class Found:
    """What was answered."""

    step: Step
    now: list[Answer]  # by step and hangup cause
    before: Parts
    countries: list[Answer]
    spans: list[Span]
    steps: Steps

    @property
    def parts(self) -> Parts:
        return total(answer.parts for answer in self.now)


def find(asked: Asked) -> Found:
    """Ask for all that the page shows."""
    step = figures.step_for(asked.period.window)
    before, by_cause, by_country = questions = (
        asked.before(asked.question(parts=PARTS)),
        asked.question("hangup_cause_id", step=step, parts=PARTS),
        asked.question("country_id", parts=PARTS),
    )
    for question in questions:
        frame.ahead(ask, asked.scope, question)
    marking.ahead(asked, step, METRICS["calls"])
    earlier = frame.read_calls(ask, asked.scope, before)
    now = frame.read_calls(ask, asked.scope, by_cause)
    return Found(
        step=step,
        now=now,
        before=total(answer.parts for answer in earlier),
        countries=frame.read_calls(ask, asked.scope, by_country),
        spans=figures.spans(asked.period.window, step, asked.zone),
        steps=figures.by_step(now, asked.zone),
    )


def key_figures(found: Found, asked: Asked) -> None:
    """The key figures, each with its change, its course and its definition."""
    course = figures.coarse(found.spans, found.steps)
    cards.row(asked, CARDS, found.parts, found.before, course)


def over_time(found: Found, asked: Asked) -> None:
    """Calls by result, and minutes, side by side on the same time axis."""
    kinds = asked.names.kinds
    results = {
        span.start: figures.results(found.steps.get(span.start, ()), kinds)
        for span in found.spans
    }
    minutes = {
        span.start: sum(answer.parts.billsec for answer in found.steps.get(span.start, ())) / 60
        for span in found.spans
    }
    calls, talk = METRICS["calls"], METRICS["minutes"]
    judged = marking.judged(asked, calls, found.step)
    left, right = st.columns(2)
    with left, show.card("Calls by result"):
        show.chart(
            "stacked",
            figures.stack(found.spans, results, list(charts.RESULTS), found.step),
            f"Calls {figures.per(found.step)}",
            tuple(charts.RESULTS),
            tuple(charts.RESULTS.values()),
            alt="Calls over time by result",
            key="chart_calls",
            on_pick=lambda: _to_step("chart_calls", found, asked),
            marks=marking.beside(asked, calls, found.step, judged),
        )
        if words := timemarks.told(judged, found.step):
            st.caption(words)
    with right, show.card("Minutes"):
        show.chart(
            "plain",
            figures.course(found.spans, minutes, found.step),
            f"Minutes {figures.per(found.step)}",
            charts.MINUTES,
            alt="Minutes of conversation over time",
            key="chart_minutes",
            on_pick=lambda: _to_step("chart_minutes", found, asked),
            marks=marking.beside(asked, talk, found.step, marking.silence(asked, found.step)),
        )


def _to_step(key: str, found: Found, asked: Asked) -> None:
    """From a bar of time to its calls."""
    mark = show.picked(key)
    if mark is None:
        return
    result = {"result": str(mark["name"])} if "name" in mark else {}
    dimensions.to_step(asked, show.stamp(mark["start"]), found.step, **result)


def rankings(found: Found, asked: Asked) -> None:
    """Countries and hangup causes by calls; a click leads to the calls."""
    countries, causes = top(found.countries, BARS), top(found.now, BARS)
    left, right = st.columns(2)
    with left, show.card("Top countries"):
        _bars(countries, "country", asked, charts.CALLS)
    with right, show.card("Hangup causes"):
        _bars(causes, "cause", asked, charts.RESULTS["No answer"])


def _bars(ranking: Ranking, field: str, asked: Asked, colour: str) -> None:
    data = figures.bars(ranking, asked.names.of(NAMED[field]))
    key = f"chart_{field}"
    show.chart(
        "bars",
        data,
        "Calls",
        colour,
        len(data),
        alt=f"Calls by {field}, most first",
        key=key,
        on_pick=lambda: _to_name(key, field, asked),
    )
    if ranking.rest_keys:
        st.caption(f"and {ranking.rest_keys} more with {ranking.rest.calls:,} calls")


def _to_name(key: str, field: str, asked: Asked) -> None:
    mark = show.picked(key)
    if mark is not None:
        bar.to_calls(asked, **{field: [str(mark["name"])]})


def world(found: Found, asked: Asked) -> None:
    """The map of destinations, and the quality of each switch."""
    left, right = st.columns(2)
    with left, show.card("Destinations"):
        show.chart(
            "world",
            figures.on_map(by_key(found.countries), asked.names.countries),
            "Calls",
            alt="Calls by country on a map",
            key="chart_map",
            on_pick=lambda: _to_country(asked),
        )
    with right, show.card("Quality"):
        quality(asked)


def _to_country(asked: Asked) -> None:
    mark = show.picked("chart_map")
    if mark is not None and (name := asked.names.countries.get(int(str(mark["id"])))):
        bar.to_calls(asked, country=[name])


@bar.part("dashboard")
def quality(asked: Asked) -> None:
    """A table of figures by whatever calls have; a row leads to its calls."""
    with st.container(width=190):
        offered = list(frame.offered(DIMENSIONS))
        label = filters.choose("By", offered, "split", box=True, known=["None"])
    filters.complain()
    column = DIMENSIONS[label]
    told = frame.shown(QUALITY)
    answers = frame.read_calls(ask, asked.scope, asked.question(column, parts=parts_for(*told)))
    ranking = top(answers, outcomes.ROWS).leaders
    keys = tuple(answer.key[0] for answer in ranking)
    data = quality_rows(ranking, dimensions.names_of(asked, column, keys), told)
    config = (
        {"name": tables.text(label, width=150)}
        | {name: tables.measured(name) for name in told}
        | columns.bounded(*BOUNDED)
    )
    by_value.table(
        data,
        config,
        "table_quality",
        asked,
        dimensions.of_each(column, keys),
        alt=f"Figures by {label.lower()}",
        height="content" if len(data) < 8 else 284,
    )
    if len(answers) > len(ranking):
        st.caption(f"The {len(ranking)} with the most calls, of {len(answers):,}.")


def quality_rows(
    ranking: Sequence[Answer], names: Mapping[Value, str], told: Sequence[str]
) -> pd.DataFrame:
    """A row for each key with its figures, and the bounds of ratios of few calls."""
    parts = [answer.parts for answer in ranking]
    found: dict[str, list[Any]] = {"name": [names[answer.key[0]] for answer in ranking]}
    for name in told:
        found[name] = [cells.cell(name, one) for one in parts]
        if name in BOUNDED:
            found |= bounds.column(name, parts)
    return pd.DataFrame(found)
