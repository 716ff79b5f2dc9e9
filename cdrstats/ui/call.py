"""One call in full, in a drawer at the right."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy import Connection

from cdrstats.accounts import Scope
from cdrstats.calls import CallDetail, Explanation, Related, detail, explain, timeline
from cdrstats.choices import Names
from cdrstats.ui import call_html, filters, frame
from cdrstats.ui.call_facts import SECTIONS, facts
from cdrstats.ui.call_html import Fact
from cdrstats.ui.call_timeline import show_timeline
from cdrstats.ui.calls import RESULT_COLOURS, result_of

TABS = ("Call", "How it came about", "Records")
STAGED_WORDS = {
    "duplicate": "The same record, again",
    "leg": "A leg of this call",
    "call": "A call that goes with it",
}
CHANGED = (
    "The rules changed since: {} would be different today. Start over, or mediate this call"
    " anew, to apply them."
)


def drawer(names: Names) -> None:
    """Open the call that the URL names, if it names one."""
    given = st.query_params.get("call")
    if given and frame.viewer().may("call"):
        _drawer(given, names)
    elif given:
        st.info("You may not see calls in full.")


def _close() -> None:
    st.query_params.pop("call", None)
    st.session_state["calls_version"] = st.session_state.get("calls_version", 0) + 1


@st.dialog("Call", position="right", width="medium", on_dismiss=_close)
def _drawer(given: str, names: Names) -> None:
    viewer = frame.require("call")
    place = _place(given)
    found = frame.read(_in_full, viewer.scope, *place) if place else None
    if found is None:
        st.markdown("**This call is not there.**")
        st.caption("It may have been mediated anew, or its file was undone.")
        return
    _show(*found, names, filters.zone(), viewer.scope)


def _place(given: str) -> tuple[datetime, uuid.UUID] | None:
    stamp, _, key = given.partition("~")
    try:
        moment = datetime.fromisoformat(stamp)
        return (moment, uuid.UUID(key)) if moment.tzinfo else None
    except ValueError:
        return None


def _in_full(
    conn: Connection, scope: Scope, starting_date: datetime, dedup_key: uuid.UUID
) -> tuple[CallDetail, Explanation] | None:
    """The call at this place and how it came about, in one read."""
    found = detail(conn, scope, starting_date, dedup_key)
    return None if found is None else (found, explain(conn, scope, found))


def _show(
    found: CallDetail, explanation: Explanation, names: Names, zone: ZoneInfo, scope: Scope
) -> None:
    told = scope.shows("data")  # what the switch wrote
    st.html(call_html.STYLE)
    _heading(found, names)
    known = facts(found, names, zone, scope, _file(found) if told else "")
    _warn(explanation, known)
    show_timeline(timeline(found, names.kinds), names, zone)
    call, how, *records = st.tabs(TABS if told or found.related else TABS[:2])
    with call:
        st.html(
            call_html.sections(
                {title: _facts(fields, known) for title, fields in SECTIONS.items()}
            )
        )
    with how:
        if told and found.staged is None:
            st.caption(
                "The record that this call was made of is no longer kept, so that some of this"
                " can no longer be told."
            )
        st.html(
            call_html.sections(
                {title: _how(fields, known, explanation) for title, fields in SECTIONS.items()}
            )
        )
    for tab in records:
        with tab:
            _records(found)


def _heading(found: CallDetail, names: Names) -> None:
    call, result = found.call, result_of(found.call, names)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_numbers(call), width="content")
        st.badge(result, color=RESULT_COLOURS[result])  # type: ignore[arg-type]


def _numbers(row: Mapping[str, Any]) -> str:
    caller, destination = row["caller_id_number"], row["destination_number"]
    return f"{_code(caller)} :material/arrow_forward: {_code(destination)}"


def _code(number: str | None) -> str:
    """A number as Markdown that shows it as it is."""
    text = " ".join((number or "unknown").split()) or "unknown"
    fence = "`"
    while fence in text:
        fence += "`"
    inner = text if len(fence) == 1 else f" {text} "
    return f"{fence}{inner}{fence}"


def _file(found: CallDetail) -> str:
    if found.file:
        return found.file.name
    return "pushed by another program" if found.staged else "no longer kept"


def _warn(explanation: Explanation, known: Mapping[str, Fact]) -> None:
    """Tell that the call is not what today's rules would make of it."""
    if explanation.waiting:
        st.info("Its record waits to be mediated anew.", icon=":material/schedule:")
    elif explanation.outdated:
        labels = [known[field.field][0].lower() for field in explanation.outdated]
        st.warning(CHANGED.format(", ".join(labels)), icon=":material/rule:")


def _facts(fields: tuple[str, ...], known: Mapping[str, Fact]) -> str:
    return call_html.facts(known[field] for field in fields if known[field][1])


def _how(fields: tuple[str, ...], known: Mapping[str, Fact], explanation: Explanation) -> str:
    told = {field.field: field for field in explanation.fields}
    return call_html.explanations(
        (known[field], told[field]) for field in fields if field in told
    )


def _records(found: CallDetail) -> None:
    if found.call["data"]:
        with st.expander("Further fields of the record", expanded=True):
            st.json(found.call["data"])
    if found.staged:
        with st.expander("The record as it was staged"):
            st.json(_plain(found.staged))
    for number, related in enumerate(found.related):
        with st.expander(f"{STAGED_WORDS[related.kind]}: {_numbers(related.row)}"):
            _other(related, number)


def _other(related: Related, number: int) -> None:
    row = related.row
    if related.kind == "call":
        place = f"{row['starting_date'].isoformat()}~{row['dedup_key'].hex}"
        if st.button("Open this call", key=f"open_related_{number}"):
            st.query_params["call"] = place
            st.rerun()
    st.json(_plain(row))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value if isinstance(value, dict | list | int | bool | str) else str(value)
        for key, value in row.items()
        if value is not None
    }
