"""The chart of what a rule watches, in the manner of `charts`, which registers it."""

from typing import Any

import altair as alt

from cdrstats.ui.charts_base import CALLS, UNUSUAL, over_time

WORDS = "#7b8794"


def watched(data: Any, title: str, levels: tuple[tuple[float, str], ...]) -> Any:
    """The figure of each window as a line, the ones that fire as points, firings as bands.

    Columns: start, end, mid (times), value, firing, fires (booleans), when, shown, state
    (texts), calls.

    Args:
        levels: level lines, each with its words; none where the rule is on no level.
    """
    base = alt.Chart(data)
    bands = (
        base.transform_filter("datum.firing")
        .mark_rect(color=UNUSUAL, opacity=0.14, tooltip=None)
        .encode(x=over_time("start"), x2="end:T")
    )
    y = alt.Y("value:Q", title=title, scale=alt.Scale(zero=False, nice=True))
    line = base.mark_line(color=CALLS, strokeWidth=1.5).encode(x=over_time("mid"), y=y)
    points = base.mark_point(filled=True, size=36).encode(
        x="mid:T",
        y="value:Q",
        color=alt.condition("datum.fires", alt.value(UNUSUAL), alt.value(CALLS)),
        opacity=alt.condition("datum.fires", alt.value(1), alt.value(0)),
        tooltip=[
            alt.Tooltip("when:N", title="Window"),
            alt.Tooltip("shown:N", title=title),
            alt.Tooltip("calls:Q", title="Calls", format=",d"),
            alt.Tooltip("state:N", title="State"),
        ],
    )
    rules = [layer for level, words in levels for layer in _level(level, words)]
    return alt.layer(bands, line, *rules, points).properties(height=220)


def _level(y: float, words: str) -> list[Any]:
    line = alt.Chart(alt.sequence(1)).encode(y=alt.datum(y))
    return [
        line.mark_rule(color=UNUSUAL, strokeDash=[5, 4], tooltip=None),
        line.mark_text(align="left", dy=-6, fontSize=12, color=WORDS, tooltip=None).encode(
            x=alt.value(4), text=alt.value(words)
        ),
    ]
