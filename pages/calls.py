"""Calls: find them by any field, see one in full, export them."""

import streamlit as st

from cdrstats import health
from cdrstats.choices import names
from cdrstats.ui import call, calls, filters, format, frame, show

viewer = frame.require("calls")

named = frame.read(names)
zone = filters.zone()
with show.header("Calls"):
    filters.period_control()
    with st.popover("Filters", icon=":material/tune:"):
        filters.result_filter()
        filters.name_filters(named, calls.FIELDS[:-1])
    with st.popover("View", icon=":material/view_column:"):
        calls.view_controls()
    export = st.popover("Export", icon=":material/download:")
filters.custom_dates(zone)
calls.condition_controls()
filters.chips(calls.FIELDS)
with export:
    calls.export_links()

search = calls.chosen_search(named)
fresh = frame.read(health.freshness, viewer.scope)
window = filters.chosen_period(zone).window
found = calls.found_page(viewer, search)
counted = calls.counted(viewer, search)
span = format.span(window.start, window.end, zone)
show.caption([counted, span], fresh, zone, frame.now())

if found.rows:
    calls.table(found, named)
    calls.pager(found)
else:
    filters.nothing_found(fresh, zone, (*calls.FIELDS, "where"))
call.drawer(named)
