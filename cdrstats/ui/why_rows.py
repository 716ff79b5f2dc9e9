"""What moved a figure, as bars and rows. Pure: no Streamlit, no queries."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from cdrstats.analysis import Effect, Move
from cdrstats.metrics import NOTHING, Metric, Parts
from cdrstats.traffic import Key
from cdrstats.ui import bounds, cells, changes
from cdrstats.ui.courses import OTHERS

MOST = 12
"""So many groups have a bar, those with the largest effects; the others are one bar."""

ZERO = Fraction(0)


def bars(move: Move, names: Mapping[Key, str]) -> pd.DataFrame:
    """Rows for the chart "effects": of ratios two a group, mix and rate; of sums one.

    Mix and rate of opposite signs stand on either side of nothing; the label tells their sum.

    Args:
        names: of the first MOST groups.
    """
    data: list[dict[str, Any]] = []
    for effect in shown(move):
        name = names.get(effect.key, OTHERS)
        parts = parts_of(effect)
        tip = _tip(parts, effect.effect)
        ends = {True: ZERO, False: ZERO}
        for number, (kind, value) in enumerate(parts.items()):
            up = value >= 0
            first = ends[up]
            ends[up] += value
            data.append(
                {
                    "key": name,
                    "name": name,
                    "kind": kind,
                    "x": float(first),
                    "x2": float(ends[up]),
                    "value": float(value),
                    "shown": written(move.metric, value),
                    "label": "" if number else written(move.metric, effect.effect),
                    "tip": None if number else float(tip),
                }
            )
    return pd.DataFrame(data).astype({"tip": float})


def _tip(parts: Mapping[str, Fraction], effect: Fraction) -> Fraction:
    """Where the bar ends on the side to which the group moved the figure."""
    side = [value for value in parts.values() if (value >= 0) == (effect >= 0)]
    return sum(side, ZERO)


def parts_of(effect: Effect) -> dict[str, Fraction]:
    """What an effect is made of, by the names of `charts_compare.KINDS`."""
    if effect.mix is None or effect.rate is None:
        return {"Effect": effect.effect}
    return {"Mix": effect.mix, "Rate": effect.rate}


def shown(move: Move) -> list[Effect]:
    """The largest effects, and all others added up: together they are the change, exactly."""
    first, rest = move.effects[:MOST], move.effects[MOST:]
    return [*first, *([_together(rest)] if rest else [])]


def _together(rest: Sequence[Effect]) -> Effect:
    def added(values: list[Fraction | None]) -> Fraction | None:
        known = [value for value in values if value is not None]
        return sum(known, ZERO) if known else None

    return Effect(
        (),
        sum((effect.effect for effect in rest), ZERO),
        added([effect.mix for effect in rest]),
        added([effect.rate for effect in rest]),
        None,
        None,
        added([effect.share_before for effect in rest]),
        added([effect.share_now for effect in rest]),
    )


def written(metric: Metric, value: Fraction) -> str:
    """An effect as people read it, with its sign."""
    return changes.difference(metric, float(value))


def table(
    move: Move,
    names: Mapping[Key, str],
    now: Mapping[Key, Parts],
    before: Mapping[Key, Parts],
) -> pd.DataFrame:
    """A row for each group that has a bar.

    Columns: name, effect, mix, rate (numbers, in the figure's unit), before, now (cells),
    share_before, share_now (per cent), calls_before, calls_now, sure (bounds of now).
    """
    data = []
    of_calls = move.metric.name == "calls"  # these would stand there twice
    for effect in shown(move):
        is_rest = effect.key not in names
        parts = NOTHING if is_rest else now.get(effect.key, NOTHING)
        then = NOTHING if is_rest else before.get(effect.key, NOTHING)
        data.append(
            {
                "name": names.get(effect.key, OTHERS),
                "effect": float(effect.effect),
                "mix": None if effect.mix is None else float(effect.mix),
                "rate": None if effect.rate is None else float(effect.rate),
                "before": _cell(move.metric, effect.before),
                "now": _cell(move.metric, effect.now),
                "share_before": _percent(effect.share_before),
                "share_now": _percent(effect.share_now),
                "calls_before": None if is_rest or of_calls else then.calls,
                "calls_now": None if is_rest or of_calls else parts.calls,
                "sure": bounds.sure_within(move.metric, parts),
            }
        )
    return pd.DataFrame(data)


def _cell(metric: Metric, value: Fraction | None) -> Any:
    return None if value is None else cells.written(metric, float(value))


def _percent(share: Fraction | None) -> float | None:
    return None if share is None else float(share) * 100
