"""The parts of the Downloads page: what is being written, and what can be fetched."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy import Connection

from cdrstats import downloads, format, health, options
from cdrstats.accounts import Viewer
from cdrstats.choices import PRESETS
from cdrstats.downloads import Download
from cdrstats.health import JobsState
from cdrstats.ui import bar, filters, frame, show

Change = Callable[[Connection, Viewer, UUID], None]
Colour = Literal["gray", "blue", "green", "red"]

STATES: dict[str, tuple[str, Colour]] = {
    "waiting": ("Waiting", "gray"),
    "running": ("Being written", "blue"),
    "done": ("Ready", "green"),
    "failed": ("Failed", "red"),
    "cancelled": ("Cancelled", "gray"),
}
"""What each state is called, and its colour."""

MOST = 50
"""Downloads that have ended, on the page."""


def page(viewer: Viewer, zone: ZoneInfo) -> None:
    """All downloads of the viewer; what is under way is looked at again every two seconds."""
    found = frame.read_now(downloads.list_downloads, viewer)
    open_ = frozenset(each.id for each in found if _is_open(each))
    st.fragment(_under_way, run_every="2s")(open_)
    ended = [each for each in found if not _is_open(each)]
    for each in ended[:MOST]:
        with st.container(border=True):
            _ended(viewer, each, zone)
    if len(ended) > MOST:
        st.caption(f"The newest {MOST} of {format.count(len(ended))} are shown.")
    if not found:
        days = frame.read_of_house(options.value_of, "download_days")
        show.empty(
            "No downloads yet.",
            "Large exports are written in the background and stand here for"
            f" {days} days: on the Calls page, choose Export and a format in the background.",
        )
        show.link("calls", "Go to calls", ":material/call:", does="export")


def _is_open(each: Download) -> bool:
    return each.state in ("waiting", "running")


def _under_way(drawn: frozenset[UUID]) -> None:
    """What waits and runs; all is drawn anew once that is not what was `drawn` before."""
    viewer = frame.require("downloads")
    found = frame.read_now(downloads.list_downloads, viewer)
    open_ = [each for each in found if _is_open(each)]
    if {each.id for each in open_} != drawn:
        st.rerun()
    if open_ and (words := stalled(frame.read_of_house(health.jobs_state), frame.now())):
        st.warning(words, icon=":material/error:")
    for each in open_:
        with st.container(border=True):
            with _heading(each):
                if st.button("Cancel", icon=":material/close:", key=f"cancel_{each.id}"):
                    _do(downloads.cancel, viewer, each, "is cancelled")
            part, words = progress(each)
            st.progress(part or 0.0, words)
            st.caption(f"{described(each)} · asked {format.ago(each.asked_at, frame.now())}")


def stalled(state: JobsState, now: datetime) -> str | None:
    """Why nothing is being written; None if the job process does its work."""
    seen = state.heartbeat_at
    if seen is None or now - seen > health.SILENT_AFTER:
        return (
            "No job process runs, so no file is written: start it with"
            " `python -m cdrstats up` or `python -m jobs`."
        )
    if state.paused:
        return (
            "Jobs are paused, so no file is begun:"
            " `python -m cdrstats jobs resume` lets them go on."
        )
    return None


def progress(each: Download) -> tuple[float | None, str]:
    """How far it is, from 0 to 1, and in words; None where nobody knows."""
    if each.state == "waiting":
        return None, "Waits for its turn"
    done = f"{format.count(each.rows_done)} calls"
    if each.rows_expected:
        done = f"{format.count(each.rows_done)} of {format.count(each.rows_expected)} calls"
    part = min(each.rows_done / each.rows_expected, 1.0) if each.rows_expected else None
    return part, f"{done}, {format.size(each.bytes)}"


def described(each: Download) -> str:
    """Which calls it holds: the period and the filters that were set when it was asked for."""
    params = each.params
    preset = params.get("period", ["24h"])[0]
    words = PRESETS.get(preset, preset)
    if preset == "Custom":
        ends = [params.get(key, ["…"])[0].replace("T", " ") for key in ("from", "to")]
        zone = params.get("zone", [each.timezone])[0]
        words = f"{ends[0]} {format.NOTHING} {ends[1]} ({zone})"
    chosen = [
        filters.described(field, value)
        for field in bar.CHIPS
        for value in params.get(field, ())
    ]
    return " · ".join(format.literal(word) for word in [f"Calls of {words}", *chosen])


def _heading(each: Download) -> st.delta_generator.DeltaGenerator:
    """Name and state on the left; what is drawn inside stands on the right."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    label, colour = STATES[each.state]
    name = format.literal(each.file_name)
    row.markdown(f"**{name}** :{colour}-badge[{label}]", width="stretch")
    return row


def _ended(viewer: Viewer, each: Download, zone: ZoneInfo) -> None:
    with _heading(each):
        may = viewer.may("export")
        if may and each.state == "done":
            st.html(
                f'<a href="/downloads/{each.id}" download style="color:inherit">Download</a>',
                width="content",
            )
        if may and st.button("Ask again", icon=":material/replay:", key=f"again_{each.id}"):
            _ask_again(viewer, each)
        if st.button("Forget", icon=":material/delete:", key=f"forget_{each.id}"):
            _do(downloads.forget, viewer, each, "is forgotten")
    if each.error:
        st.error(format.literal(each.error), icon=":material/error:")
    st.caption(f"{described(each)} · {facts(each, frame.now(), zone)}")


def facts(each: Download, now: datetime, zone: ZoneInfo) -> str:
    """Its size, when it was asked for, and until when it is kept."""
    held = []
    if each.state == "done":
        held = [f"{format.count(each.rows_done)} calls", format.size(each.bytes)]
    until = format.moment(each.expires_at, zone)
    return " · ".join([*held, f"asked {format.ago(each.asked_at, now)}", f"kept until {until}"])


def _ask_again(viewer: Viewer, each: Download) -> None:
    with frame.changing() as conn:
        downloads.ask(conn, viewer, each.format, each.query, each.timezone)
    st.rerun()


def _do(change: Change, viewer: Viewer, each: Download, words: str) -> None:
    with frame.changing() as conn:
        change(conn, viewer, each.id)
    st.toast(f"{format.literal(each.file_name)} {words}.")
    st.rerun()
