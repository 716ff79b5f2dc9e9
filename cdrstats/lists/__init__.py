"""Destination control: where calls may go, by lists that judge each call; and high risk.

An entry allows or refuses a prefix, a country or everything, to one customer or to everybody.
Of the entries that a number falls under the most specific decides (`rules`). Mediation asks as
it makes calls, and writes beside each what was decided and by which entry; nothing is blocked,
which only a switch can do. Whoever an entry names is mailed about the calls that it refuses.
"""

from cdrstats.lists.news import tell_refused
from cdrstats.lists.risk import HIGH_RISK, HighRisk, high_risk
from cdrstats.lists.rules import Entry, Lists, decision_told
from cdrstats.lists.sheet import Verdict, check, entries_of, row_of
from cdrstats.lists.store import (
    Told,
    decided_by,
    find_standing,
    find_told,
    list_history,
    list_standing,
    load_lists,
)

__all__ = [
    "HIGH_RISK",
    "Entry",
    "HighRisk",
    "Lists",
    "Told",
    "Verdict",
    "check",
    "decided_by",
    "decision_told",
    "entries_of",
    "find_standing",
    "find_told",
    "high_risk",
    "list_history",
    "list_standing",
    "load_lists",
    "row_of",
    "tell_refused",
]
