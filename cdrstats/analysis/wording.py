"""What moved a figure, as a sentence. Pure."""

from collections.abc import Callable
from fractions import Fraction

from cdrstats.analysis.moves import Effect, Move
from cdrstats.traffic import Key

DECIMALS = {"count": 0, "minutes": 1, "seconds": 1, "percent": 1, "money": 2}
WORDS = {"percent": " points", "seconds": " seconds"}
MOST_DECIMALS = 6


def sentence(move: Move, name_of: Callable[[Key], str]) -> str:
    """Why a figure moved: 'ASR fell by 9.0 points, from 38.0 % to 29.0 %: ...'.

    Args:
        move: what `move_of` found.
        name_of: a key in words, as "Spain" for (724,).
    """
    label, change = move.metric.label, move.change
    if change is None:
        return f"{label} cannot be compared: {_missing(move)}."
    decimals = _decimals(move.metric.unit, change)

    def signed(value: Fraction | None) -> str:
        return _shown(value or Fraction(0), decimals, sign="+")

    causes = []
    if move.mix is not None and any(effect.effect for effect in move.effects):
        causes.append(f"{signed(move.mix)} by the mix, {signed(move.rate)} by the rates")
    if leader := _leader(move):
        causes.append(
            f"{_how_much(leader, move)} {name_of(leader.key)} ({signed(leader.effect)})"
        )
    if change == 0:
        headline = f"{label} did not move"
    else:
        headline = (
            f"{label} {'rose' if change > 0 else 'fell'} by {_shown(abs(change), decimals)}"
            f"{WORDS.get(move.metric.unit, '')}, {_from_to(move, decimals)}"
        )
    return f"{headline}: {'; '.join(causes)}." if causes else f"{headline}."


def _missing(move: Move) -> str:
    if move.before is None and move.now is None:
        return "neither period has any"
    return f"{'the period before' if move.before is None else 'this period'} has none"


def _from_to(move: Move, decimals: int) -> str:
    sign = " %" if move.metric.unit == "percent" else ""
    before, now = (_shown(value or Fraction(0), decimals) for value in (move.before, move.now))
    return f"from {before}{sign} to {now}{sign}"


def _leader(move: Move) -> Effect | None:
    """The largest effect in the direction of the change; of a change of 0, in either."""
    change = move.change or 0
    return next((one for one in move.effects if one.effect and one.effect * change >= 0), None)


def _how_much(leader: Effect, move: Move) -> str:
    if not move.change:
        return "the largest effect is"
    if all(other is leader or not other.effect for other in move.effects):
        return "all of it"
    return "most of it" if 2 * abs(leader.effect) >= abs(move.change) else "the largest part"


def _decimals(unit: str, change: Fraction) -> int:
    """As many as the unit is shown with, or more if the change would look like none."""
    usual = DECIMALS.get(unit, 2)
    if change == 0:
        return usual
    return next((n for n in range(usual, MOST_DECIMALS) if round(change, n)), MOST_DECIMALS)


def _shown(value: Fraction, decimals: int, sign: str = "") -> str:
    rounded = round(value, decimals)
    return f"{float(rounded):{sign if rounded else ''},.{decimals}f}"
