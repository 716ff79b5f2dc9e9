"""The choices that Overview and Compare share: which figure, and split by what."""

from typing import Any

import streamlit as st

from cdrstats.metrics import METRICS, Metric
from cdrstats.ui import dimensions, filters, frame
from cdrstats.ui.dimensions import DIMENSIONS


def labelled(label: str, width: Any = "content") -> Any:
    """A control's place, with what it chooses written above it."""
    place = st.container(width=width, gap=None)
    place.caption(label)
    return place


def figure() -> Metric:
    """The select box of metrics."""
    with labelled("Figure", 170):
        return METRICS[dimensions.metric()]


def split() -> str:
    """The select box of what figures are split by: "None", or one of DIMENSIONS."""
    offered = ["None", *frame.offered(DIMENSIONS)]
    with labelled("Split by", 140):
        return filters.choose("Split by", offered, "split", box=True)
