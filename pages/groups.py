"""Groups: permissions that several people have beside their roles."""

from cdrstats.ui import frame, groups, show

frame.require("people")

with show.header("Groups"):
    groups.add_button()

groups.table()
groups.card()
