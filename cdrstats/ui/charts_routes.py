"""The charts of the Routes page, in the manner of `charts`, which registers them."""

from typing import Any

import altair as alt

from cdrstats.ui.charts_base import picked

GREY = "#8a95a3"
ROUTE_PX, CELL_PX = 36, 30
"""The height of a row of each chart."""
_NAMES = alt.Axis(labelLimit=132, ticks=False, domain=False, labelPadding=8, title=None)


def shares(data: Any, title: str, rows: int) -> Any:
    """A share of each route as a point on its bounds, and that of all routes as a line.

    Columns: key, name, value, low, high, overall (0 to 100; value, low and high None over
    nothing), colour, standing, shown, bounds, calls, whole (texts).
    """
    pick = picked("key")
    base = alt.Chart(data).encode(
        y=alt.Y("name:N", sort=None, axis=_NAMES, scale=alt.Scale(type="point", padding=0.7)),
        color=alt.Color("colour:N", scale=None),
        tooltip=[
            alt.Tooltip("name:N", title="Route"),
            alt.Tooltip("shown:N", title=title),
            alt.Tooltip("bounds:N", title="By chance alone"),
            alt.Tooltip("standing:N", title="Against the others"),
            alt.Tooltip("calls:N", title="Calls"),
        ],
    )
    whole = (
        alt.Chart(data)
        .mark_rule(strokeDash=[4, 3], color=GREY, strokeWidth=1.5)
        .encode(
            x=alt.X("mean(overall):Q", title=f"{title}, %", scale=alt.Scale(zero=False)),
            tooltip=alt.Tooltip("whole:N", title="All routes"),
        )
    )
    told = base.transform_filter("isValid(datum.value)")
    reach = told.mark_rule(strokeWidth=2.5, opacity=0.55).encode(x="low:Q", x2="high:Q")
    tick = told.mark_tick(thickness=2, size=11, opacity=0.55)
    ends = [tick.encode(x=x) for x in ("low:Q", "high:Q")]
    points = (
        told.mark_point(filled=True, size=110, cursor="pointer")
        .encode(x="value:Q", opacity=alt.condition(pick, alt.value(1), alt.value(0.35)))
        .add_params(pick)
    )
    return alt.layer(whole, reach, *ends, points).properties(height=ROUTE_PX * rows + 60)


def matrix(data: Any, title: str, rows: int) -> Any:
    """A cell for each destination and route: the share, outlined where it differs for sure.

    Columns: destination, route (keys), row, column (names), value (0 to 100), few, outline
    and ink (colours), shown, standing, calls (texts).
    """
    pick = picked("destination", "route")
    base = alt.Chart(data).encode(
        x=alt.X(
            "column:N",
            sort=None,
            axis=alt.Axis(
                orient="top",
                labelAngle=0,
                labelLimit=alt.expr("width / max(1, domain('x').length) - 3"),
                ticks=False,
                domain=False,
                title=None,
            ),
            scale=alt.Scale(padding=0.06),
        ),
        y=alt.Y("row:N", sort=None, axis=_NAMES, scale=alt.Scale(padding=0.08)),
    )
    cells = base.mark_rect(cornerRadius=3, strokeWidth=2.5).encode(
        fill=alt.Fill(
            "value:Q",
            scale=alt.Scale(range=["#bcd5eb", "#155a92"], zero=False, nice=False),
            legend=None,
        ),
        stroke=alt.Stroke("outline:N", scale=None),
        fillOpacity=alt.condition("datum.few", alt.value(0.16), alt.value(1)),
        opacity=alt.condition(pick, alt.value(1), alt.value(0.35)),
    )
    size = alt.expr("width < 40 * domain('x').length ? 10 : 12")
    figures = base.mark_text(fontSize=size).encode(
        text=alt.Text("value:Q", format=".1f"), color=alt.Color("ink:N", scale=None)
    )
    # Above the figures, so that these are no holes for pointer and clicks.
    touched = (
        base.mark_rect(fill="transparent", cursor="pointer")
        .encode(
            tooltip=[
                alt.Tooltip("row:N", title="Destination"),
                alt.Tooltip("column:N", title="Route"),
                alt.Tooltip("shown:N", title=title),
                alt.Tooltip("standing:N", title="Against the others"),
                alt.Tooltip("calls:N", title="Calls"),
            ],
        )
        .add_params(pick)
    )
    return alt.layer(cells, figures, touched).properties(height=CELL_PX * rows + 24)
