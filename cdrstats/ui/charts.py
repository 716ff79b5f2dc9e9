"""The charts, as Vega-Lite specifications built once each; a run sends only its data.

No Streamlit here, so that tests read the specifications and mails draw the same charts.
Times arrive as the viewer's clock showed them, stamped UTC and drawn on a UTC scale: the zone
of the browser plays no part. Stacks arrive as y and y2, since bars here have a width in time.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Any

import altair as alt

from cdrstats.ui import (
    charts_alarms,
    charts_call,
    charts_callers,
    charts_compare,
    charts_concurrent,
    charts_countries,
    charts_map,
    charts_quality,
    charts_routes,
    charts_time,
)
from cdrstats.ui.charts_base import (
    CALLS,
    MAP,
    MAP_URL,
    MINUTES,
    PICK,
    RESULTS,
    SERIES,
    Spec,
    gradient,
    legend,
    over_time,
    picked,
    which_marks,
    with_marks,
)

__all__ = [
    "BUILDERS",
    "CALLS",
    "MAP",
    "MAP_URL",
    "MINUTES",
    "PICK",
    "RESULTS",
    "SERIES",
    "Spec",
    "saved",
    "spec",
    "which_marks",
]


def spec(kind: str, *given: Any, **more: Any) -> Spec:
    """The specification `kind`, without data; its data set is named "d".

    Args:
        given, more: arguments of the builder; hashable, since each specification is built once.
    """
    if kind not in _NAMED:
        return json.loads(_built(kind, *given, **more))  # type: ignore[no-any-return]
    title, names, *others = given
    places = tuple(f"<name {number}>" for number in range(len(names)))
    built = _built(kind, title, places, *others, **more)
    return json.loads(  # type: ignore[no-any-return]
        _PLACE.sub(lambda place: json.dumps(names[int(place[1])]), built)
    )


_NAMED = ("time", "at_once_lines")
"""Those whose second argument names lines. Filters bring ever other names, and building takes
longer than all else on a page: it is done with others in their place."""

_PLACE = re.compile(r'"<name (\d+)>"')


_building = Lock()


def _built(kind: str, *given: Any, **more: Any) -> str:
    with _building:  # whoever wants the same meanwhile waits for it, instead of building too
        return _built_once(kind, *given, **more)


@lru_cache(maxsize=512)
def _built_once(kind: str, *given: Any, **more: Any) -> str:
    with alt.theme.enable("none"):
        chart = BUILDERS[kind](alt.NamedData(name="d"), *given, **more)
        # Held against Vega-Lite's schema by the tests: it takes as long as all else.
        return json.dumps(chart.to_dict(validate=False))


_COUNTS = alt.Axis(tickCount=5, tickMinStep=1, format=",d")


def stacked(
    data: Any,
    title: str,
    names: tuple[str, ...],
    colours: tuple[str, ...],
    height: int = 250,
    marked: tuple[str, ...] = (),
) -> Any:
    """Bars over time, one colour for each of `names`, and marks.

    Columns: start, end (time), y, y2 (the part of the bar), name, value, when, shown (texts).
    """
    pick = picked("start", "name")
    bars = (
        alt.Chart(data)
        .mark_rect(cursor="pointer", tooltip=True)
        .encode(
            x=over_time("start"),
            x2="end:T",
            y=alt.Y("y:Q", title=title, axis=_COUNTS),
            y2="y2:Q",
            color=alt.Color(
                "name:N",
                title=None,
                scale=alt.Scale(domain=list(names), range=list(colours)),
                legend=legend(),
            ),
            opacity=alt.condition(pick, alt.value(1), alt.value(0.3)),
            tooltip=[
                alt.Tooltip("when:N", title="Time"),
                alt.Tooltip("name:N", title="Group"),
                alt.Tooltip("shown:N", title=title),
            ],
        )
        .add_params(pick)
    )
    return with_marks(marked, bars).properties(height=height)


def plain(
    data: Any, title: str, colour: str, height: int = 250, marked: tuple[str, ...] = ()
) -> Any:
    """Bars over time in one colour. Columns as for `stacked`, without name and y2."""
    pick = picked("start")
    bars = (
        alt.Chart(data)
        .mark_rect(cursor="pointer", color=colour)
        .encode(
            x=over_time("start"),
            x2="end:T",
            y=alt.Y("y:Q", title=title, axis=_COUNTS),
            y2=alt.datum(0),
            opacity=alt.condition(pick, alt.value(1), alt.value(0.3)),
            tooltip=[
                alt.Tooltip("when:N", title="Time"),
                alt.Tooltip("shown:N", title=title),
            ],
        )
        .add_params(pick)
    )
    return with_marks(marked, bars).properties(height=height)


# The longest bar leaves room for its figure.
_ROOM: list[Any] = [0, alt.expr("width - 60")]


def bars(data: Any, title: str, colour: str, rows: int) -> Any:
    """Horizontal bars, longest first, each with its figure at its end.

    Columns: name, value, shown (text), more (text, on hover).
    """
    pick = picked("name")
    base = alt.Chart(data).encode(
        y=alt.Y(
            "name:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=150, ticks=False, domain=False, labelPadding=8),
            scale=alt.Scale(paddingInner=0.32),
        ),
        x=alt.X("value:Q", title=None, axis=None, scale=alt.Scale(domainMin=0, range=_ROOM)),
        tooltip=[
            alt.Tooltip("name:N", title="Name"),
            alt.Tooltip("shown:N", title=title),
            alt.Tooltip("more:N", title="Of which"),
        ],
    )
    marks = base.mark_bar(cornerRadiusEnd=3, cursor="pointer", color=colour).encode(
        opacity=alt.condition(pick, alt.value(1), alt.value(0.35))
    )
    figures = base.mark_text(align="left", dx=6, fontSize=12, color="#7b8794").encode(
        text="shown:N"
    )
    return alt.layer(marks.add_params(pick), figures).properties(height=28 * rows + 6)


def world(data: Any, title: str, height: int = 330) -> Any:
    """Countries filled by value. Columns: id (ISO number, 3 digits), name, value, shown."""
    shapes = alt.UrlData(
        url=MAP_URL, format=alt.TopoDataFormat(type="topojson", feature="countries")
    )
    pick = picked("id")
    land = alt.Chart(shapes).transform_filter("datum.id != '010'")
    empty = land.mark_geoshape(
        fill="#8a95a3", fillOpacity=0.16, stroke="#8a95a3", strokeWidth=0.3, aria=False
    )
    filled = (
        land.transform_lookup(
            lookup="id",
            from_=alt.LookupData(data=data, key="id", fields=["name", "value", "shown"]),
        )
        .transform_filter("isValid(datum.value)")
        .mark_geoshape(cursor="pointer", stroke="white", strokeWidth=0.4)
        .encode(
            color=alt.Color(
                "value:Q",
                title=title,
                scale=alt.Scale(
                    type="symlog", range=["rgba(42,127,192,0.22)", "rgba(42,127,192,1)"]
                ),
                legend=gradient(220, format="~s"),
            ),
            opacity=alt.condition(pick, alt.value(1), alt.value(0.35)),
            tooltip=[
                alt.Tooltip("name:N", title="Country"),
                alt.Tooltip("shown:N", title=title),
            ],
        )
        .add_params(pick)
    )
    return alt.layer(empty, filled).project("equalEarth").properties(height=height)


_SAVED = {
    "stacked": {"start": "time", "name": "group", "value": "value"},
    "plain": {"start": "time", "y": "value"},
    "bars": {"name": "name", "value": "value", "more": "of which"},
    "world": {"id": "iso_number", "name": "country", "value": "value"},
    "time": {"start": "time", "name": "group", "value": "value", "calls": "calls"},
    "differences": {"start": "time", "value": "difference", "shown": "figures"},
    "effects": {"name": "group", "kind": "part", "value": "effect"},
    "destination_bars": {"name": "destination", "value": "value", "shown": "shown"},
    "causes": {"name": "cause", "result": "result", "value": "calls"},
    "shares": {"name": "group", "result": "result", "value": "percent", "shown": "of which"},
    "atlas": {"id": "iso_number", "name": "country", "value": "value", "calls": "calls"},
    "week": {"weekday": "weekday", "hour": "hour", "value": "value", "more": "calls"},
    "at_once_lines": {"start": "time", "name": "group", "y": "most"},
    "at_once": {"start": "time", "least": "least", "mean": "mean", "most": "most"},
    "day_hours": {"start": "time", "value": "erlangs", "more": "calls"},
    "number_bars": {"name": "number", "value": "value", "more": "calls"},
    "route_shares": {"name": "route", "value": "percent", "low": "low", "high": "high"},
    "watched": {"start": "time", "value": "value", "calls": "calls", "state": "state"},
    "route_matrix": {"row": "destination", "column": "route", "value": "percent"},
}
"""Which columns of a chart's data say something without the chart, and what they are called."""


def saved(kind: str, data: Any) -> Any:
    """The data of a chart as a table for people; times as the viewer's clock showed them."""
    columns = _SAVED.get(kind)
    if columns is None:
        return data
    told = data[list(columns)].rename(columns=columns)
    if "time" in told:
        told["time"] = told["time"].dt.tz_localize(None)
    return told


BUILDERS: dict[str, Callable[..., Any]] = {
    "stacked": stacked,
    "plain": plain,
    "bars": bars,
    "world": world,
    "legs": charts_call.legs,
    "destination_bars": charts_countries.ranked,
    "causes": charts_quality.causes,
    "shares": charts_quality.shares,
    "week": charts_quality.week,
    "atlas": charts_map.atlas,
    "time": charts_time.time,
    "differences": charts_compare.differences,
    "effects": charts_compare.effects,
    "at_once": charts_concurrent.at_once,
    "at_once_lines": charts_concurrent.lines,
    "day_hours": charts_concurrent.day_hours,
    "number_bars": charts_callers.numbers,
    "route_shares": charts_routes.shares,
    "route_matrix": charts_routes.matrix,
    "watched": charts_alarms.watched,
}
