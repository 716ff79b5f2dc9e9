"""Rows as tables: what each column is called, how it is written, and how wide it is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from cdrstats import format
from cdrstats.metrics import METRICS
from cdrstats.ui import saving

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


def opening(
    what: str,
    rows: Sequence[Mapping[str, object]],
    names: Sequence[str],
    choose: Callable[[str | None], None],
    alt: str,
    config: Mapping[str, Any],
) -> None:
    """A table of which a row opens a card.

    Args:
        what: the rows are, in a word.
        names: of each row, by which `choose` knows it.
        choose: called with the name of the row that was chosen; None: of none any more.
        alt: what the table shows, for who does not see it.
        config: the columns, by what they are called in `rows`.
    """
    # Another key where another row would stand in the place that is chosen.
    key = f"{what}_{abs(hash(tuple(names)))}"

    def chosen() -> None:
        found = chosen_rows(key)
        choose(names[found[0]] if found and found[0] < len(names) else None)

    st.dataframe(
        frame_of(rows, list(config)),
        key=key,
        hide_index=True,
        placeholder="",
        height="content" if len(rows) < 10 else 380,
        on_select=chosen,
        selection_mode="single-row",
        alt=alt,
        column_config=dict(config),
    )


Chosen = tuple[int, str | None]
"""The position of a row, and a column where one cell of it was chosen."""


def pickable(
    data: pd.DataFrame, config: Mapping[str, Any], key: str, alt: str
) -> Chosen | None:
    """A table of the columns in `config`, which can be saved; what of it was chosen last."""
    offer(data, config)
    noted = f"{key}_noted"
    st.dataframe(
        data,
        key=key,
        hide_index=True,
        placeholder=format.NOTHING,
        height="content" if len(data) < 8 else 284,
        on_select=lambda: st.session_state.update({noted: newly_chosen(key)}),
        selection_mode=["single-row", "single-cell"],
        alt=alt,
        column_config=dict(config),
    )
    chosen: Chosen | None = st.session_state.get(noted)
    return chosen if chosen and chosen[0] < len(data) else None


def newly_chosen(key: str) -> Chosen | None:
    """What was chosen in the table `key` just now; for callbacks.

    A chosen cell stays beside a row that is chosen later, and the other way round.
    """
    noted = f"{key}_before"
    before = st.session_state.get(noted, ())
    now: list[Chosen] = [*chosen_cells(key), *((row, None) for row in chosen_rows(key))]
    st.session_state[noted] = now
    return next((one for one in now if one not in before), None)


def chosen_cells(key: str) -> list[tuple[int, str]]:
    """The positions of the rows, and the columns, of cells chosen in the table `key`."""
    state = st.session_state.get(key)
    return [(row, column) for row, column in state.selection.cells] if state else []


def chosen_rows(key: str) -> list[int]:
    """The positions of the rows chosen in the table `key`."""
    state = st.session_state.get(key)
    return list(state.selection.rows) if state else []
