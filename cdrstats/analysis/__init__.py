"""What figures say when they are laid beside each other.

moved, sentence      why a figure moved, by key: mix and rate
"""

from cdrstats.analysis.moves import Effect, Move, moved
from cdrstats.analysis.wording import sentence

__all__ = [
    "Effect",
    "Move",
    "moved",
    "sentence",
]
