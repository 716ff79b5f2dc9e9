"""The charts of the Compare page, in the manner of `charts`, which registers them."""

from typing import Any

import altair as alt

from cdrstats.ui.charts_base import CLOCK_TIMES, picked
from cdrstats.ui.charts_time import AXIS_PX, MINUTES_LABEL, NUMBER_LABEL

DIRECTIONS = {"More": "#2a7fc0", "Less": "#e69f00"}
KINDS = {"Mix": "#cc79a7", "Rate": "#009e73", "Effect": "#2a7fc0"}
"""What an effect is made of: see `cdrstats.analysis.moves`."""


def differences(data: Any, title: str, clock: bool) -> Any:
    """Bars above and below nothing: by how much each step differs.

    Columns: start, end (time), y, direction (of DIRECTIONS), when, shown (texts).
    """
    pick = picked("start")
    return (
        alt.Chart(data)
        .mark_rect(cursor="pointer")
        .encode(
            x=alt.X(
                "start:T",
                title=None,
                scale=alt.Scale(type="utc", nice=False),
                axis=alt.Axis(grid=False, tickCount=8, labelOverlap=True, format=CLOCK_TIMES),
            ),
            x2="end:T",
            y=alt.Y(
                "y:Q",
                title=title,
                axis=alt.Axis(
                    tickCount=4,
                    labelExpr=MINUTES_LABEL if clock else NUMBER_LABEL,
                    minExtent=AXIS_PX,
                    maxExtent=AXIS_PX,
                ),
            ),
            y2=alt.datum(0),
            color=alt.Color(
                "direction:N",
                legend=None,
                scale=alt.Scale(domain=list(DIRECTIONS), range=list(DIRECTIONS.values())),
            ),
            opacity=alt.condition(pick, alt.value(1), alt.value(0.3)),
            tooltip=[
                alt.Tooltip("when:N", title="Time"),
                alt.Tooltip("shown:N", title=title),
            ],
        )
        .add_params(pick)
        .properties(height=130)
    )


def effects(data: Any, title: str, kinds: tuple[str, ...], rows: int) -> Any:
    """Bars that begin at nothing, to either side: what each group did to a figure.

    Columns: key, name, kind (of KINDS), x, x2 (the part of the bar), shown (of the part), and,
    in one row of each name, label and tip (the whole effect, and where the bar ends).
    """
    pick = picked("key")
    base = alt.Chart(data).encode(
        y=alt.Y(
            "name:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=150, ticks=False, domain=False, labelPadding=8),
            scale=alt.Scale(paddingInner=0.3),
        )
    )
    bars = base.mark_bar(cursor="pointer").encode(
        x=alt.X("x:Q", axis=None, scale=alt.Scale(padding=72)),
        x2="x2:Q",
        color=alt.Color(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=list(kinds), range=[KINDS[kind] for kind in kinds]),
            legend=alt.Legend(orient="top", symbolType="circle") if len(kinds) > 1 else None,
        ),
        opacity=alt.condition(pick, alt.value(1), alt.value(0.35)),
        tooltip=[
            alt.Tooltip("name:N", title="Group"),
            alt.Tooltip("kind:N", title="Part"),
            alt.Tooltip("shown:N", title=title),
        ],
    )
    nothing = alt.Chart().mark_rule(color="#8a95a3", aria=False).encode(x=alt.datum(0))
    labels = base.transform_filter("isValid(datum.tip)").mark_text(
        align=alt.expr("datum.tip < 0 ? 'right' : 'left'"),
        dx=alt.expr("datum.tip < 0 ? -6 : 6"),
        fontSize=12,
        color="#7b8794",
    )
    return alt.layer(
        bars.add_params(pick), nothing, labels.encode(x="tip:Q", text="label:N")
    ).properties(height=28 * rows + (58 if len(kinds) > 1 else 26))
