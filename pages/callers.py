"""Callers: who talks most, which calls stand out, and who was never met before."""

import streamlit as st

from cdrstats.ui import bar, callers, filters, frame

viewer = frame.require("dashboard")

with bar.row("Callers"):
    pass
asked = bar.asked(viewer, compared=False, collapses=False, days=31)

if not callers.has_calls(asked):
    bar.nothing_found(asked)
    st.stop()
callers.VIEWS[filters.choose("Show", list(callers.VIEWS), "show")](asked)
