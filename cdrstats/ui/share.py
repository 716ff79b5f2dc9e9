"""Sharing what a page shows: links that show a colleague the same."""

from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

import streamlit as st


def menu(title: str, keys: Sequence[str]) -> None:
    """The menu of links to the view that the page shows."""
    with st.popover("Share", icon=":material/link:", key="share", help="Links to this view"):
        st.caption("This view. A period such as 7d moves on with time.")
        st.code(link(), language=None, wrap_lines=True)


def link() -> str:
    """The address of the page as it stands, with all choices."""
    parts = urlsplit(st.context.url or "")
    query = urlencode(
        [(key, value) for key in st.query_params for value in st.query_params.get_all(key)]
    )
    base = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return f"{base}?{query}" if query else base
