"""Destinations: calls, quality and cost by country or dial code."""

from cdrstats.ui import bar, countries, frame

viewer = frame.require("countries")

with bar.row("Destinations"):
    pass
asked = bar.asked(viewer)

bar.stop_without_calls(asked)
countries.page(asked)
