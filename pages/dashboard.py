"""Dashboard: calls, quality and cost of a period, and the calls behind each figure."""

import streamlit as st

from cdrstats import health
from cdrstats.choices import names
from cdrstats.filters import Filters
from cdrstats.ui import dashboard, figures, filters, format, frame, show

viewer = frame.require("dashboard")

named = frame.read(names)
zone = filters.zone()
with show.header("Dashboard"):
    filters.period_control()
    with st.popover("Filters", icon=":material/tune:"):
        chosen = filters.name_filters(named, dashboard.FIELDS)
filters.custom_dates(zone)
filters.chips(dashboard.FIELDS)

period = filters.chosen_period(zone)
step = figures.step_for(period.window)
split = st.session_state.get("split") or "Switch"
view = dashboard.View(period, zone, Filters.by_column(chosen), step, split)

fresh = frame.read(health.freshness, viewer.scope)
span = format.span(period.window.start, period.window.end, zone)
show.caption([span, f"compared with {period.compared_with}"], fresh, zone, frame.now())

found = dashboard.find(viewer.scope, view)
if not found.now:
    filters.nothing_found(fresh, zone, dashboard.FIELDS)
    st.stop()

drawn = figures.spans(period.window, step, zone)
steps = figures.by_step(found.now, zone)
dashboard.cards(found, drawn, steps)
dashboard.over_time(found, view, named, drawn, steps)
dashboard.rankings(found, view, named)
dashboard.world(found, view, named)
