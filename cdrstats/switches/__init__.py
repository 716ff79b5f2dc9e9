"""The switches: their names and addresses, and how their numbers and stamps are read."""

from cdrstats.switches.sheet import SWITCHES
from cdrstats.switches.store import (
    Switch,
    add,
    add_address,
    change,
    find,
    find_or_create,
    last_calls,
    list_switches,
    remove,
)

__all__ = [
    "SWITCHES",
    "Switch",
    "add",
    "add_address",
    "change",
    "find",
    "find_or_create",
    "last_calls",
    "list_switches",
    "remove",
]
