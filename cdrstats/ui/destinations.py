"""Answers by destination as bars, lines and rows. Pure: no Streamlit, no queries."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from cdrstats import format
from cdrstats.clock import Window
from cdrstats.metrics import METRICS, NOTHING, Metric, Parts, change, total
from cdrstats.traffic import OTHER, Answer, Key, Step, fitting_step, top
from cdrstats.ui import bounds, cells, courses, figures
from cdrstats.ui.courses import OTHERS, is_sum

Value = int | str
"""Of a column of calls."""

BARS = 12
LINES = 5
ROWS = 300
POINTS = 40
"""A line of ratios, or a sparkline, has at most about so many points."""

UNKNOWN: Value = 0
COLUMNS = ("minutes", "asr", "acd", "ner", "pdd", "buy_cost", "margin")
"""What the table shows of each destination, beside its calls."""


def ranked_by(metric: Metric) -> str:
    """The figure that says which destinations come first: a sum by itself, else calls.

    By a ratio alone, whatever had one call would come first.
    """
    return metric.name if is_sum(metric) else "calls"


def step_for(window: Window, metric: Metric) -> Step:
    """The step of a line: of ratios a longer one, since over few calls they jump about."""
    if is_sum(metric):
        return figures.step_for(window)
    return fitting_step(window, POINTS)


def ordered(answers: Iterable[Answer], metric: Metric) -> tuple[Answer, ...]:
    """The answers of all destinations, first ones first."""
    given = list(answers)
    return top(given, len(given), ranked_by(metric)).leaders


def leading(ranking: Sequence[Answer], count: int) -> tuple[Value, ...]:
    """The first `count` keys of a ranking, and unknown, if it has calls."""
    keys = [answer.key[0] for answer in ranking]
    unknown = [UNKNOWN] if UNKNOWN in keys[count:] else []
    return (*keys[:count], *unknown)


def bars(
    found: Mapping[Key, Answer],
    keys: Sequence[Value],
    metric: Metric,
    whole: Parts,
    names: Mapping[Value, str],
    colours: Sequence[str],
) -> pd.DataFrame:
    """Rows for the chart "destination_bars": `keys` in their order, then all others.

    Sums tell their share of `whole`, the total of all that the filters let through.

    Args:
        colours: of the first keys; the last one is for all that have none of their own.
    """
    shown = [*((key,) for key in keys), *([OTHER] if OTHER in found else [])]
    values = [found[key].of(metric) for key in shown]
    of_all = metric.of(whole) if courses.is_sum(metric) else None
    parts_of_all = courses.shares(metric, values, of_all)
    texts = [metric.written(value) for value in values]
    return pd.DataFrame(
        {
            "key": [str(key[0]) if key else "" for key in shown],
            "name": [names[key[0]] if key else OTHERS for key in shown],
            "value": [float(value or 0) for value in values],
            "end": [max(float(value or 0), 0) for value in values],
            "colour": [colours[min(at, len(colours) - 1)] for at in range(len(shown))],
            "shown": [
                text if share is None else f"{text} · {format.percent(share)}"
                for text, share in zip(texts, parts_of_all, strict=True)
            ],
            "more": [_summary(found[key].parts) for key in shown],
        }
    )


def _summary(parts: Parts) -> str:
    calls, asr = figures.shown("calls", parts), figures.shown("asr", parts)
    return f"{calls}, {asr} answered, {figures.shown('minutes', parts)} minutes"


def table(
    ranking: Sequence[Answer],
    before: Mapping[Key, Parts],
    along: Mapping[Key, list[int]],
    names: Mapping[Value, str],
    columns: Sequence[str],
) -> pd.DataFrame:
    """A row for each destination of `ranking`: calls, their change and course, and figures."""
    whole = total(answer.parts for answer in ranking).calls
    calls = METRICS["calls"]
    found: dict[str, list[Any]] = {
        "name": [names[answer.key[0]] for answer in ranking],
        "calls": [answer.parts.calls for answer in ranking],
        "share": [100 * answer.parts.calls / whole if whole else None for answer in ranking],
        "change": [
            change(calls, answer.parts, before.get(answer.key, NOTHING)).by
            for answer in ranking
        ],
        "course": [along.get(answer.key, []) for answer in ranking],
    }
    several = [answer.parts for answer in ranking]
    for name in columns:
        found[name] = [cells.cell(name, parts) for parts in several]
        found |= bounds.column(name, several)
    return pd.DataFrame(found)
