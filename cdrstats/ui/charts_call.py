"""The chart of one call's legs, in the manner of `charts`."""

from typing import Any

import altair as alt

from cdrstats.calls import PHASES
from cdrstats.ui.charts_base import legend

COLOURS = {
    "Connecting": "#8a95a3",
    "Ringing": "#56b4e9",
    "Waiting": "#cc79a7",
    "Talking": "#2a7fc0",
}
ROW = 46
"""Pixels of a leg: its label, and its bar below."""

PLACE = 3
"""Characters before a label: two digits that sort it, and a sign that tells the opened leg."""

OPENED = "*"

_IS_OPENED = f"slice(datum.value, {PLACE - 1}, {PLACE}) == '{OPENED}'"
_BAND = {"x": alt.value(0), "x2": alt.value("width")}


def legs(data: Any) -> Any:
    """A bar a leg, cut at its phases; the label stands above it, so that a phone has room.

    Columns: leg (its label behind PLACE characters), first (a phase that begins the opened
    leg), start, end (time), name (its label), phase, when, length (texts).
    """
    # The label is that of the axis, and so in the colour of the theme.
    axis = alt.Axis(
        orient="left",
        domain=False,
        ticks=False,
        labelExpr=f"slice(datum.value, {PLACE})",
        labelFontWeight={"condition": {"test": _IS_OPENED, "value": 600}, "value": 400},
        labelFontSize=12,
        labelAlign="left",
        labelPadding=-4,
        labelOffset=-11,
        labelLimit=700,
        labelOverlap=False,
        minExtent=0,
        maxExtent=0,
        zindex=1,
    )
    base = alt.Chart(data).encode(
        y=alt.Y("leg:O", title=None, axis=axis, scale=alt.Scale(padding=0))
    )
    opened = (
        base.transform_filter("datum.first")
        .mark_rect(color="#2a7fc0", opacity=0.1, tooltip=None)
        .encode(**_BAND)
    )
    bars = base.mark_bar(height=12, yOffset=9, cornerRadius=2).encode(
        x=alt.X(
            "start:T",
            title=None,
            scale=alt.Scale(type="utc", nice=False),
            axis=alt.Axis(
                grid=True,
                format="%H:%M:%S",
                tickCount=4,
                labelOverlap=True,
                labelSeparation=8,
                labelPadding=6,
            ),
        ),
        x2="end:T",
        color=alt.Color(
            "phase:N",
            title=None,
            scale=alt.Scale(domain=list(PHASES), range=[COLOURS[phase] for phase in PHASES]),
            legend=legend(),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="Leg"),
            alt.Tooltip("phase:N", title="Phase"),
            alt.Tooltip("when:N", title="Time"),
            alt.Tooltip("length:N", title="Length"),
        ],
    )
    return alt.layer(opened, bars).properties(height=alt.Step(ROW))
