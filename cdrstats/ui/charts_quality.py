"""The charts of the Quality page, in the manner of `charts`, which registers them."""

from typing import Any

import altair as alt

from cdrstats.ui.charts_base import RESULTS, gradient, hours_of_day, legend, picked

ROW = 28
PHONE = 280
"""A plot of fewer pixels is one of a phone."""


def _legend() -> alt.Legend:
    return legend(columns=alt.expr("width < 260 ? 2 : 4"))


def _bars(data: Any, room: int, percent: bool, rows: int) -> Any:
    """Horizontal bars cut by result, each with a text at its end.

    Columns: key, name, result, x, x2 (the part of the bar), value, end, text, brief (of a whole
    bar, beside its first part; brief on a phone), shown (text); of causes more (text), of
    shares low, high (bounds of the first part, or null).
    """
    pick = picked("key", "result")
    space = alt.expr(f"width - (width < {PHONE} ? 60 : {room})")
    scale = alt.Scale(zero=True, nice=False, range=[0, space])
    base = alt.Chart(data).encode(
        y=alt.Y(
            "name:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=132, ticks=False, domain=False, labelPadding=8),
            scale=alt.Scale(paddingInner=0.32),
        ),
        x=alt.X("x:Q", title=None, axis=None, scale=scale),
    )
    parts = base.mark_bar(cursor="pointer").encode(
        x2="x2:Q",
        color=alt.Color(
            "result:N",
            title=None,
            scale=alt.Scale(domain=list(RESULTS), range=list(RESULTS.values())),
            legend=_legend(),
        ),
        opacity=alt.condition(pick, alt.value(1), alt.value(0.35)),
        tooltip=[
            alt.Tooltip("name:N", title="Name"),
            alt.Tooltip("result:N", title="Result"),
            alt.Tooltip("shown:N", title="Calls"),
            *([] if percent else [alt.Tooltip("more:N", title="Meaning")]),
        ],
    )
    layers = [
        parts.add_params(pick),
        base.transform_filter("datum.text")
        .mark_text(
            align="left",
            dx=6,
            fontSize=12,
            color="#7b8794",
            tooltip=None,
            text=alt.expr(f"width < {PHONE} ? datum.brief : datum.text"),
        )
        .encode(x="end:Q"),
    ]
    if percent:
        unread: dict[str, Any] = {"tooltip": None, "aria": False}
        bounds = base.transform_filter("isValid(datum.low)").encode(x="low:Q", x2="high:Q")
        layers += [
            bounds.mark_rule(strokeWidth=5, color="#ffffff", opacity=0.7, **unread),
            bounds.mark_rule(strokeWidth=2.5, color="#10202e", **unread),
        ]
    return alt.layer(*layers).properties(height=ROW * rows + 50)


def causes(data: Any, rows: int) -> Any:
    """Calls by hangup cause."""
    return _bars(data, 168, False, rows)


def shares(data: Any, rows: int) -> Any:
    """The results of each key as shares of its calls, with the bounds of the answered share."""
    return _bars(data, 56, True, rows)


def week(data: Any, title: str, weekdays: tuple[str, ...], low: float | None) -> Any:
    """Hours of the day by weekdays, filled by value.

    Columns: weekday, hour, value, when, shown, more (texts).

    Args:
        weekdays: from top to bottom.
        low: where the scale begins; None: at the least value.
    """
    pick = picked("weekday", "hour")
    domain = alt.Undefined if low is None else low
    return (
        alt.Chart(data)
        .mark_rect(cursor="pointer", cornerRadius=2)
        .encode(
            x=hours_of_day(),
            y=alt.Y(
                "weekday:O",
                title=None,
                sort=list(weekdays),
                scale=alt.Scale(domain=list(weekdays), paddingInner=0.1),
                axis=alt.Axis(ticks=False, domain=False, labelPadding=8),
            ),
            color=alt.Color(
                "value:Q",
                title=title,
                scale=alt.Scale(
                    range=["rgba(42,127,192,0.14)", "rgba(42,127,192,1)"],
                    domainMin=domain,
                    nice=False,
                ),
                legend=gradient(180, titleLimit=160, format="~s"),
            ),
            opacity=alt.condition(pick, alt.value(1), alt.value(0.35)),
            tooltip=[
                alt.Tooltip("when:N", title="Hour"),
                alt.Tooltip("shown:N", title=title),
                alt.Tooltip("more:N", title="Calls"),
            ],
        )
        .add_params(pick)
        .properties(height=290)
    )
