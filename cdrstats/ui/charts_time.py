"""The chart over time with marks, and the strip below it that zooms it.

Each layer draws a data set of its own; times as in `charts`:

d        lines or bars: start, mid, finish, end (times; bars are drawn up to finish), name,
         y, y2 (where a bar begins), dot (1: no neighbours); when, shown, calls (texts)
strip    start, end, y: the calls of each step, to see where to zoom
edges    at: the two ends of the axis

and the marks of `charts_base`.
"""

import json
from typing import Any

import altair as alt

from cdrstats.ui.charts_base import CLOCK_TIMES, GREY, PICK, Spec, marks

BRUSH, LEGEND = "brush", "legend_pick"
"""The selections beside PICK: a part of the time, and a name of the legend."""

HEIGHT, STRIP = 290, 44

BARS, LINES, POINTS = "bars_0", "lines_0", "points_0"
"""The views that selections are made in, as Altair names those in the first of some charts."""

ABOVE_PX = 8
"""So far below the upper edge the highest value may be: half a mark stands above it."""

AXIS_PX = 50
"""Streamlit gives charts above each other its whole width each, without room for an axis: that
is kept free by app.css, and the labels must not be wider."""

_IN_BRUSH = (
    f"!{BRUSH}.start || (datum.end >= {BRUSH}.start[0] && datum.start <= {BRUSH}.start[1])"
)
NUMBER_LABEL = (
    "abs(datum.value) >= 100000 ? format(datum.value, '.3~s') : format(datum.value, ',~f')"
)
_SECONDS = "round(abs(datum.value) * 60)"
MINUTES_LABEL = (
    f"(datum.value < 0 ? '\u2212' : '')"
    f" + ({_SECONDS} >= 3600 ? floor({_SECONDS} / 3600) + ':'"
    f" + pad(floor({_SECONDS} / 60) % 60, 2, '0', 'left') : floor({_SECONDS} / 60))"
    f" + ':' + pad({_SECONDS} % 60, 2, '0', 'left')"
)
"""How the labels of an axis are written: numbers, and minutes as '1:30'."""


def time(
    data: Any,
    title: str,
    names: tuple[str, ...],
    colours: tuple[str, ...],
    dashes: tuple[tuple[int, ...], ...],
    stacked: bool,
    clock: bool,
    zero: bool,
    sampled: bool,
    marked: tuple[str, ...],
) -> Any:
    """Lines or stacked bars over time with marks, above a strip whose brush zooms them.

    Args:
        names: of the lines, in the order of the legend; one name alone has no legend.
        colours, dashes: one for each name.
        stacked: bars instead of lines.
        clock: figures are minutes, and the axis tells minutes and seconds.
        zero: the axis begins at 0.
        sampled: the calls behind a figure are told on hover.
        marked: which marks there are.
    """
    pick = alt.selection_point(
        name=PICK, fields=["start", "name"], on="click", nearest=not stacked
    )
    legend = alt.selection_point(name=LEGEND, fields=["name"], bind="legend")
    chosen = [legend] if len(names) > 1 else []
    y = alt.Y(
        "y:Q",
        title=title,
        scale=alt.Scale(zero=zero, range=[HEIGHT, ABOVE_PX]),
        axis=alt.Axis(
            tickCount=5,
            labelExpr=MINUTES_LABEL if clock else NUMBER_LABEL,
            minExtent=AXIS_PX,
            maxExtent=AXIS_PX,
        ),
    )
    base = (
        alt.Chart(data)
        .transform_filter(_IN_BRUSH)
        .encode(
            y=y,
            color=_colour(names, colours, stacked),
            tooltip=_tooltip(title, len(names) > 1, sampled),
        )
    )
    brush = _on("strip", alt.selection_interval(name=BRUSH, encodings=["x"]))
    if stacked:
        series, params = [_bars(base, [pick, *chosen])], _on(BARS, pick, *chosen)
    else:
        hover = alt.selection_point(
            name="hover", fields=["start", "name"], on="pointerover", nearest=True, empty=False
        )
        series = [_lines(base, names, dashes, chosen), _points(base, hover)]
        params = [*_on(POINTS, pick, hover), *_on(LINES, *chosen)]
    under, over = marks(marked, _x, zooms=True)
    main = alt.layer(_edges(), *under, *series, *over).properties(height=HEIGHT)
    return alt.vconcat(main, _strip(), spacing=4, params=[*params, *brush])


def _on(view: str, *selections: Any) -> list[Any]:
    """Selections made in one view only: Altair's own way would make them in each layer."""
    return [
        alt.TopLevelSelectionParameter(
            name=one.name, select=one.param.select, bind=one.param.bind, views=[view]
        )
        for one in selections
    ]


