"""What charts have in common: colours with one meaning, picks, legends, hours of a day, marks.

The marks of a chart over time are data sets of their own; times as in `charts`:

missing  at, until, words, when: stretches without calls where there usually are many
unusual  mid, y, words, when: steps that lie far off the weeks before
notes    at, until, colour, words, when: what people noted, and what happened here
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

RESULTS = {
    "Answered": "#2a7fc0",
    "Busy": "#e69f00",
    "No answer": "#8a95a3",
    "Failed": "#d55e00",
}
"""One colour for each result of a call, the same on every page. Okabe and Ito's, softened."""

GREY, UNUSUAL = "#8a95a3", "#d55e00"
CALLS = "#2a7fc0"
MINUTES = "#009e73"
SERIES = ["#2a7fc0", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#8a95a3"]
"""For whatever has no meaning of its own: switches, countries, customers."""

MAP = Path(__file__).parents[2] / "static" / "countries-110m.json"
MAP_URL = "/app/static/countries-110m.json"
PICK = "pick"
"""The name of the selection of every chart that can be clicked."""

CLOCK_TIMES = {
    "seconds": "%H:%M:%S",
    "minutes": "%H:%M",
    "hours": "%H:%M",
    "day": "%a %-d",
    "date": "%a %-d",
    "week": "%-d %b",
    "month": "%b",
    "quarter": "%b",
    "year": "%Y",
}
"""How a tick of the time axis is written, by what it begins."""

Spec = dict[str, Any]


def picked(*fields: str) -> alt.Parameter:
    """The selection of the mark that is clicked, told by `fields`; at first, all marks are."""
    return alt.selection_point(name=PICK, fields=list(fields), on="click", empty=True)


def legend(**more: Any) -> alt.Legend:
    """The names and colours of groups, above the chart."""
    return alt.Legend(
        orient="top",
        symbolType="circle",
        symbolSize=60,
        labelFontSize=12,
        columnPadding=8,
        padding=0,
        offset=8,
        **more,
    )


def gradient(length: int, **more: Any) -> alt.Legend:
    """The colours of values, below the chart, over `length` pixels."""
    return alt.Legend(
        orient="bottom",
        direction="horizontal",
        gradientLength=length,
        gradientThickness=8,
        titleOrient="left",
        tickCount=4,
        labelOverlap="greedy",
        labelSeparation=6,
        **more,
    )


def hours_of_day() -> alt.X:
    """The column `hour` as the columns of a heat map, every third one written."""
    return alt.X(
        "hour:O",
        title=None,
        scale=alt.Scale(domain=list(range(24)), paddingInner=0.08),
        axis=alt.Axis(
            ticks=False,
            domain=False,
            labelAngle=0,
            labelExpr="datum.value % 3 ? '' : pad(datum.value, 2, '0', 'left')",
        ),
    )


def over_time(field: str) -> alt.X:
    """The time axis of a chart without a zoom."""
    return alt.X(
        f"{field}:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(
            grid=False, tickCount=8, labelOverlap=True, labelPadding=6, format=CLOCK_TIMES
        ),
    )


def which_marks(beside: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """Which marks there are among the data sets of a chart; "lasting", if some notes last."""
    lasting = "notes" in beside and beside["notes"]["until"].notna().any()
    found = [name for name in ("missing", "unusual", "notes") if name in beside]
    return (*found, "lasting") if lasting else tuple(found)


def marks(
    given: tuple[str, ...], x: Callable[[str], alt.X], zooms: bool
) -> tuple[list[Any], list[Any]]:
    """What lies under the lines, and what must be reached by the pointer before them.

    Args:
        given: which marks there are, as `which_marks` tells them.
        x: the time axis of the chart, over a column.
        zooms: that axis may end within the data.
    """
    under, over = [], []
    if "missing" in given:
        missing = _marks_of("missing").mark_rect(clip=True, color=GREY, opacity=0.25)
        over.append(missing.encode(x=x("at"), x2="until:T"))
    if "notes" in given:
        notes = _marks_of("notes").encode(x=x("at"))
        if "lasting" in given:
            # By fill: a colour would make the legend of the data as faint as the span.
            lasting = notes.encode(x2="until:T", fill=alt.Fill("colour:N", scale=None))
            lasting = lasting.transform_filter("isValid(datum.until)")
            under.append(lasting.mark_rect(clip=True, opacity=0.14))
        notes = notes.encode(color=alt.Color("colour:N", scale=None))
        over.append(notes.mark_rule(clip=True, strokeDash=[3, 3], strokeWidth=1.5, opacity=0.8))
        flags = notes.mark_point(
            clip=True, shape="triangle-down", size=90, filled=True, opacity=1
        )
        over.append(flags.encode(y=alt.value(4)))
    if "unusual" in given:
        unusual = _marks_of("unusual").mark_point(
            clip=zooms, shape="diamond", size=110, strokeWidth=2, color=UNUSUAL
        )
        over.append(unusual.encode(x=x("mid"), y="y:Q", fill=alt.value("transparent")))
    return under, over


def _marks_of(name: str) -> Any:
    words = [alt.Tooltip("when:N", title="Time"), alt.Tooltip("words:N", title="What")]
    return alt.Chart(alt.NamedData(name=name)).encode(tooltip=words)


def with_marks(given: tuple[str, ...], *series: Any) -> Any:
    """The layers of a chart whose axis is `over_time`, with its marks."""
    under, over = marks(given, over_time, zooms=False)
    layers = [*under, *series, *over]
    return alt.layer(*layers) if len(layers) > 1 else layers[0]
