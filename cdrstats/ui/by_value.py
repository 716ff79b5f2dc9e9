"""Tables with a row for each value: it leads to its calls, and its figures are explained."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

import pandas as pd
import streamlit as st

from cdrstats import format
from cdrstats.clock import Window
from cdrstats.metrics import METRICS
from cdrstats.ui import bar, dimensions, explain, frame, tables
from cdrstats.ui.bar import Asked
from cdrstats.ui.dimensions import Of
from cdrstats.ui.explain import When

HEIGHT_PX = 360
ROWS = 8
"""A table of more rows is not higher than HEIGHT_PX."""

OPENS = "The box of a row opens its calls."
EXPLAINS = "Click a figure to have it explained."


def table(
    data: pd.DataFrame,
    config: Mapping[str, Any],
    key: str,
    asked: Asked,
    of: Sequence[Of | None],
    *,
    alt: str,
    height: int | Literal["auto", "content", "stretch"] | None = None,
    metrics: Mapping[str, str] | None = None,
    windows: Mapping[str, Window] | None = None,
    unsaved: Collection[str] = (),
    on_row: Callable[[int], None] | None = None,
) -> None:
    """A table of `data`, which can be saved.

    Args:
        config: how the columns are shown; of others than those of `data`, nothing is.
        of: what each row is of; None of one that is of all others.
        height: None: of all rows, or HEIGHT_PX.
        metrics: the metrics of columns that are not called by their name.
        windows: those of columns whose figures are not of the period.
        unsaved: the columns that no file has.
        on_row: what a chosen row does, instead of leading to its calls.
    """
    told = {name: name for name in data if name in METRICS} | dict(metrics or {})
    config = {name: one for name, one in config.items() if name in data}
    saved = {name: one for name, one in config.items() if name not in unsaved}
    tables.offer(data[list(saved)], saved)
    _chosen(key, asked, of, told, windows or {})
    st.dataframe(
        data,
        key=key,
        hide_index=True,
        height=height or ("content" if len(data) <= ROWS else HEIGHT_PX),
        placeholder=format.NOTHING,
        on_select=lambda: _follow(key, of, on_row or (lambda row: _to_calls(asked, of[row]))),
        selection_mode=["single-row", "single-cell"],
        alt=alt,
        column_config=config,
    )
    explain.drawer(asked)


def _follow(key: str, of: Sequence[Of | None], on_row: Callable[[int], None]) -> None:
    """Do what the row does that was just chosen, or note what the chosen cell is of.

    The table itself keeps a position, at which something else may stand after a change.
    """
    chosen = tables.newly_chosen(key)
    if not tables.chosen_cells(key):
        st.session_state.pop(_noted(key), None)
    if chosen is None or chosen[0] >= len(of):
        return
    row, column = chosen
    if column is None:
        on_row(row)
    else:
        st.session_state[_noted(key)] = of[row], column


def _to_calls(asked: Asked, of: Of | None, window: Window | None = None) -> None:
    link = None if of is None else dimensions.link_of(asked, of)
    if link is not None:
        bar.to_calls_of(asked, window, **link)


def _chosen(
    key: str,
    asked: Asked,
    of: Sequence[Of | None],
    metrics: Mapping[str, str],
    windows: Mapping[str, Window],
) -> None:
    """What can be done with the cell that was chosen; a hint until then.

    Nothing is done at once: with the arrow keys one comes past many cells.
    """
    leads = frame.viewer().may("calls")
    if not any(one is not None for one in of) or not (leads or metrics):
        return
    chosen, column = st.session_state.get(_noted(key), (None, ""))
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"chosen_{key}"
    ):
        if chosen is None or chosen not in of:
            st.caption(" ".join([OPENS] * leads + [EXPLAINS] * bool(metrics)))
            return
        name, window = metrics.get(column), windows.get(column)
        words = [dimensions.said(asked, *one) for one in chosen]
        said = [METRICS[name].label, *words] if name else words
        st.markdown(", ".join(said), width="content")
        if name:
            st.button(
                "Explain",
                icon=":material/info:",
                key=f"told_{key}",
                on_click=explain.ask_for,
                args=(name, chosen, When(window) if window else None),
            )
        if leads and dimensions.link_of(asked, chosen) is not None:
            st.button(
                "Open the calls",
                icon=":material/list:",
                key=f"calls_{key}",
                on_click=_to_calls,
                args=(asked, chosen, window),
            )


def _noted(key: str) -> str:
    return f"{key}_noted"
