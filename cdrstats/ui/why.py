"""The card that says why a figure moved: what each group did to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from cdrstats.analysis import Move, move_of, sentence
from cdrstats.clock import Window
from cdrstats.errors import BadRequest
from cdrstats.metrics import Metric
from cdrstats.traffic import Key, Question, ask, by_key
from cdrstats.ui import (
    by_value,
    columns,
    dimensions,
    frame,
    show,
    splits,
    tables,
    why_rows,
)
from cdrstats.ui.bar import Asked
from cdrstats.ui.courses import OTHERS
from cdrstats.ui.dimensions import Of

CHART, TABLE = "chart_effects", "table_effects"
UNITS = {"percent": ", points", "seconds": ", s"}
SHARE = "Of all that the figure divides by."
HELP = (
    "What each group did to the change. Mix: its share of the traffic grew or shrank. Rate: its"
    " own figure moved. All effects together are the change, exactly."
)


def ahead(asked: Asked, column: str, other: Window) -> None:
    """Begin to read for `card`."""
    for question in of_both(asked.question(column), other):
        frame.ahead(ask, asked.scope, question)


def of_both(question: Question, other: Window) -> tuple[Question, Question]:
    """The question about this period, and about the other."""
    return question, replace(question, window=other)


def card(asked: Asked, metric: Metric, column: str, other: Window) -> None:
    """A sentence, bars and a table; a bar or a row leads to the group's calls."""
    now, before = (
        by_key(frame.read_calls(ask, asked.scope, question))
        for question in of_both(asked.question(column), other)
    )
    try:
        move = move_of(metric, now, before)
    except BadRequest as exc:
        show.empty("No reason can be told.", str(exc))
        return
    if move.change is None:
        show.empty("Nothing to compare.", sentence(move, str))
        return
    keys = [effect.key for effect in move.effects[: why_rows.MOST]]
    names = splits.named(asked, column, keys)
    st.markdown(sentence(move, lambda key: names.get(key, OTHERS)))
    values = {name: key[0] for key, name in names.items() if key}

    def to_calls(name: str) -> None:
        if name in values:
            dimensions.to_calls(asked, column, values[name])

    left, right = st.columns([2, 3])
    with left:
        _bars(move, names, to_calls)
    with right:
        data = why_rows.table(move, names, now, before).dropna(axis="columns", how="all")
        of = [
            ((column, effect.key[0]),) if effect.key else None  # all others have no key
            for effect in why_rows.shown(move)
        ]
        _table(asked, move.metric, data, of, other)


def _bars(move: Move, names: Mapping[Key, str], to_calls: Callable[[str], None]) -> None:
    data = why_rows.bars(move, names)
    kinds = tuple(dict.fromkeys(data["kind"]))

    def to_bar() -> None:
        mark = show.picked(CHART)
        if mark is not None:
            to_calls(str(mark["key"]))

    show.chart(
        "effects",
        data,
        f"Change of {move.metric.label}{UNITS.get(move.metric.unit, '')}",
        kinds,
        data["name"].nunique(),
        alt=f"What each group did to {move.metric.label}",
        key=CHART,
        on_pick=to_bar,
    )


def _table(
    asked: Asked, metric: Metric, data: pd.DataFrame, of: Sequence[Of | None], other: Window
) -> None:
    config: dict[str, Any] = {
        "name": tables.text("Group", width=140),
        "effect": columns.signed(metric, "Effect"),
        "mix": columns.signed(metric, "Mix"),
        "rate": columns.signed(metric, "Rate"),
        "now": tables.measured(metric.name, "Now"),
        "before": tables.measured(metric.name, "Then"),
        "share_now": columns.share("Share now", SHARE),
        "share_before": columns.share("Share then", SHARE),
        "calls_now": tables.measured("calls", "Calls now"),
        "calls_before": tables.measured("calls", "Calls then"),
        "sure": columns.sure(),
    }
    shown = [name for name in config if name in data and (name != "sure" or data[name].any())]
    by_value.table(
        data[shown],
        {name: config[name] for name in shown},
        TABLE,
        asked,
        of,
        alt=f"What each group did to {metric.label}",
        height="content",
        metrics={
            "now": metric.name,
            "before": metric.name,
            "calls_now": "calls",
            "calls_before": "calls",
        },
        windows={"before": other, "share_before": other, "calls_before": other},
    )
