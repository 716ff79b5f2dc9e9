"""Destination control: where calls may go, and which prefixes are known for fraud."""

from cdrstats.ui import filters, frame, lists, show

frame.require("lists")

zone = filters.zone()
with show.header("Destination control"):
    lists.menu()

lists.page(zone)
filters.complain()
