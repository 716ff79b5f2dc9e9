"""Diagnostic: the database, how far imports and figures are, the jobs, the log."""

import streamlit as st

from cdrstats.ui import diagnostic, filters, frame, show

viewer = frame.require("diagnostic")

with show.header("Diagnostic"), st.popover("Time zone", icon=":material/schedule:"):
    zone = filters.zone_control()

st.fragment(diagnostic.live, run_every="5s")(zone)
diagnostic.database(zone)
diagnostic.log_tail()
