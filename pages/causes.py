"""Hangup causes: their names, and what they count as."""

from cdrstats.ui import causes, frame, register, show

frame.require("causes")

with show.header("Hangup causes"):
    register.menu(causes.REGISTER)

causes.page()
