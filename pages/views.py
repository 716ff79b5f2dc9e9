"""Views: what the two materialized views hold, how fresh they are, and a check."""

import streamlit as st

from cdrstats import format
from cdrstats.choices import names
from cdrstats.ui import bar, filters, frame, periods, show, views

viewer = frame.require("views")

zone = filters.zone()
with show.header("Views"):
    periods.control()
periods.custom_dates(zone)

period = periods.chosen(zone)
fresh = bar.freshness(viewer)
span = format.span(period.window.start, period.window.end, zone)
show.caption([span], fresh, zone, frame.now())

choice = views.controls()
filters.complain()
views.chart(viewer, choice, period, zone, frame.read(names, viewer.scope))
st.fragment(views.states, run_every="5s")(zone)
views.check_card(zone)
