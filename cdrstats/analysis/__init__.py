"""What figures say when they are laid beside each other.

moved, sentence      why a figure moved, by key: mix and rate
unusual              what each step is beside the same clock time of the weeks before
"""

from cdrstats.analysis.baseline import Mark, Verdict, judged, marks, with_history
from cdrstats.analysis.moves import Effect, Move, moved
from cdrstats.analysis.store import unusual
from cdrstats.analysis.wording import sentence

__all__ = [
    "Effect",
    "Mark",
    "Move",
    "Verdict",
    "judged",
    "marks",
    "moved",
    "sentence",
    "unusual",
    "with_history",
]
