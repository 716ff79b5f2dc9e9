"""The parts of the World map page."""

from collections.abc import Sequence

import streamlit as st

from cdrstats.metrics import METRICS, Metric, total
from cdrstats.traffic import Answer, measure
from cdrstats.ui import (
    atlas,
    bar,
    bounds,
    by_value,
    charts_map,
    destinations,
    dimensions,
    filters,
    frame,
    show,
    tables,
)
from cdrstats.ui.bar import Asked

CHART = "chart_world"
HOW = "Drag to move; Ctrl and wheel, or two fingers, to zoom; double-click to go back."
FEW = f"Pale: fewer than {bounds.FEW} calls, which tell little."


@bar.part("map")
def page(asked: Asked) -> None:
    """The map of a metric, what was clicked in it, and the list of all countries."""
    with st.container(horizontal=True, vertical_alignment="center", key="map_controls"):
        with st.container(width=190):
            metric = METRICS[dimensions.metric()]
        with st.container(width=170):
            region = filters.choose("Region", list(charts_map.REGIONS), "region", box=True)
    filters.complain()
    question = asked.question("country_id")
    answers = frame.read_calls(measure, asked.scope, question, (metric.name,))
    spreads = {answer.key: answer for answer in answers}
    ranking = [spreads[one.key] for one in destinations.ordered(answers, metric)]
    left, right = st.columns([5, 3])
    with left, show.card(f"{metric.label} by country", help=metric.definition):
        _map(asked, ranking, metric, region)
    with right, show.card("All countries"):
        _list(asked, ranking, metric)


def _map(asked: Asked, ranking: Sequence[Answer], metric: Metric, region: str) -> None:
    drawn, names = charts_map.shapes_of(), asked.names.countries
    told = frame.shown(atlas.TOLD)
    data = atlas.rows(ranking, metric, names, drawn, told)
    if data.empty:
        show.empty(f"{metric.label}: no figure.", metric.leaves_out or "Nowhere to draw it.")
        return
    overall = _overall(asked, ranking, metric)
    look = atlas.look_of(metric, data["value"].tolist(), overall)
    with st.container(key="worldmap", height=420, border=False):
        show.chart(
            "atlas",
            data,
            atlas.title(metric),
            region,
            look.kind,
            look.middle,
            look.colours,
            look.ticks,
            told,
            alt=f"{metric.label} by country on a map",
            key=CHART,
            on_pick=lambda: None,
            height="stretch",
        )
    _picked(asked, ranking, metric)
    words = [HOW, FEW if data["few"].any() else "", atlas.beside(ranking, names, drawn)]
    st.caption(" ".join(filter(None, words)))


def _overall(asked: Asked, ranking: Sequence[Answer], metric: Metric) -> float | None:
    """The figure of all calls together."""
    if metric.percentile is None:
        value = metric.of(total(answer.parts for answer in ranking))
    else:
        [whole] = frame.read_calls(measure, asked.scope, asked.question(), (metric.name,))
        value = whole.of(metric)
    return None if value is None else float(value)


def _picked(asked: Asked, ranking: Sequence[Answer], metric: Metric) -> None:
    """What was clicked, and where it leads."""
    mark = show.picked(CHART)
    number = str(mark["id"]) if mark else ""
    found = next((one for one in ranking if f"{one.key[0]:03d}" == number), None)
    if found is None:
        return
    name = dimensions.name_of(asked, "country_id", found.key[0])
    with st.container(horizontal=True, vertical_alignment="center", key="map_picked"):
        st.markdown(atlas.told(found, metric, name))
        if frame.viewer().may("calls"):
            st.button(
                "Open the calls",
                icon=":material/list:",
                key="map_calls",
                on_click=lambda: bar.to_calls(asked, country=[name]),
            )
        if frame.viewer().may("countries"):
            st.button(
                "Its dial codes",
                icon=":material/flag:",
                key="map_codes",
                on_click=lambda: bar.to_page(
                    "countries", asked, country=[name], level="Dial code", metric=metric.label
                ),
            )


def _list(asked: Asked, ranking: Sequence[Answer], metric: Metric) -> None:
    keys = [answer.key[0] for answer in ranking]
    data = atlas.listed(ranking, metric, asked.names.countries)
    config = {
        "name": tables.text("Country", width=120),
        "value": tables.measured(metric.name),
        "calls": tables.measured("calls"),
        "share": st.column_config.NumberColumn(
            "Share", format="%.1f %%", help="Calls, of all calls that the filters let through."
        ),
    }
    by_value.table(
        data,
        config,
        "table_world",
        asked,
        dimensions.of_each("country_id", keys),
        alt=f"{metric.label} by country",
        height="stretch",
        metrics={"value": metric.name},
    )
