"""What charts have in common: colours with one meaning, picks, legends, hours of a day."""

from pathlib import Path
from typing import Any

import altair as alt

RESULTS = {
    "Answered": "#2a7fc0",
    "Busy": "#e69f00",
    "No answer": "#8a95a3",
    "Failed": "#d55e00",
}
"""One colour for each result of a call, the same on every page. Okabe and Ito's, softened."""

CALLS = "#2a7fc0"
MINUTES = "#009e73"
SERIES = ["#2a7fc0", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#8a95a3"]
"""For whatever has no meaning of its own: switches, countries, customers."""

MAP = Path(__file__).parents[2] / "static" / "countries-110m.json"
MAP_URL = "/app/static/countries-110m.json"
PICK = "pick"
"""The name of the selection of every chart that can be clicked."""

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
