"""Overview: any figure along the period, in any steps, split by whatever calls have."""

import streamlit as st

from cdrstats.ui import bar, frame, notes, overview

viewer = frame.require("overview")

with bar.row("Overview"):
    noted = st.container(width="content")
asked = bar.asked(viewer, compared=False)
with noted:
    notes.menu(asked)

whole = overview.totals(asked)
if whole is None:
    bar.nothing_found(asked)
    st.stop()
overview.page(asked, whole)
