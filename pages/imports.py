"""Imports: load files; what came in, what could not be read, what was rejected."""

from cdrstats.ui import filters, frame, imports, show

viewer = frame.require("imports")

zone = filters.zone()
show.title("Imports")

if viewer.may("load"):
    imports.load_card(zone)
imports.ledger(zone)
