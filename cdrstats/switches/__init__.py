"""The switches: their names and addresses, and how their numbers and stamps are read."""

from cdrstats.switches.store import (
    Switch,
    add,
    add_address,
    change,
    find,
    find_or_create,
    list_switches,
)

__all__ = ["Switch", "add", "add_address", "change", "find", "find_or_create", "list_switches"]
