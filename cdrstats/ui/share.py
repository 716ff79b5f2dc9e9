"""Sharing what a page shows: links that show a colleague the same."""

from urllib.parse import urlencode, urlsplit

import streamlit as st
from sqlalchemy import Connection

from cdrstats.choices import between
from cdrstats.traffic import cut_off_now
from cdrstats.ui import filters, frame, periods


def menu() -> None:
    """The menu of links to the view that the page shows."""
    with st.popover("Share", icon=":material/link:", key="share", help="Links to this view"):
        st.markdown("**This view**")
        st.caption("A period such as 7d moves on with time, and new calls count.")
        st.code(_address(), language=None, wrap_lines=True)
        st.markdown("**These very figures**")
        st.caption("The period stands still, and calls that come in later are left out.")
        if st.button("Make the link", icon=":material/keep:", key="pin"):
            st.code(_pinned(), language=None, wrap_lines=True)


def _address(**changed: str | list[str]) -> str:
    """The address of the page as it stands, with all choices, and with `changed` ones."""
    parts = urlsplit(st.context.url or "")
    query = {key: st.query_params.get_all(key) for key in st.query_params} | changed
    base = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return f"{base}?{urlencode(query, doseq=True)}" if query else base


def _pinned() -> str:
    """The address with the period as it is now, and with the data cut-off of this moment."""
    zone = filters.zone()
    window = periods.chosen(zone).window
    period = between(window, zone)
    cut = st.query_params.get("asof") or frame.read_of_house(_cut_off)
    return _address(**period, asof=cut)


def _cut_off(conn: Connection) -> str:
    return cut_off_now(conn).text()
