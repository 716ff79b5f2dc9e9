"""The parts of the Calls page."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from cdrstats import format
from cdrstats.accounts import Viewer
from cdrstats.calls import Cursor, Page, Search, count, page
from cdrstats.choices import COLUMNS, ORDERS, SORTS, Names, search_of
from cdrstats.choices.names import CALL_TYPES, DIRECTIONS
from cdrstats.errors import BadRequest
from cdrstats.ui import bar, filters, frame, tables
from cdrstats.ui.figures import RESULT_OF_KIND

SEARCH_KEYS = (*bar.KEYS, "sort", "order")
LINK_KEYS = (*SEARCH_KEYS, "columns")
SHOWN = (
    "Start",
    "Caller number",
    "Destination",
    "Country",
    "Switch",
    "Customer",
    "Hangup cause",
    "Duration",
    "Talk time",
    "Sell cost",
)
SIZES = (25, 50, 100, 250, 500)
RESULT_COLOURS = {"Answered": "blue", "Busy": "orange", "No answer": "gray", "Failed": "red"}


def view_controls() -> None:
    """Columns, order and number of rows."""
    offered = list(frame.offered(COLUMNS))
    st.multiselect(
        "Columns", offered, default=shown_first(), key="columns", bind="query-params"
    )
    st.selectbox("Sort by", list(frame.offered(SORTS)), key="sort", bind="query-params")
    st.segmented_control(
        "Order",
        ORDERS,
        default=ORDERS[0],
        required=True,
        key="order",
        bind="query-params",
    )
    st.selectbox("Rows a page", SIZES, index=1, key="rows", bind="query-params")


def shown_first() -> list[str]:
    """The columns that are shown unless others are chosen."""
    return [heading for heading in frame.offered(COLUMNS) if heading in SHOWN]


def chosen_search(viewer: Viewer, names: Names) -> Search:
    """The search that the controls describe, with what the table needs beside its columns."""
    try:
        params, zone = filters.params(LINK_KEYS), frame.settings().timezone
        found = search_of(viewer.scope, params, names, frame.now(), zone)
    except BadRequest as exc:
        frame.tell(exc)
    needed = ("starting_date", "answered", "hangup_cause_id", *found.columns)
    return replace(found, columns=tuple(dict.fromkeys(needed)))


def found_page(viewer: Viewer, search: Search) -> Page:
    """The page of the search that the URL names; the first one if the search was changed."""
    params = filters.params(SEARCH_KEYS)
    if st.session_state.setdefault("calls_of", params) != params:
        st.session_state["calls_of"] = params
        st.query_params.pop("at", None)
    at = st.query_params.get("at", "")
    try:
        cursor = Cursor.parse(at.lstrip("-")) if at else None
    except BadRequest:
        cursor = None
    size = st.session_state.get("rows") or SIZES[1]
    return frame.read(page, viewer.scope, search, size, cursor, backwards=at.startswith("-"))


def counted(viewer: Viewer, search: Search) -> None:
    """Say how many calls the search finds."""
    found = frame.read(count, viewer.scope, replace(search, columns=()))
    if found is None:
        words = "many calls"
    else:
        more = "more than " if found.more else ""
        noun = "call" if found.calls == 1 else "calls"
        words = f"{more}{format.count(found.calls)} {noun}"
    st.markdown(f"**{words.capitalize()}**")


def pager(found: Page) -> None:
    """Newest, newer, older; words follow the order."""
    ascending = st.session_state.get("order") == "Ascending"
    by_time = (st.session_state.get("sort") or "Start") == "Start"
    back, on = ("Previous", "Next") if not by_time else ("Newer", "Older")
    if by_time and ascending:
        back, on = on, back
    with st.container(horizontal=True, horizontal_alignment="right", key="pager"):
        _go("First page", ":material/first_page:", "" if found.previous else None)
        _go(
            back,
            ":material/chevron_left:",
            f"-{found.previous.text()}" if found.previous else None,
        )
        _go(on, ":material/chevron_right:", found.next.text() if found.next else None)


def _go(label: str, icon: str, at: str | None) -> None:
    st.button(
        label, icon=icon, disabled=at is None, on_click=_turn, args=(at,), key=f"go_{label}"
    )


def _turn(at: str | None) -> None:
    if at:
        st.query_params["at"] = at
    else:
        st.query_params.pop("at", None)


def table(found: Page, names: Names) -> None:
    """The calls of a page; choosing one opens it."""
    headings = filters.values_of("columns") or shown_first()
    cells: dict[str, list[Any]] = {
        "Result": [[result_of(row, names)] for row in found.rows],
    }
    for heading in headings:
        cells[heading] = [_cell(COLUMNS[heading], row, names) for row in found.rows]
    data = pd.DataFrame(cells)
    order = ["Start", "Result", *(heading for heading in headings if heading != "Start")]
    version = st.session_state.setdefault("calls_version", 0)
    key = f"calls_{version}"
    st.dataframe(
        data,
        key=key,
        hide_index=True,
        height=min(38 + 35 * max(len(data), 1), 640),
        row_height=34,
        column_order=[heading for heading in order if heading in data],
        column_config=_column_config(headings),
        on_select=(lambda: _open(key, found)) if frame.viewer().may("call") else "ignore",
        selection_mode="single-row",
        placeholder="",
        alt="Calls of this search",
    )


def result_of(row: Mapping[str, object], names: Names) -> str:
    """Answered, Busy, No answer or Failed."""
    if row["answered"]:
        return "Answered"
    return RESULT_OF_KIND.get(names.kinds.get(int(str(row["hangup_cause_id"])), ""), "Failed")


def _cell(column: str, row: Mapping[str, object], names: Names) -> object:
    value = row[column]
    if column in ("duration", "billsec"):
        return format.clock(value)  # type: ignore[arg-type]
    if column == "hangup_cause_id":
        return names.causes.get(value, str(value))  # type: ignore[call-overload]
    if column == "direction":
        return DIRECTIONS.get(value, "")  # type: ignore[call-overload]
    if column == "call_type":
        return CALL_TYPES.get(value, "")  # type: ignore[call-overload]
    if column.endswith(("_cost", "_rate")):
        return float(str(value))
    return value


def _column_config(headings: list[str]) -> dict[str, Any]:
    zone = filters.zone()
    config: dict[str, Any] = {
        "Start": tables.instant("Start", zone, help=f"Time zone {zone.key}"),
        "Result": tables.badge("Result", RESULT_COLOURS),
        "Post-dial delay": st.column_config.NumberColumn("Post-dial delay", format="%d ms"),
    }
    for heading in headings:
        if COLUMNS[heading].endswith(("_cost", "_rate")):
            config[heading] = st.column_config.NumberColumn(heading, format="%.4f")
        elif COLUMNS[heading] in ("duration", "billsec"):
            config[heading] = st.column_config.TextColumn(heading, alignment="right", width=90)
    return config


def _open(key: str, found: Page) -> None:
    rows = tables.chosen_rows(key)
    if rows and rows[0] < len(found.rows):
        row = found.rows[rows[0]]
        st.query_params["call"] = f"{row['starting_date'].isoformat()}~{row['dedup_key'].hex}"
