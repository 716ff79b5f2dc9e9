"""Callers: who talks most, which calls stand out, and who was never met before."""

from cdrstats.ui import bar, callers, filters, frame

viewer = frame.require("callers")

with bar.row("Callers"):
    pass
asked = bar.asked(viewer, compared=False, collapses=False, days=31)

bar.stop_without_calls(asked, collapses=False)
callers.VIEWS[filters.choose("Show", list(callers.VIEWS), "show")](asked)
