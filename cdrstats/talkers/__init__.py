"""Callers, callees, extensions and account codes: who talks most, and who was never met before.

    top          the numbers with the most calls, minutes or cost, and all others together
    standouts    the longest and the most expensive calls
    first_seen   numbers, and destinations of accounts, that had their first call ever

All are read from the calls; the scope comes right after the connection. Numbers are as the
switch wrote them, '' where it wrote none: who may see them in full is for the page to decide.
"""

from cdrstats.talkers.extremes import MEASURES, Measure, Standout, standouts
from cdrstats.talkers.figures import Figures
from cdrstats.talkers.newcomers import KINDS, FirstSeen, Kind, Newcomer, first_seen
from cdrstats.talkers.ranking import ORDERS, ROLES, Order, Talker, Talkers, top
from cdrstats.talkers.roles import Role

__all__ = [
    "KINDS",
    "MEASURES",
    "ORDERS",
    "ROLES",
    "Figures",
    "FirstSeen",
    "Kind",
    "Measure",
    "Newcomer",
    "Order",
    "Role",
    "Standout",
    "Talker",
    "Talkers",
    "first_seen",
    "standouts",
    "top",
]
