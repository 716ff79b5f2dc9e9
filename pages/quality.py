"""Quality: how calls end, by result, hangup cause, hour of the week and route."""

import streamlit as st

from cdrstats.ui import bar, frame, quality, quality_split

viewer = frame.require("quality")

with bar.row("Quality"):
    pass
asked = bar.asked(viewer)

quality_split.ahead(asked)
found = quality.find(asked)
if not found.now:
    bar.nothing_found(asked)
    st.stop()

quality.key_figures(found, asked)
quality.by_time(found, asked)
quality.by_cause(found, asked)
quality_split.by_split(found, asked)
