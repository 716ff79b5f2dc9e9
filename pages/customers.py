"""Customers: who owns calls, and by what."""

from cdrstats.ui import customers, frame, register, show

frame.require("customers")

with show.header("Customers"):
    register.menu(customers.REGISTER)

customers.page()
