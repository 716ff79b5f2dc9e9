"""To be."""

import streamlit as st

from cdrstats.ui import frame

viewer = frame.require("views")
st.title("views")
