"""Alarms: rules that watch figures, what they found, and when they would have fired."""

from cdrstats.ui import alarms, filters, frame, show

frame.require("alarms")

zone = filters.zone()
with show.header("Alarms"):
    alarms.add_button()

alarms.table()
alarms.card(zone)
