"""Dashboard: calls, quality and cost of a period, and the calls behind each figure."""

import streamlit as st

from cdrstats.ui import bar, dashboard, frame

viewer = frame.require("dashboard")

with bar.row("Dashboard"):
    pass
asked = bar.asked(viewer)

found = dashboard.find(asked)
if not found.now:
    bar.nothing_found(asked)
    st.stop()

dashboard.key_figures(found, asked)
dashboard.over_time(found, asked)
dashboard.rankings(found, asked)
dashboard.world(found, asked)
