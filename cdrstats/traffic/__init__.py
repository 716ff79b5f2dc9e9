"""Every figure of the house: parts of calls, added up from roll-ups or from the calls.

    Question --plan--> pieces --ask--> Answers --series, top--> pages, exports, mails

Figures come from parts by `cdrstats.metrics`. Read-only; the scope comes right after the
connection. To compare, ask the same question of `clock.previous`.
"""

from cdrstats.filters import Filters
from cdrstats.traffic.cutoff import changed_since, cut_off_now
from cdrstats.traffic.measuring import measure, read_from
from cdrstats.traffic.percentiles import EXACT_UP_TO
from cdrstats.traffic.planning import CALLS, Piece, from_calls, plan
from cdrstats.traffic.question import (
    DIMENSIONS,
    OTHER,
    Answer,
    Key,
    Question,
    Spread,
    Step,
)
from cdrstats.traffic.shaping import Ranking, by_key, folded, leaders_of, series, top
from cdrstats.traffic.steps import LENGTHS, STEPS, edges, fitting_step, spans, whole_steps
from cdrstats.traffic.store import ask, first_slot

__all__ = [
    "CALLS",
    "DIMENSIONS",
    "EXACT_UP_TO",
    "LENGTHS",
    "OTHER",
    "STEPS",
    "Answer",
    "Filters",
    "Key",
    "Piece",
    "Question",
    "Ranking",
    "Spread",
    "Step",
    "ask",
    "by_key",
    "changed_since",
    "cut_off_now",
    "edges",
    "first_slot",
    "fitting_step",
    "folded",
    "from_calls",
    "leaders_of",
    "measure",
    "plan",
    "read_from",
    "series",
    "spans",
    "top",
    "whole_steps",
]
