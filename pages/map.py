"""World map: a metric by country, on a map that can be zoomed, and in a list."""

from cdrstats.ui import bar, frame, worldmap

viewer = frame.require("map")

with bar.row("World map"):
    pass
asked = bar.asked(viewer, compared=False)

bar.stop_without_calls(asked)
worldmap.page(asked)
