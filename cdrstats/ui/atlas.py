"""Answers by country as rows of the world map and of the list beside it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cdrstats import format
from cdrstats.metrics import Metric
from cdrstats.traffic import Answer
from cdrstats.ui import bounds, cells, figures
from cdrstats.ui.courses import is_sum

TOLD = ("calls", "minutes", "asr", "acd", "buy_cost", "sell_cost")
"""The figures that are told of a country."""

BLUE = ("rgba(42,127,192,0.22)", "rgba(42,127,192,1)")
GOOD_UP = ("#d55e00", "#f2e6c8", "#2a7fc0")


@dataclass(frozen=True, slots=True)
class Look:
    """How values become colours: see `charts_map.atlas`."""

    kind: str
    middle: float | None
    colours: tuple[str, ...]
    ticks: tuple[float, ...] = ()


def look_of(metric: Metric, values: Sequence[float], overall: float | None) -> Look:
    """Sums from pale to full, by magnitude; where some are losses, on both sides of zero.

    Ratios and averages on both sides of the figure of all calls: better is blue, worse orange.
    """
    if is_sum(metric):
        powers = [float(10**power) for power in range(10) if 10**power <= max(map(abs, values))]
        if any(value < 0 for value in values):
            losses = [-power for power in powers if -power >= min(values)]
            gains = [power for power in powers if power <= max(values)]
            return Look("symlog", 0.0, GOOD_UP, (*losses[::-1][:2], 0.0, *gains[-2:]))
        return Look("symlog", None, BLUE, tuple(powers[-4:]))
    if overall is None or metric.better == "neutral":
        return Look("linear", None, BLUE)
    colours = GOOD_UP if metric.better == "up" else GOOD_UP[::-1]
    # Rounded: the specification of a chart is kept for each of its arguments.
    return Look("linear", float(f"{overall:.3g}"), colours)


def title(metric: Metric) -> str:
    """What the legend says: 'Calls', 'ASR, %'."""
    unit = {"percent": "%", "seconds": "seconds"}.get(metric.unit, "")
    told = not unit or metric.label.endswith(f" {unit}")
    return metric.label if told else f"{metric.label}, {unit}"


def rows(
    answers: Sequence[Answer],
    metric: Metric,
    names: Mapping[int, str],
    drawn: frozenset[int],
    told: Sequence[str] = TOLD,
) -> pd.DataFrame:
    """Rows for the chart "atlas": countries that have a shape and a figure.

    Args:
        told: those of TOLD that are in a row.
    """
    known = [
        (int(answer.key[0]), answer, value)
        for answer in answers
        if int(answer.key[0]) in drawn and (value := answer.of(metric)) is not None
    ]
    return pd.DataFrame(
        [
            {
                "id": f"{number:03d}",
                "name": names.get(number, str(number)),
                "value": float(value),
                "shown": metric.written(value),
                "few": bool(bounds.sure_within(metric, answer.parts)),
            }
            | {name: figures.shown(name, answer.parts) for name in told}
            for number, answer, value in known
        ]
    )


def listed(ranking: Sequence[Answer], metric: Metric, names: Mapping[int, str]) -> pd.DataFrame:
    """A row for every country, also for those without a shape."""
    whole = sum(answer.parts.calls for answer in ranking)
    found: dict[str, list[Any]] = {
        "name": [names.get(int(answer.key[0]), str(answer.key[0])) for answer in ranking]
    }
    if metric.name != "calls":
        found["value"] = [cells.written(metric, answer.of(metric)) for answer in ranking]
    found["calls"] = [answer.parts.calls for answer in ranking]
    found["share"] = [100 * answer.parts.calls / whole if whole else None for answer in ranking]
    return pd.DataFrame(found)


def beside(ranking: Sequence[Answer], names: Mapping[int, str], drawn: frozenset[int]) -> str:
    """A sentence on the countries that the map does not show; '' if it shows all."""
    missing = [answer for answer in ranking if int(answer.key[0]) not in drawn]
    if not missing:
        return ""
    named = [names.get(int(answer.key[0]), str(answer.key[0])) for answer in missing]
    most = named[:5] + ([f"{len(named) - 5} more"] if len(named) > 5 else [])
    whole = sum(answer.parts.calls for answer in ranking)
    share = sum(answer.parts.calls for answer in missing) / whole if whole else None
    return (
        f"In the list only, having no shape on the map: {', '.join(most)}"
        f" ({format.percent(share)} of calls)."
    )


def told(answer: Answer, metric: Metric, name: str) -> str:
    """'**Spain** · ASR 68.7 % · 2,275 calls · 5,131 minutes'."""
    parts = answer.parts
    words = [f"**{name}**"]
    if metric.name not in ("calls", "minutes"):
        words.append(f"{metric.label} {metric.written(answer.of(metric))}")
    words.append(f"{figures.shown('calls', parts)} calls")
    words.append(f"{figures.shown('minutes', parts)} minutes")
    return " · ".join(words)
