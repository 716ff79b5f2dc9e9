"""The world map that can be zoomed and moved, in the manner of `charts`, which registers it.

Vega-Lite cannot bind a projection to the mouse, but scales. So an unseen layer has two scales
that are bound, and the projection follows them: x and y go from 0 to 1 over the whole plot.
"""

import json
import math
from functools import cache
from typing import Any

import altair as alt

from cdrstats.metrics import METRICS
from cdrstats.ui.charts_base import MAP, MAP_URL, PICK, gradient

MOVED = "moved"
"""The selection that zooms and moves."""

REGIONS = {
    "World": (0.0, 14.0, 1.0),
    "Europe": (14.0, 53.0, 4.6),
    "Africa": (18.0, 2.0, 2.3),
    "Asia": (84.0, 34.0, 2.1),
    "North America": (-92.0, 38.0, 2.3),
    "South America": (-62.0, -22.0, 2.3),
    "Oceania": (145.0, -22.0, 2.8),
}
"""Longitude and latitude of the middle, and how much larger than the world it is drawn."""

WIDTH, HEIGHT = 5.42, 2.36
"""Of all land but Antarctica, in the units of the projection."""

BASE = f"min(width / {WIDTH}, height / {HEIGHT})"
"""Pixels of such a unit, where nothing is zoomed."""

ANTARCTICA = "010"
KOSOVO = "1383"
"""Its shape has no number in the file, and is found by its name."""

PALE = 0.45
"""How strongly what is over few calls is filled."""

FIELDS = ("name", "value", "few", "shown")


def equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    """A place on the map in the projection's units (Savric, Patterson and Jenny, 2018)."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    root = math.sqrt(3) / 2
    angle = math.asin(root * math.sin(math.radians(latitude)))
    square, sixth = angle**2, angle**6
    slope = a1 + 3 * a2 * square + sixth * (7 * a3 + 9 * a4 * square)
    x = math.radians(longitude) * math.cos(angle) / (root * slope)
    return x, angle * (a1 + a2 * square + sixth * (a3 + a4 * square))


def atlas(
    data: Any,
    title: str,
    region: str,
    kind: str,
    middle: float | None,
    colours: tuple[str, ...],
    ticks: tuple[float, ...],
    told: tuple[str, ...],
) -> Any:
    """Countries filled by value.

    Columns: id (ISO number, 3 digits), value, few (a ratio over few calls), and texts: name,
    shown, and each of `told`.

    Args:
        region: one of REGIONS, where the map begins.
        kind: of the scale: "symlog" or "linear".
        middle: the value that has the middle one of three colours; None with two colours.
        colours: from the least value to the greatest.
        ticks: the values that the legend names; none: some of its own choice.
        told: the figures that stand beside the value when a country is pointed at.
    """
    pick = alt.selection_point(name=PICK, fields=["id"], on="click", empty=False)
    shapes = alt.UrlData(
        url=MAP_URL, format=alt.TopoDataFormat(type="topojson", feature="countries")
    )
    land = (
        alt.Chart(shapes)
        .transform_filter(f"datum.id != '{ANTARCTICA}'")
        .transform_calculate(
            id=f"datum.properties.name == 'Kosovo' ? '{KOSOVO}' : datum.id || ''"
        )
    )
    empty = land.mark_geoshape(
        fill="#8a95a3",
        fillOpacity=0.16,
        stroke="#8a95a3",
        strokeWidth=0.3,
        tooltip=None,
        aria=False,
    )
    scale = alt.Scale(
        type=kind,  # type: ignore[arg-type]
        range=list(colours),
        domainMid=alt.Undefined if middle is None else middle,
        zero=middle is None,
        interpolate="rgb",
    )
    filled = (
        land.transform_lookup(
            lookup="id", from_=alt.LookupData(data=data, key="id", fields=[*FIELDS, *told])
        )
        .transform_filter("isValid(datum.value)")
        .mark_geoshape(cursor="pointer")
        .encode(
            color=alt.Color("value:Q", title=title, scale=scale, legend=_legend(ticks)),
            stroke=alt.condition(pick, alt.value("#e69f00"), alt.value("#ffffff")),
            strokeWidth=alt.condition(pick, alt.value(2.5), alt.value(0.4)),
            fillOpacity=alt.condition("datum.few", alt.value(PALE), alt.value(1)),
            tooltip=[
                alt.Tooltip("name:N", title="Country"),
                alt.Tooltip("shown:N", title=title),
                *(alt.Tooltip(f"{name}:N", title=METRICS[name].label) for name in told),
            ],
        )
        .add_params(pick)
    )
    return (
        alt.layer(_frame(region), empty, filled).project(**_following()).properties(height=420)
    )


def _legend(ticks: tuple[float, ...]) -> alt.Legend:
    return gradient(
        220,
        values=list(ticks) or alt.Undefined,
        titleLimit=220,
        labelExpr="format(datum.value, '~s')",
        offset=4,
    )


def _frame(region: str) -> Any:
    """The unseen layer whose scales are zoomed and moved."""
    longitude, latitude, zoom = REGIONS[region]
    x, y = equal_earth(longitude, latitude)
    bounds = {
        "x": f"0.5 + {BASE} * {x:.4f} / width",
        "y": f"0.5 + {BASE} * ({y:.4f}) / height",
    }
    scales = {
        axis: alt.Scale(
            domainMin=alt.expr(f"{middle} - {0.5 / zoom:.4f}"),
            domainMax=alt.expr(f"{middle} + {0.5 / zoom:.4f}"),
            nice=False,
            zero=False,
        )
        for axis, middle in bounds.items()
    }
    moved = alt.selection_interval(
        name=MOVED, bind="scales", zoom="wheel![event.ctrlKey || event.metaKey]"
    )
    one = alt.SequenceGenerator(alt.SequenceParams(start=0, stop=1))
    return (
        alt.Chart(one)
        .transform_calculate(x="0.5", y="0.5")
        .mark_point(opacity=0, tooltip=None, aria=False)
        .encode(
            x=alt.X("x:Q", axis=None, scale=scales["x"]),
            y=alt.Y("y:Q", axis=None, scale=scales["y"]),
        )
        .add_params(moved)
    )


def _following() -> dict[str, Any]:
    """The projection as far as the scales are zoomed and moved."""
    x_span, y_span = (f"(domain('{axis}')[1] - domain('{axis}')[0])" for axis in "xy")
    x = f"(0.5 - domain('x')[0]) * width / {x_span}"
    y = f"height - (0.5 - domain('y')[0]) * height / {y_span}"
    return {
        "type": "equalEarth",
        "scale": alt.expr(f"{BASE} / {x_span}"),
        "translate": alt.expr(f"[{x}, {y}]"),
    }


@cache
def shapes_of() -> frozenset[int]:
    """The numbers of the countries that have a shape: not of small ones, nor of networks."""
    shapes = json.loads(MAP.read_text("utf-8"))["objects"]["countries"]["geometries"]
    known = {int(shape["id"]) for shape in shapes if "id" in shape}
    return frozenset(known - {int(ANTARCTICA)} | {int(KOSOVO)})
