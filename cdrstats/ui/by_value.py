"""Tables with a row for each value: it leads to its calls, and its figures are explained."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import pandas as pd
import streamlit as st

from cdrstats.metrics import METRICS
from cdrstats.ui import bar, dimensions, explain, format, tables
from cdrstats.ui.bar import Asked
from cdrstats.ui.dimensions import Of

HEIGHT_PX = 360
ROWS = 8
"""A table of more rows is not higher than HEIGHT_PX."""


def table(
    data: pd.DataFrame,
    config: Mapping[str, Any],
    key: str,
    asked: Asked,
    of: Sequence[Of],
    *,
    alt: str,
    height: int | Literal["auto", "content", "stretch"] | None = None,
    metrics: Mapping[str, str] | None = None,
    unsaved: Collection[str] = (),
) -> None:
    """A table of `data`, which can be saved.

    Args:
        config: how the columns are shown.
        of: what each row is of.
        height: None: of all rows, or HEIGHT_PX.
        metrics: the metrics of columns that are not called by their name.
        unsaved: the columns that no file has.
    """
    told = {name: name for name in data if name in METRICS} | dict(metrics or {})
    saved = {name: one for name, one in config.items() if name in data and name not in unsaved}
    tables.offer(data[list(saved)], saved)
    st.dataframe(
        data,
        key=key,
        hide_index=True,
        height=height or ("content" if len(data) <= ROWS else HEIGHT_PX),
        placeholder=format.NOTHING,
        on_select=lambda: _follow(key, asked, of, told),
        selection_mode=["single-row", "single-cell"],
        alt=alt,
        column_config=dict(config),
    )
    explain.drawer(asked)


def _follow(key: str, asked: Asked, of: Sequence[Of], metrics: Mapping[str, str]) -> None:
    """Lead to the calls of the row that was chosen, or explain the figure."""
    for row, column in tables.chosen_cells(key):
        if column in metrics:
            explain.ask_for(metrics[column], of[row])
            return
        _to_calls(asked, of[row])
    for row in tables.chosen_rows(key):
        _to_calls(asked, of[row])


def _to_calls(asked: Asked, of: Of) -> None:
    link = dimensions.link_of(asked, of)
    if link is not None:
        bar.to_calls(asked, **link)
