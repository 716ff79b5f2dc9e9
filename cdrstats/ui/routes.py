"""The parts of the Routes page: carriers or switches side by side, by destination."""

from datetime import timedelta
from typing import Any

import streamlit as st

from cdrstats.analysis import Score, scorecard
from cdrstats.metrics import METRICS, total
from cdrstats.traffic import EXACT_UP_TO, Answer, Key, ask, by_key, measure
from cdrstats.ui import bar, by_value, false_answers, frame, scores, show, tables
from cdrstats.ui.bar import Asked
from cdrstats.ui.route_controls import SEVERAL, Routes, controls

DRAWN, LISTED = 15, 100
"""So many routes are drawn, and listed."""

EXACT_FOR_ALL = timedelta(days=7)
"""Percentiles of all destinations are read from the calls for so long a period."""

STANDING = (
    "Compared with all other routes to the same destinations together: better or worse if"
    " chance makes such a difference in less than 1 of 20 cases, from 30 calls on either side."
)
BOUNDS = "By chance alone, a true share within these bounds may show as this (95 %, Wilson)."
MIXED = "Destinations differ, and routes carry them in different shares: choose one to be sure."
MATRIX = (
    "Green and orange frames: better and worse than the other routes to the same destination,"
    " by more than chance. Faint: fewer than 30 calls. Figures are per cent."
)


@bar.part("routes")
def page(asked: Asked) -> None:
    """Choices, the routes to the chosen destination, and destinations by route."""
    routes = controls(asked)
    if routes is None:
        return
    listed = scorecard(scores.by_route(routes.found, routes.destination))
    metric, kind = routes.metric, routes.kind
    left, right = st.columns(2)
    with left, show.card(f"{metric.label} {routes.to}", help=metric.definition):
        _points(routes, listed)
    with right, show.card(f"{metric.label} by destination and {kind.lower()}"):
        _matrix(routes)
    with show.card(f"All {SEVERAL[kind]} {routes.to}"):
        _table(routes, listed)
    false_answers.card(routes)


def _points(routes: Routes, listed: list[Score]) -> None:
    """The share of each route with its bounds."""
    drawn = listed[:DRAWN]
    whole = total(score.parts for score in listed)
    data = scores.points(drawn, routes.metric, routes.routes, whole, len(listed) - 1)
    if data["value"].isna().all():
        show.empty(f"{routes.metric.label}: no figure.", routes.metric.leaves_out)
        return
    show.chart(
        "route_shares",
        data,
        routes.metric.label,
        len(data),
        alt=f"{routes.metric.label} of each {routes.kind.lower()} {routes.to}, with its bounds",
        key="chart_routes",
        on_pick=lambda: _to_point(routes),
    )
    st.caption(scores.sentence(listed, routes.metric, routes.routes))
    if len(listed) > len(drawn):
        st.caption(f"The {DRAWN} of {len(listed)} {SEVERAL[routes.kind]} with most calls.")
    if routes.destination is None and len(listed) > 1:
        st.caption(MIXED)


def _to_point(routes: Routes) -> None:
    mark = show.picked("chart_routes")
    if mark is not None:
        routes.to_calls(int(str(mark["key"])), routes.destination)


def _matrix(routes: Routes) -> None:
    """The first destinations by the first routes."""
    rows = dict(list(routes.destinations.items())[: scores.DESTINATIONS])
    columns = dict(list(routes.routes.items())[: scores.ROUTES])
    data = scores.matrix(routes.found, routes.metric, rows, columns)
    if data.empty:
        show.empty(f"{routes.metric.label}: no figure.", routes.metric.leaves_out)
        return
    show.chart(
        "route_matrix",
        data,
        routes.metric.label,
        data["row"].nunique(),
        alt=f"{routes.metric.label} by destination and {routes.kind.lower()}",
        key="chart_matrix",
        on_pick=lambda: _to_cell(routes),
    )
    cut = len(rows) < len(routes.destinations) or len(columns) < len(routes.routes)
    most = (
        f"Those with most calls, at most {scores.DESTINATIONS} destinations and"
        f" {scores.ROUTES} {SEVERAL[routes.kind]}. "
    )
    st.caption((most if cut else "") + MATRIX)


def _to_cell(routes: Routes) -> None:
    mark = show.picked("chart_matrix")
    if mark is not None:
        routes.to_calls(int(str(mark["route"])), int(str(mark["destination"])))


def _table(routes: Routes, listed: list[Score]) -> None:
    """All figures of each route; a row leads to its calls."""
    asked, metric = routes.asked, routes.metric
    rows = listed[:LISTED]
    before = by_key(frame.read_calls(ask, asked.scope, asked.before(routes.narrowed())))
    delays = _delays(routes)
    data = scores.table(rows, metric, routes.routes, before, delays, len(listed) - 1)
    against = f"Against {asked.period.compared_with}."
    config: dict[str, Any] = {
        "name": tables.text(routes.kind, width=150),
        "calls": tables.measured("calls"),
        "change": st.column_config.NumberColumn(
            "Change of calls", format="%+.1f %%", help=against
        ),
        "bounds": tables.text(f"{metric.label} within", help=BOUNDS),
        "standing": tables.text(f"{metric.label} against others", help=STANDING, width=190),
        "moved": st.column_config.NumberColumn(
            f"Change of {metric.label}", format="%+.1f pp", help=f"Points. {against}"
        ),
        "late": tables.measured("pdd_p95"),
        "cost": st.column_config.NumberColumn(
            "Cost a minute", format="%.4f", help="Buy cost, of a minute of conversation."
        ),
    } | {name: tables.measured(name) for name in (*scores.SHARES, *scores.FIGURES)}
    by_value.table(
        data,
        config,
        "table_routes",
        asked,
        [routes.of(row.key[0]) for row in rows],
        alt=f"Figures by {routes.kind.lower()}",
        height="auto",
        metrics={"late": "pdd_p95"},
    )
    if not delays:
        label = METRICS["pdd_p95"].label
        st.caption(
            f"{label}: of up to {EXACT_FOR_ALL.days} days, or {EXACT_UP_TO.days} days and a"
            " chosen destination."
        )


def _delays(routes: Routes) -> dict[Key, Answer]:
    """The percentiles of the post-dial delay by route; none where reading them takes long."""
    question = routes.narrowed()
    narrow = question.filters.country_ids or question.filters.dialcode_ids
    if question.window.length > (EXACT_UP_TO if narrow else EXACT_FOR_ALL):
        return {}
    found = frame.read_calls(measure, routes.asked.scope, question, ("pdd_p95",))
    return {answer.key: answer for answer in found}
