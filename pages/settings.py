"""Settings: what is changed while CDR-Stats runs, and counts at once."""

from cdrstats.ui import filters, frame, options, show

frame.require("settings")

with show.header("Settings"):
    options.menu()

options.page(filters.zone())
