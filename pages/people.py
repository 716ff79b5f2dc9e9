"""People: who may sign in, what they may do, and why."""

from cdrstats.ui import filters, frame, people, person, show

viewer = frame.require("people")

zone = filters.zone()
with show.header("People"):
    people.menu()

people.boxes(zone)
people.table(zone)
person.card(viewer, zone)
