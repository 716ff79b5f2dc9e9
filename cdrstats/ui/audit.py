"""The Audit log page: lines by period, who, action, object and address, and as a file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy import Connection

from cdrstats import format
from cdrstats.accounts import audit
from cdrstats.accounts.audit import Line
from cdrstats.clock import Window
from cdrstats.spreadsheet import written
from cdrstats.ui import administering, auditing, filters, show, tables

SIZE = 100
"""Lines on a page."""

MOST = 100_000
"""Lines in a file."""

PAGES, OF = "audit_pages", "audit_of"
"""In the session: the last lines of the pages before this one, and which lines these are of."""

FILTERS = ("who", "action", "object", "address")
COLUMNS = ("at", "who", "action", "object", "address", "detail")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are asked for; those that are None do not matter."""

    since: datetime
    until: datetime
    who: str | None
    action: str | None
    object: str | None
    address: str | None


def wanted(window: Window) -> Wanted:
    """The controls beside the period, and what they stand at."""
    people, actions = administering.read(audit.told, window.start, window.end)
    with st.grid(4, min_column_width=180):
        who = _one_of("Who", people, "who")
        action = _one_of("Action", actions, "action")
        object_ = _text("Object", "object", "A part of what it was done to.")
        address = _text("Address", "address", "What it begins with, such as 10.0.")
    return Wanted(window.start, window.end, who, action, object_, address)


def _one_of(label: str, known: list[str], key: str) -> str | None:
    """One of `known`; what the URL says stays chosen, although no line of the period has it."""
    given = st.session_state.get(key) or st.query_params.get(key)
    more = [given] if given and given not in known else []
    chosen: str | None = st.selectbox(
        label, [*known, *more], index=None, key=key, bind="query-params", placeholder="All"
    )
    return chosen


def _text(label: str, key: str, help: str) -> str | None:
    given = st.text_input(
        label, key=key, bind="query-params", placeholder="All", help=help, max_chars=200
    )
    return (given or "").strip() or None


def lines(which: Wanted, zone: ZoneInfo) -> None:
    """The lines that are asked for, newest first, page by page."""
    params = filters.params(("period", "from", "to", *FILTERS))
    if st.session_state.get(OF) != params:
        st.session_state.update({OF: params, PAGES: []})
    before: list[Line] = st.session_state[PAGES]
    found = administering.read(_search, which, before[-1] if before else None, SIZE + 1)
    if not found:
        _nothing(which)
        return
    shown = found[:SIZE]
    _table(shown, zone)
    with st.container(horizontal=True, key="pager"):
        _turn("Newest", ":material/first_page:", [] if before else None)
        _turn("Newer", ":material/chevron_left:", before[:-1] if before else None)
        more = len(found) > SIZE
        _turn("Older", ":material/chevron_right:", [*before, shown[-1]] if more else None)
        asked = {name: value for name, value in asdict(which).items() if value is not None}
        st.download_button(
            "Export",
            icon=":material/download:",
            data=auditing.file(
                "audit",
                "export audit",
                lambda conn: _file(conn, which, zone),
                detail={name: str(value) for name, value in asked.items()},
            ),
            file_name="audit.csv",
            mime="text/csv",
            on_click="ignore",
            help=f"These lines as CSV, the newest {format.count(MOST)} at most. The log tells"
            " who exported them.",
        )


def _search(conn: Connection, which: Wanted, before: Line | None, limit: int) -> list[Line]:
    return audit.search(conn, **asdict(which), before=before, limit=limit)


def _nothing(which: Wanted) -> None:
    if any((which.who, which.action, which.object, which.address)):
        show.empty(
            "No line matches.",
            "Widen the period, or take the filters off.",
            "Clear filters",
            lambda: filters.clear(FILTERS),
        )
    else:
        show.empty(
            "Nothing was done in this period.",
            "Lines are never deleted: choose a longer period.",
            "Show the last 365 days",
            lambda: st.session_state.update(period="12m"),
        )


def _turn(label: str, icon: str, pages: list[Line] | None) -> None:
    """A button that leads to the page after these; nowhere if there is none."""
    st.button(
        label,
        icon=icon,
        disabled=pages is None,
        on_click=lambda: st.session_state.update({PAGES: pages}),
        key=f"go_{label}",
    )


def _table(shown: Sequence[Line], zone: ZoneInfo) -> None:
    rows = [{**asdict(line), "detail": in_words(line.detail)} for line in shown]
    st.caption("Newest first. Choose a line to read all of it.")
    key = f"audit_{shown[0].id}"
    st.dataframe(
        tables.frame_of(rows, COLUMNS),
        key=key,
        hide_index=True,
        height="content" if len(rows) < 12 else 460,
        on_select="rerun",
        selection_mode="single-row",
        alt="Who did what, newest first",
        column_config={
            "at": tables.instant("At", zone, help=f"Time zone {zone.key}"),
            "who": tables.text("Who", "A login name, or cli: and a user of the system"),
            "action": tables.text("Action"),
            "object": tables.text("Object", "What it was done to"),
            "address": tables.text("Address", "Where the browser was"),
            "detail": tables.text("Detail", width="large"),
        },
    )
    chosen = tables.chosen_rows(key)
    if chosen and chosen[0] < len(shown):
        _in_full(shown[chosen[0]], zone)


def _in_full(line: Line, zone: ZoneInfo) -> None:
    """A line whose words are too long for a row."""
    what = " ".join(format.literal(word) for word in (line.who, line.action, line.object))
    where = f", from {format.literal(line.address)}" if line.address else ""
    with st.container(border=True):
        st.markdown(f"**{what}**, {format.moment(line.at, zone, seconds=True)}{where}")
        for name, value in line.detail.items():
            words = f"{_named(name)}: {_told(value)}"
            st.markdown(format.literal(words))


def in_words(detail: Mapping[str, Any]) -> str:
    """What JSON holds, as people read it: 'role: analyst, now finance; groups: none'."""
    return "; ".join(f"{_named(name)}: {_told(value)}" for name, value in detail.items())


def _named(name: str) -> str:
    return name.replace("_", " ")


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        if value.keys() == {"was", "is"}:
            return f"{_told(value['was'])}, now {_told(value['is'])}"
        return f"({in_words(value)})"
    if isinstance(value, list):
        return ", ".join(map(_told, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None or value == "" else str(value)


def _file(conn: Connection, which: Wanted, zone: ZoneInfo) -> str:
    return written([COLUMNS, *_cells(conn, which, zone)])


def _cells(conn: Connection, which: Wanted, zone: ZoneInfo) -> Iterator[list[str]]:
    for line in _search(conn, which, None, MOST):
        at = line.at.astimezone(zone).isoformat()
        texts = [line.who, line.action, line.object, line.address]
        yield [at, *texts, in_words(line.detail)]
