"""The customers, what they own, and whose calls carry which account code.

A call is its customer's by what it has of them: by its account code, else by a number, else by
its trunk (`rules` tells which number counts). Mediation decides so for each call; what is given
or taken holds for calls that come from then on. `move_history` makes the calls there are follow
their account codes; starting over reads all of them anew.
"""

from cdrstats.customers.history import calls_left_behind, give_history, move_history
from cdrstats.customers.owner import Owner, find_owner
from cdrstats.customers.owning import (
    add_numbers,
    add_trunks,
    assign,
    owners_of,
    remove_numbers,
    remove_trunks,
)
from cdrstats.customers.ranges import NumberRanges, load_number_ranges
from cdrstats.customers.sheet import CUSTOMERS
from cdrstats.customers.store import (
    Customer,
    add,
    change,
    find,
    list_customers,
    remove,
)

__all__ = [
    "CUSTOMERS",
    "Customer",
    "NumberRanges",
    "Owner",
    "add",
    "add_numbers",
    "add_trunks",
    "assign",
    "calls_left_behind",
    "change",
    "find",
    "find_owner",
    "give_history",
    "list_customers",
    "load_number_ranges",
    "move_history",
    "owners_of",
    "remove",
    "remove_numbers",
    "remove_trunks",
]
