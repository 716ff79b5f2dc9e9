"""World map: a metric by country, on a map that can be zoomed, and in a list."""

import streamlit as st

from cdrstats.traffic import ask
from cdrstats.ui import bar, frame, worldmap

viewer = frame.require("dashboard")

with bar.row("World map"):
    pass
asked = bar.asked(viewer, compared=False)

if not frame.read_calls(ask, asked.scope, asked.question()):
    bar.nothing_found(asked)
    st.stop()
worldmap.page(asked)
