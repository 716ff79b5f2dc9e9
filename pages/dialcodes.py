"""Dial codes: whose numbers begin how."""

from cdrstats.ui import dialcodes, frame, register, show

frame.require("dialcodes")

with show.header("Dial codes"):
    register.menu(dialcodes.REGISTER)

dialcodes.page()
