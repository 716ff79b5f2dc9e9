"""The charts of the Concurrent calls page, in the manner of `charts`, which registers them."""

from typing import Any

import altair as alt

from cdrstats.ui.charts_base import (
    CALLS,
    PICK,
    RESULTS,
    gradient,
    hours_of_day,
    legend,
    over_time,
    picked,
    with_marks,
)

LIMIT, NEAR = RESULTS["Failed"], RESULTS["Busy"]
WORDS = "#7b8794"
ROW = 18


def at_once(
    data: Any,
    channels: int | None,
    nearly: float,
    height: int = 290,
    marked: tuple[str, ...] = (),
) -> Any:
    """The mean as a line in a band from least to most, the peak, and the channels there are.

    Columns: start, mid (times), least, mean, most, when, shown, bounds (texts), and in the
    first row peak, peak_at, peak_words, side (of it, where the words stand).

    Args:
        channels: drawn as a line, with another at `nearly` of them; None: neither.
    """
    pick = alt.selection_point(
        name=PICK, fields=["start"], on="click", nearest=True, empty=False
    )
    axis = alt.Axis(tickCount=5, tickMinStep=1, format=",d")
    base = alt.Chart(data).encode(x=over_time("mid"))
    band = base.mark_area(color=CALLS, opacity=0.25).encode(
        y=alt.Y("most:Q", title="Calls at once", axis=axis, scale=alt.Scale(zero=True)),
        y2="least:Q",
    )
    mean = base.mark_line(color=CALLS, strokeWidth=2).encode(y="mean:Q")
    # The points carry the tooltips and the clicks, and are seen only once clicked.
    points = (
        base.mark_point(color=CALLS, filled=True, size=80, cursor="pointer")
        .encode(
            y="mean:Q",
            opacity=alt.condition(pick, alt.value(1), alt.value(0), empty=False),
            tooltip=[
                alt.Tooltip("when:N", title="Time"),
                alt.Tooltip("shown:N", title="Calls at once, mean"),
                alt.Tooltip("bounds:N", title="Least to most"),
            ],
        )
        .add_params(pick)
    )
    layers = [band, mean, *_peak(data), points]
    if channels is not None:
        layers += [
            *_rule(channels, f"{channels:,} channels", LIMIT, [1, 0]),
            *_rule(channels * nearly, f"{nearly * 100:.0f} % of them", NEAR, [5, 4]),
        ]
    return with_marks(marked, *layers).properties(height=height)


def _peak(data: Any) -> list[Any]:
    marked = (
        alt.Chart(data)
        .transform_filter("isValid(datum.peak)")
        .encode(x="peak_at:T", y="peak:Q")
    )
    words: dict[str, Any] = {"dy": -5, "fontSize": 12, "color": WORDS, "tooltip": None}
    return [
        marked.mark_point(color=CALLS, size=70, strokeWidth=2, tooltip=None),
        marked.transform_filter("datum.side == 'right'")
        .mark_text(align="left", dx=7, **words)
        .encode(text="peak_words:N"),
        marked.transform_filter("datum.side == 'left'")
        .mark_text(align="right", dx=-7, **words)
        .encode(text="peak_words:N"),
    ]


def _rule(y: float, words: str, colour: str, dash: list[int]) -> list[Any]:
    """A level line with its words; drawn once, of a row made for it."""
    line = alt.Chart(alt.sequence(1)).encode(y=alt.datum(y))
    return [
        line.mark_rule(color=colour, strokeWidth=1.5, strokeDash=dash, tooltip=None),
        line.mark_text(align="left", dy=-6, fontSize=12, color=WORDS, tooltip=None).encode(
            x=alt.value(4), text=alt.value(words)
        ),
    ]


def lines(
    data: Any,
    title: str,
    names: tuple[str, ...],
    colours: tuple[str, ...],
    marked: tuple[str, ...] = (),
) -> Any:
    """A line for each of `names`. Columns: start (time), y, name, when, shown (texts)."""
    pick = picked("start", "name")
    base = alt.Chart(data).encode(
        x=over_time("start"),
        y=alt.Y("y:Q", title=title, axis=alt.Axis(tickCount=5, tickMinStep=1, format=",d")),
        color=alt.Color(
            "name:N",
            title=None,
            scale=alt.Scale(domain=list(names), range=list(colours)),
            legend=legend(
                symbolOpacity=1, labelLimit=110, columns=alt.expr("max(1, floor(width / 125))")
            ),
        ),
    )
    # The points carry the tooltips and the clicks: as large as a finger, and unseen.
    points = (
        base.mark_point(filled=True, size=90, opacity=0, cursor="pointer")
        .encode(
            tooltip=[
                alt.Tooltip("when:N", title="Time"),
                alt.Tooltip("name:N", title="Name"),
                alt.Tooltip("shown:N", title=title),
            ]
        )
        .add_params(pick)
    )
    series = base.mark_line(strokeWidth=2), points
    return with_marks(marked, *series).properties(height=250)


def day_hours(data: Any, rows: int) -> Any:
    """Hours of the day by days, filled by carried traffic.

    Columns: start (time), day, hour, value, when, shown, more (texts); days from top to bottom.
    """
    pick = picked("start")
    return (
        alt.Chart(data)
        .mark_rect(cursor="pointer", cornerRadius=2)
        .encode(
            x=hours_of_day(),
            y=alt.Y(
                "day:N",
                title=None,
                sort=None,
                scale=alt.Scale(paddingInner=0.1),
                axis=alt.Axis(ticks=False, domain=False, labelPadding=8),
            ),
            color=alt.Color(
                "value:Q",
                title="Erlangs",
                scale=alt.Scale(
                    range=["rgba(42,127,192,0.10)", "rgba(42,127,192,1)"],
                    domainMin=0,
                    nice=False,
                ),
                legend=gradient(180, format="~s"),
            ),
            opacity=alt.condition(pick, alt.value(1), alt.value(0.35)),
            tooltip=[
                alt.Tooltip("when:N", title="Hour"),
                alt.Tooltip("shown:N", title="Carried traffic"),
                alt.Tooltip("more:N", title="Calls"),
            ],
        )
        .add_params(pick)
        .properties(height=ROW * rows + 104)
    )
