"""The customers, what they own, and whose calls carry which account code.

A call is its customer's by what it has of them: by its account code, else by a number, else by
its trunk (`rules` tells which number counts). Mediation decides so for each call; what is given
or taken holds for calls that come from then on; starting over reads all of them anew.
"""

from cdrstats.customers.owner import Owner, find_owner
from cdrstats.customers.owning import (
    add_numbers,
    add_trunks,
    assign,
    remove_numbers,
    remove_trunks,
)
from cdrstats.customers.ranges import NumberRanges, load_number_ranges
from cdrstats.customers.store import (
    Customer,
    add,
    change,
    find,
    list_customers,
    remove,
)

__all__ = [
    "Customer",
    "NumberRanges",
    "Owner",
    "add",
    "add_numbers",
    "add_trunks",
    "assign",
    "change",
    "find",
    "find_owner",
    "list_customers",
    "load_number_ranges",
    "remove",
    "remove_numbers",
    "remove_trunks",
]
