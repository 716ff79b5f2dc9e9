"""A short tour at first use: what to look at, where to click."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from cdrstats.ui import frame

SCRIPT = Path(__file__).parent / "assets" / "tour.js"
AT = "tour"
"""Where the tour stands in the session: the number of its stop."""

STOPS = (
    (
        None,
        ":material/date_range: Which calls",
        "The row at the top of each page says which calls it is about: a period, and any"
        " filters. Both stand in the address of the page, and go along when you move on.",
    ),
    (
        None,
        ":material/info: Every figure explains itself",
        "Point at the small circle of a figure for its definition. Click it, or a figure of a"
        " table, to see what it was divided by, what was left out, and exactly its calls.",
    ),
    (
        "calls",
        ":material/ads_click: Everything can be clicked",
        "A bar, a country, the box of a row leads to the calls behind it. Filters that are set"
        " stand below the title; a click takes them off.",
    ),
    (
        "export",
        ":material/download: Take it with you",
        "The arrow of a card saves its chart or table as a file. Share makes a link: one that"
        " moves on with time, or one that keeps these very figures.",
    ),
    (
        "load",
        ":material/upload_file: Where calls come from",
        "Drop a switch's file on the Imports page, or put it into the inbox folder. Figures"
        " follow within seconds, in your own time zone, which stands at the left.",
    ),
)
"""Each: what it takes to do it, None for nothing; its title; its words."""


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("cdrstats_tour", js=SCRIPT.read_text("utf-8"))


def at_first_use() -> None:
    """Begin the tour if this browser was never here."""
    _component()(key="tour_first", on_first_change=begin)
    show()


def begin() -> None:
    """Go to the first stop."""
    st.session_state[AT] = 0


def link() -> None:
    """The button beside every page that begins the tour anew."""
    st.button(
        "Take the tour",
        icon=":material/explore:",
        type="tertiary",
        key="tour_begin",
        on_click=begin,
    )


def show() -> None:
    """The stop at which the tour stands, if it is on."""
    if AT in st.session_state:
        _stop()


def _leave() -> None:
    st.session_state.pop(AT, None)


def _go(to: int) -> None:
    st.session_state[AT] = to


@st.dialog("A short tour", on_dismiss=_leave)
def _stop() -> None:
    at = st.session_state.get(AT, 0)
    viewer = frame.whoever()
    stops = [words for needed, *words in STOPS if needed is None or viewer.may(needed)]
    title, words = stops[at]
    st.markdown(f"**{title}**")
    st.markdown(words)
    st.caption(f"{at + 1} of {len(stops)}")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if at:
            st.button("Back", key="tour_back", on_click=_go, args=(at - 1,))
        if at + 1 < len(stops):
            st.button("Next", key="tour_next", type="primary", on_click=_go, args=(at + 1,))
        elif st.button("Done", key="tour_done", type="primary"):
            _leave()
            st.rerun()
