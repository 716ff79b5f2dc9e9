"""Downloads: exports that are written in the background, and their files."""

from cdrstats.ui import downloads, filters, frame, show

viewer = frame.require("downloads")

zone = filters.zone()
show.title("Downloads")

downloads.page(viewer, zone)
