"""Routes: carriers or switches side by side, for each destination."""

import streamlit as st

from cdrstats.traffic import ask
from cdrstats.ui import bar, frame, routes

viewer = frame.require("dashboard")

with bar.row("Routes"):
    pass
asked = bar.asked(viewer, days=92)

if not frame.read_calls(ask, asked.scope, asked.question()):
    bar.nothing_found(asked)
    st.stop()
routes.page(asked)
