"""The Export menu of the Calls page: its search as a file, at once or in the background."""

from urllib.parse import urlencode

import streamlit as st

from cdrstats import downloads, format, health, options
from cdrstats.accounts import Viewer
from cdrstats.calls import Format
from cdrstats.ui import bar, calls, filters, frame, show
from cdrstats.ui.downloads import stalled

KINDS: dict[Format, str] = {
    "csv": "CSV",
    "xlsx": "Excel (XLSX)",
    "json": "JSON",
    "parquet": "Parquet",
}

RESULT = "Answered"
"""The column of a file that tells what the table shows of each call as Result."""

WIDTH = 360
"""Pixels."""


@bar.part("export")
def menu() -> None:
    """Links to the search as a file, and buttons that have the job process write it."""
    params = filters.params(calls.LINK_KEYS)
    shown = [*params.get("columns", calls.shown_first()), RESULT]
    query = urlencode({**params, "columns": list(dict.fromkeys(shown))}, doseq=True)
    links = "".join(
        f'<a href="/export/calls.{kind}?{query}" download'
        f' style="display:block;padding:.35rem 0;color:inherit">{name}</a>'
        for kind, name in KINDS.items()
    )
    with st.container(width=WIDTH):
        st.caption(
            "All calls of this search, with the columns shown. For programs: ids and codes, not"
            " names, and the result as whether it was answered."
        )
        st.html(links)
        days = frame.read_of_house(options.value_of, "download_days")
        st.caption(
            "In the background, for large files: written while you go on, and kept under"
            f" Downloads for {days} days."
        )
        with st.container(horizontal=True, gap="small"):
            wanted = [
                kind
                for kind, name in KINDS.items()
                if st.button(name, key=f"background_{kind}")
            ]
        for kind in wanted:
            _ask(frame.require("export"), kind, query)


def _ask(viewer: Viewer, kind: Format, query: str) -> None:
    zone = frame.settings().timezone
    with frame.changing() as conn:
        asked = downloads.ask(conn, viewer, kind, query, zone)
    st.success(f"{format.literal(asked.file_name)} is asked for.", icon=":material/check:")
    if words := stalled(frame.read_of_house(health.jobs_state), frame.now()):
        st.warning(words, icon=":material/error:")
    show.link("downloads", "See it under Downloads")
