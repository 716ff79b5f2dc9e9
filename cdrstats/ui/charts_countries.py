"""The charts of the Destinations page, in the manner of `charts`, which registers them."""

from typing import Any

import altair as alt

from cdrstats.ui.charts_base import picked

_ROOM: list[Any] = [0, alt.expr("max(width - 104, 40)")]
"""The longest bar leaves room for its figure and share."""


def ranked(data: Any, title: str, rows: int) -> Any:
    """Horizontal bars in the order given, each in its colour, with its figure at its end.

    Columns: key, name, value, end (where the figure stands), colour, shown, more (texts).
    """
    pick = picked("key")
    base = alt.Chart(data).encode(
        y=alt.Y(
            "name:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=132, ticks=False, domain=False, labelPadding=8),
            scale=alt.Scale(paddingInner=0.32),
        ),
        x=alt.X(
            "value:Q",
            title=None,
            axis=None,
            scale=alt.Scale(zero=True, nice=False, range=_ROOM),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="Name"),
            alt.Tooltip("shown:N", title=title),
            alt.Tooltip("more:N", title="Calls"),
        ],
    )
    bars = base.mark_bar(cornerRadiusEnd=3, cursor="pointer").encode(
        color=alt.Color("colour:N", scale=None),
        opacity=alt.condition(pick, alt.value(1), alt.value(0.35)),
    )
    figures = base.mark_text(align="left", dx=6, fontSize=12, color="#7b8794").encode(
        x="end:Q", text="shown:N"
    )
    return alt.layer(bars.add_params(pick), figures).properties(height=28 * rows + 6)
