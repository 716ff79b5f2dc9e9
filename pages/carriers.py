"""Carriers: what they are called, and their trunks."""

from cdrstats.ui import carriers, frame, register, show

frame.require("carriers")

with show.header("Carriers"):
    register.menu(carriers.REGISTER)

carriers.page()
