"""Calls: find them by any field, see one in full, export them."""

import streamlit as st

from cdrstats.ui import bar, call, calls, exporting, frame

viewer = frame.require("calls")

with bar.row("Calls"):
    with st.popover("View", icon=":material/view_column:"):
        calls.view_controls()
    export = st.container(width="content")
asked = bar.asked(viewer, compared=False, collapses=False)
if viewer.may("export"):
    with export, st.popover("Export", icon=":material/download:"):
        exporting.menu()

search = calls.chosen_search(viewer, asked.names)
found = calls.found_page(viewer, search)
if found.rows:
    calls.counted(viewer, search)
    calls.table(found, asked.names)
    calls.pager(found)
else:
    bar.nothing_found(asked)
call.drawer(asked.names)
