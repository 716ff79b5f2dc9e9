"""What figures say when they are laid beside each other.

move_of, sentence                        why a figure moved, by key: mix and rate
hours_of_week                            hours by weekday and hour of the clock
unusual                                  each step beside the weeks before: marks
sparklines                               the calls of each key in each step
aligned, difference                      one window against another, step by step
scorecard                                routes side by side, and who differs
answering, suspicions                    how routes answer: signs of false answers
"""

from cdrstats.analysis.answering import answering
from cdrstats.analysis.baseline import (
    WEEKS,
    Mark,
    Verdict,
    clock_of,
    judged,
    marks,
    with_history,
)
from cdrstats.analysis.comparing import (
    Pair,
    aligned,
    difference,
)
from cdrstats.analysis.false_answers import (
    BRIEF_S,
    QUICK_MS,
    Answering,
    Sign,
    Suspicion,
    rank,
    suspicions,
)
from cdrstats.analysis.moves import Effect, Move, move_of
from cdrstats.analysis.scorecard import LEAST_TRIALS, Score, Share, Standing, scorecard
from cdrstats.analysis.sparklines import sparklines
from cdrstats.analysis.store import unusual
from cdrstats.analysis.week import Hours, hours_of_week
from cdrstats.analysis.wording import sentence

__all__ = [
    "BRIEF_S",
    "LEAST_TRIALS",
    "QUICK_MS",
    "WEEKS",
    "Answering",
    "Effect",
    "Hours",
    "Mark",
    "Move",
    "Pair",
    "Score",
    "Share",
    "Sign",
    "Standing",
    "Suspicion",
    "Verdict",
    "aligned",
    "answering",
    "clock_of",
    "difference",
    "hours_of_week",
    "judged",
    "marks",
    "move_of",
    "rank",
    "scorecard",
    "sentence",
    "sparklines",
    "suspicions",
    "unusual",
    "with_history",
]
