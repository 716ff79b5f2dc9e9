"""Diagnostic: the database, how far imports and figures are, the jobs, the log."""

import streamlit as st

from cdrstats.ui import diagnostic, filters, frame, show

viewer = frame.require("diagnostic")

zone = filters.zone()
show.title("Diagnostic")

st.fragment(diagnostic.live, run_every="5s")(zone)
diagnostic.database(zone)
diagnostic.log_tail()
