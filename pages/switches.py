"""Switches: how the numbers and stamps of each are read."""

import streamlit as st

from cdrstats.ui import frame, show, switches

viewer = frame.require("switches")

with show.header("Switches"):
    st.page_link("pages/imports.py", label="Load files", icon=":material/upload_file:")

switches.page()
