"""Destinations: calls, quality and cost by country or dial code."""

import streamlit as st

from cdrstats.traffic import ask
from cdrstats.ui import bar, countries, frame

viewer = frame.require("dashboard")

with bar.row("Destinations"):
    pass
asked = bar.asked(viewer)

if not frame.read_calls(ask, asked.scope, asked.question()):
    bar.nothing_found(asked)
    st.stop()
countries.page(asked)
