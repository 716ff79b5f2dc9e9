"""Digests: what is mailed of calls, each day, week or month, and to whom."""

from cdrstats.ui import digests, filters, frame, show

frame.require("digests")

zone = filters.zone()
with show.header("Digests"):
    digests.add_button()

digests.table(zone)
digests.card(zone)
