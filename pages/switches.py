"""Switches: how the numbers and stamps of each are read."""

from cdrstats.ui import filters, frame, register, show, switches

frame.require("switches")

zone = filters.zone()
with show.header("Switches"):
    show.link("imports", "Load files", ":material/upload_file:", does="load")
    register.menu(switches.REGISTER)

switches.page(zone)
