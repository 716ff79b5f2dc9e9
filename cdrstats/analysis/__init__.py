"""What figures say when they are laid beside each other.

move_of, sentence                        why a figure moved, by key: mix and rate
unusual                                  each step beside the weeks before: marks
earlier, previous, aligned, difference   one window against another, step by step
"""

from cdrstats.analysis.baseline import Mark, Verdict, judged, marks, with_history
from cdrstats.analysis.comparing import (
    Difference,
    Pair,
    aligned,
    difference,
    earlier,
    previous,
)
from cdrstats.analysis.moves import Effect, Move, move_of
from cdrstats.analysis.scorecard import Score, Share, Standing, scorecard
from cdrstats.analysis.store import unusual
from cdrstats.analysis.wording import sentence

__all__ = [
    "Difference",
    "Effect",
    "Mark",
    "Move",
    "Pair",
    "Score",
    "Share",
    "Standing",
    "Verdict",
    "aligned",
    "difference",
    "earlier",
    "judged",
    "marks",
    "move_of",
    "previous",
    "scorecard",
    "sentence",
    "unusual",
    "with_history",
]
