"""Switches: how the numbers and stamps of each are read."""

from cdrstats.ui import frame, show, switches

viewer = frame.require("switches")

with show.header("Switches"):
    show.link("imports", "Load files", ":material/upload_file:", does="load")

switches.page()
