"""Notifications: what whoever is signed in was told, newest first."""

from cdrstats.ui import filters, frame, notifications, show

frame.whoever()

zone = filters.zone()
show.title("Notifications")

notifications.table(zone)
notifications.card(zone)
filters.complain()
