"""Concurrent calls: the peak, the busy hour, and how many channels that takes."""

from cdrstats.ui import bar, concurrent, frame

viewer = frame.require("concurrent")

with bar.row("Concurrent calls"):
    kind = concurrent.held()
asked = bar.asked(viewer, compared=False, collapses=False)

found = concurrent.find(asked, kind)
concurrent.key_figures(found, asked)
concurrent.capacity(found, asked)
concurrent.spread(found, asked)
