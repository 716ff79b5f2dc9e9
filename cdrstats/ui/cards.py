"""The row of key figures: value, change, course, and how it came about."""

from collections.abc import Sequence

import streamlit as st

from cdrstats.metrics import METRICS, Parts, change
from cdrstats.ui import bounds, explain, figures, frame, show
from cdrstats.ui.bar import Asked

LABELS = {"buy_cost": "Cost"}
"""What a card calls a figure, where its own name is too long for one."""


def row(
    asked: Asked, names: Sequence[str], now: Parts, before: Parts, course: Sequence[Parts]
) -> None:
    """A card for each of the metrics `names` that the viewer may see.

    Args:
        now, before: the parts of the period, and of the one it is compared with.
        course: the parts along the period, in steps of one length; drawn as a sparkline.
    """
    names = frame.shown(names)
    with st.grid(len(names), min_column_width=118, gap="small"):
        for name in names:
            metric = METRICS[name]
            moved = change(metric, now, before)
            with st.container(key=f"figure_{name}", height="stretch"):
                show.figure(
                    LABELS.get(name, metric.label),
                    figures.shown(name, now),
                    None if moved.by is None else float(moved.by),
                    figures.course_of(name, course),
                    points=moved.unit == "points",
                    good=metric.better,
                )
                explain.button(name)
    if sure := bounds.told(names, now):
        st.caption(sure)
    explain.drawer(asked)
