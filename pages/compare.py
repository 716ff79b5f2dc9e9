"""Compare: this period against another, hour by hour, and why a figure moved."""

import streamlit as st

from cdrstats.ui import bar, compare, frame, overview

viewer = frame.require("compare")

with bar.row("Compare"):
    pass
asked = bar.asked(viewer, compared=False)

if overview.totals(asked) is None:
    bar.nothing_found(asked)
    st.stop()
compare.page(asked)
