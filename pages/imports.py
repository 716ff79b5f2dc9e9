"""Imports: load files; what came in, what could not be read, what was rejected."""

import streamlit as st

from cdrstats.ui import filters, frame, imports, show

viewer = frame.require("imports")

with show.header("Imports"), st.popover("Time zone", icon=":material/schedule:"):
    zone = filters.zone_control()

imports.load_card(zone)
imports.ledger(zone)
