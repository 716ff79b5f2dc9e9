"""The demo: invented calls of three switches, which come in as any switch's files do.

    plan -> files -> intake -> mediation -> roll-ups

The ledger marks its files, so that `remove` finds all that came of them and nothing else.
"""

from cdrstats.demo.catching_up import catch_up
from cdrstats.demo.load import CALLS, DAYS, SEED, Loaded, is_unfinished, load
from cdrstats.demo.remove import Removed, is_loaded, remove

__all__ = [
    "CALLS",
    "DAYS",
    "SEED",
    "Loaded",
    "Removed",
    "catch_up",
    "is_loaded",
    "is_unfinished",
    "load",
    "remove",
]
