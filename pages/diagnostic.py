"""Diagnostic: the database, how far imports and figures are, the jobs, the log."""

import streamlit as st

from cdrstats.ui import diagnostic, filters, frame, mail, show

viewer = frame.require("diagnostic")

zone = filters.zone()
show.title("Diagnostic")

st.fragment(diagnostic.live, run_every="5s")(zone)
diagnostic.database(zone)
mail.trial()
diagnostic.log_tail()