def _x(field: str) -> alt.X:
    return alt.X(
        f"{field}:T",
        title=None,
        scale=alt.Scale(type="utc", domain={"param": BRUSH}, nice=False),
        axis=alt.Axis(
            grid=False, tickCount=8, labelOverlap=True, labelPadding=6, format=CLOCK_TIMES
        ),
    )


def _colour(names: tuple[str, ...], colours: tuple[str, ...], stacked: bool) -> alt.Color:
    legend = alt.Legend(
        orient="top",
        symbolType="circle" if stacked else "stroke",
        symbolStrokeWidth=0 if stacked else 3,
        labelFontSize=12,
        columnPadding=10,
        padding=0,
        offset=8,
        columns=alt.expr("max(2, floor(width / 150))"),
        labelLimit=alt.expr("max(70, width / max(2, floor(width / 150)) - 34)"),
    )
    return alt.Color(
        "name:N",
        title=None,
        scale=alt.Scale(domain=list(names), range=list(colours)),
        legend=legend if len(names) > 1 else None,
    )


def _tooltip(title: str, named: bool, sampled: bool) -> list[alt.Tooltip]:
    titles = {"when": "Time", "name": "Group", "shown": title, "calls": "Calls"}
    unneeded = {"name": not named, "calls": not sampled}
    return [
        alt.Tooltip(f"{field}:N", title=words)
        for field, words in titles.items()
        if not unneeded.get(field)
    ]


def _bars(base: Any, picks: list[Any]) -> Any:
    both = picks[0] & picks[1] if len(picks) > 1 else picks[0]
    return (
        base.mark_rect(clip=True, cursor="pointer")
        .encode(
            x=_x("start"),
            x2="finish:T",
            y2="y2:Q",
            opacity=alt.condition(both, alt.value(1), alt.value(0.3)),
        )
        .properties(name=BARS)
    )


def _lines(
    base: Any, names: tuple[str, ...], dashes: tuple[tuple[int, ...], ...], chosen: list[Any]
) -> Any:
    """Broken where a step has no figure."""
    faint = alt.condition(chosen[0], alt.value(1), alt.value(0.15)) if chosen else alt.value(1)
    dash = alt.StrokeDash(
        "name:N",
        scale=alt.Scale(domain=list(names), range=[list(dash) for dash in dashes]),
        legend=None,
    )
    return (
        base.mark_line(clip=True, strokeWidth=2, invalid="break-paths-show-path-domains")
        .encode(x=_x("mid"), strokeDash=dash, opacity=faint)
        .properties(name=LINES)
    )


def _points(base: Any, hover: Any) -> Any:
    """What is pointed at and clicked; seen only there, and where a line would be a point."""
    return (
        base.transform_filter("isValid(datum.y)")
        .mark_point(clip=True, filled=True, size=55, cursor="pointer")
        .encode(
            x=_x("mid"),
            opacity=alt.condition(
                hover, alt.value(1), alt.Opacity("dot:Q", scale=None, legend=None)
            ),
        )
        .properties(name=POINTS)
    )


def _edges() -> Any:
    """What keeps the axis as wide as the period."""
    return alt.Chart(alt.NamedData(name="edges")).mark_point(opacity=0).encode(x=_x("at"))


def _strip() -> Any:
    axis = alt.Axis(
        grid=False, tickCount=6, labelOverlap=True, labelPadding=4, format=CLOCK_TIMES
    )
    return (
        alt.Chart(alt.NamedData(name="strip"))
        .mark_rect(color=GREY, opacity=0.55)
        .encode(
            x=alt.X("start:T", title=None, scale=alt.Scale(type="utc", nice=False), axis=axis),
            x2="end:T",
            y=alt.Y("y:Q", title=None, axis=None),
            y2=alt.datum(0),
        )
        .properties(name="strip", height=STRIP)
    )


def still(spec: Spec) -> Spec:
    """The chart that `time` made without its strip, as a picture: nothing can be clicked."""
    main: Spec = json.loads(json.dumps(spec["vconcat"][0]))
    for layer in main["layer"]:
        layer["encoding"]["x"]["scale"].pop("domain")
        layer["transform"] = [
            one for one in layer.get("transform", ()) if BRUSH not in str(one["filter"])
        ]
        opacity = layer["encoding"].get("opacity", {})
        if opacity.pop("condition", None) and "value" in opacity:
            opacity["value"] = 1
    kept = {key: spec[key] for key in spec if key not in ("vconcat", "params", "spacing")}
    return kept | main
