"""Rows as tables: what each column is called, how it is written, and how wide it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from cdrstats.metrics import METRICS
from cdrstats.ui import format, saving

STATES = {
    "staged": "Loaded",
    "loading": "Loading",
    "undone": "Undone",
    "queued": "Queued",
    "running": "Running",
    "done": "Done",
    "error": "Failed",
}
STATE_COLOURS = {
    "Loaded": "green",
    "Loading": "blue",
    "Undone": "gray",
    "Queued": "gray",
    "Running": "blue",
    "Done": "green",
    "Failed": "red",
    "Never ran": "gray",
}


def frame_of(rows: Iterable[Any], columns: Sequence[str]) -> pd.DataFrame:
    """A table of `columns` from rows that are dataclasses or mappings; properties count."""
    found = [
        {
            column: getattr(row, column) if is_dataclass(row) else row.get(column)
            for column in columns
        }
        for row in rows
    ]
    return pd.DataFrame(found, columns=list(columns))


def number(label: str, help: str | None = None, width: Any = None) -> Any:
    return st.column_config.NumberColumn(label, format="localized", help=help, width=width)


def instant(label: str, zone: ZoneInfo, help: str | None = None) -> Any:
    """Times of the viewer's zone, as '10 Mar 2026 13:05:00' sorts: year first."""
    return st.column_config.DatetimeColumn(
        label, format="YYYY-MM-DD HH:mm:ss", timezone=zone.key, help=help, width=155
    )


def badge(label: str, colours: dict[str, str] | None = None) -> Any:
    """A state as a coloured word; cells hold a list of one."""
    known = colours or STATE_COLOURS
    return st.column_config.MultiselectColumn(
        label, options=list(known), color=list(known.values()), width=100
    )


def text(label: str, help: str | None = None, width: Any = None) -> Any:
    return st.column_config.TextColumn(label, help=help, width=width)


def measured(name: str, label: str | None = None, **given: Any) -> Any:
    """The column of a metric: its cells are those of `cells`, which sort.

    Args:
        label: what the column is called, where the metric's own name is too long.
        given: what else a number column takes.
    """
    metric = METRICS[name]
    formats = {"percent": "%.1f %%", "money": "%.2f", "score": "%.2f"}
    formats["seconds"] = "%.1f s" if metric.fine else "compact"
    return st.column_config.NumberColumn(
        label or metric.label,
        format=formats.get(metric.unit, "localized"),
        help=metric.definition,
        **given,
    )


def offer(data: pd.DataFrame, config: Mapping[str, Any]) -> None:
    """Let whoever looks save a table, its columns called as on the page; lengths as seconds."""
    told, labels = data.copy(), {name: one["label"] for name, one in config.items()}
    for name in map(str, data.select_dtypes("timedelta")):
        told[name] = data[name].dt.total_seconds()
        labels[name] = f"{labels[name]}, s"
    saving.offer(told.rename(columns=labels))


def pickable(
    data: pd.DataFrame, config: Mapping[str, Any], key: str, alt: str
) -> tuple[int, str | None] | None:
    """A table of the columns in `config`, which can be saved.

    Returns:
        The position of the chosen row, and the column if one cell of it was chosen.
    """
    offer(data, config)
    st.dataframe(
        data,
        key=key,
        hide_index=True,
        placeholder=format.NOTHING,
        height="content" if len(data) < 8 else 284,
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        alt=alt,
        column_config=dict(config),
    )
    chosen = [*chosen_cells(key), *((row, None) for row in chosen_rows(key))]
    return next((one for one in chosen if one[0] < len(data)), None)


def chosen_cells(key: str) -> list[tuple[int, str]]:
    """The positions of the rows, and the columns, of cells chosen in the table `key`."""
    state = st.session_state.get(key)
    return [(row, column) for row, column in state.selection.cells] if state else []


def chosen_rows(key: str) -> list[int]:
    """The positions of the rows chosen in the table `key`."""
    state = st.session_state.get(key)
    return list(state.selection.rows) if state else []
