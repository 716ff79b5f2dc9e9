"""How things are shown: title row, cards, figures, charts, and what stands where nothing is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from cdrstats import format
from cdrstats.health import Freshness
from cdrstats.metrics import Better
from cdrstats.ui import charts, frame, saving

MOST_CHANGE = 999
GOOD: dict[Better, Literal["normal", "inverse", "off"]] = {
    "up": "normal",
    "down": "inverse",
    "neutral": "off",
}
"""What Streamlit calls the colours of a change, by which of them is good news."""
"""A change of more per cent says only that there was hardly anything before."""


@contextmanager
def header(title: str) -> Iterator[None]:
    """The title left; what is written inside stands to its right, or below on a phone."""
    with st.container(horizontal=True, vertical_alignment="center", key="header"):
        st.title(title, width="stretch", anchor=False)
        yield


def title(words: str) -> None:
    """A title with nothing beside it."""
    with header(words):
        pass


def caption(parts: Sequence[str], fresh: Freshness, zone: ZoneInfo, now: datetime) -> None:
    """Period, zone and up to when there are calls; a warning where new ones do not come in."""
    until = (
        f"calls up to {format.moment(fresh.last_call, zone)}"
        if fresh.last_call
        else "no calls yet"
    )
    st.caption(" · ".join([*parts, zone.key, until]))
    if wrong := fresh.trouble(now):
        st.warning(wrong, icon=":material/schedule:")


@contextmanager
def card(title: str, help: str | None = None, key: str | None = None) -> Iterator[None]:
    """A bordered box as high as its neighbours, with a small heading.

    What its charts show, and what `saving.offer` is told of, can be saved as files by whoever
    may take such out.
    """
    with st.container(border=True, height="stretch", key=key):
        heading = st.container(horizontal=True, vertical_alignment="center", gap="small")
        heading.subheader(title, anchor=False, help=help, width="stretch")
        offered: list[saving.Offer] = []
        token = saving.offers.set(offered)
        try:
            yield
        finally:
            saving.offers.reset(token)
        if offered and frame.viewer().may("export"):
            with heading:
                saving.button(title, offered)


def figure(
    label: str,
    value: str,
    change: float | None,
    series: Sequence[float],
    *,
    points: bool = False,
    good: Better = "up",
) -> None:
    """A card with one figure, its change against the period before, and its course.

    Args:
        change: per cent, or percentage points if `points`; None: nothing to compare with.
        series: the figure by step of time.
        good: which change is drawn green.
    """
    unit = " pp" if points else " %"
    delta: str | int | None = None
    if change is not None:
        rounded = round(change, 1)
        delta = f"{rounded:+.1f}{unit}" if rounded else 0
        if rounded >= MOST_CHANGE:
            delta = f"> +{MOST_CHANGE} %"
    st.metric(
        label,
        value,
        delta,
        delta_color=GOOD[good],
        border=True,
        height="stretch",
        chart_data=list(series) if len(series) > 1 else None,
        chart_type="area",
    )


def chart(
    kind: str,
    data: pd.DataFrame,
    *given: object,
    alt: str,
    key: str,
    on_pick: Callable[[], None] | None = None,
    height: Literal["content", "stretch"] = "content",
    marks: Mapping[str, pd.DataFrame] | None = None,
) -> None:
    """A chart of `charts`; `on_pick` runs when a mark is clicked.

    Args:
        marks: those of a chart over time, as `marking.beside` found them.
    """
    more = {"marked": charts.which_marks(marks)} if marks else {}
    spec = charts.spec(kind, *given, **more)
    datasets = {"d": data, **(marks or {})}
    saving.offer_chart(lambda: charts.saved(kind, data), spec, datasets)
    st.vega_lite_chart(
        {**spec, "datasets": datasets},
        key=key,
        alt=alt,
        on_select=on_pick or "ignore",
        selection_mode=[charts.PICK] if on_pick else None,
        width="stretch",
        height=height,
    )


def picked(key: str, selection: str = charts.PICK) -> dict[str, object] | None:
    """What was clicked in the chart `key`: the fields of its selection; None if nothing.

    A note or another mark beside the data has none of these fields.
    """
    state = st.session_state.get(key)
    marks = state.selection.get(selection) if state else None
    found = dict(marks[0]) if marks else {}
    return found if found and None not in found.values() else None


def stamp(value: object) -> datetime:
    """The local time of a mark: it was drawn as if it were UTC, in milliseconds."""
    return datetime.fromtimestamp(float(str(value)) / 1000, UTC).replace(tzinfo=None)


def link(page: str, label: str, icon: str | None = None, does: str | None = None) -> None:
    """A link to another page, for whoever may see that.

    Args:
        does: what else it takes to do there what the link says.
    """
    viewer = frame.viewer()
    if viewer.may(page) and (does is None or viewer.may(does)):
        st.page_link(f"pages/{page}.py", label=label, icon=icon)


def empty(
    sentence: str,
    reason: str,
    button: str | None = None,
    on_click: Callable[[], None] | None = None,
) -> None:
    """What stands where there is nothing to show: a sentence, the reason, a way on."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(f"**{sentence}**", text_alignment="center")
        st.caption(reason, text_alignment="center")
        if button:
            st.button(button, on_click=on_click, key=f"empty_{button}")
        st.space("small")
