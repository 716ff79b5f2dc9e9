"""Audit log: who did what, when and from where."""

from cdrstats.ui import audit, filters, frame, periods, show

frame.require("audit")

zone = filters.zone()
with show.header("Audit log"):
    periods.control()
periods.custom_dates(zone)

wanted = audit.wanted(periods.chosen(zone).window)
filters.complain()
audit.lines(wanted, zone)
