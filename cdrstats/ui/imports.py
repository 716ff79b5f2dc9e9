"""The parts of the Imports page."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from cdrstats import format, health, intake, mediation
from cdrstats.health import FileRow
from cdrstats.sources import READERS
from cdrstats.ui import auditing, frame, show, tables
from cdrstats.ui.uploader import uploader

FILE_COLUMNS = [
    "id",
    "state",
    "name",
    "switch",
    "source",
    "read",
    "imported",
    "duplicates",
    "rejected",
    "bad",
    "ignored",
    "joined",
    "parts",
    "waiting",
    "first_call",
    "last_call",
    "loaded_at",
    "loaded_by",
    "size_bytes",
]
TABS = ("Files", "Bad lines", "Rejections", "Incomplete calls")


def load_card(zone: ZoneInfo) -> None:
    """The box that takes files, and what is said of the switch they come from."""
    with show.card(
        "Load files", help="The format is told by the file itself. gzip is read as it is."
    ):
        query = {}
        with st.expander("Switch, time zone, format", icon=":material/tune:"):
            with st.grid(3, min_column_width=200):
                switch = st.text_input(
                    "Switch",
                    key="load_switch",
                    placeholder="As the records say",
                    max_chars=100,
                    help="Whose calls these are. A name that is new makes a new switch.",
                )
                stamps = st.selectbox(
                    "Time zone of the stamps",
                    sorted(available_timezones()),
                    index=None,
                    key="load_zone",
                    placeholder="As the switch is set",
                    help="For stamps without a zone. A new switch keeps it as its own.",
                )
                source = st.selectbox(
                    "Format",
                    sorted(READERS),
                    index=None,
                    key="load_source",
                    placeholder="Told by the file",
                )
            given = {"switch": switch.strip(), "timezone": stamps, "source": source}
            query = {key: value for key, value in given.items() if value}
        uploader(query, frame.forget)


def ledger(zone: ZoneInfo) -> None:
    """The files; lines that could not be read, rows that were rejected, halves of calls."""
    tab = st.segmented_control(
        "Show",
        TABS,
        default="Files",
        required=True,
        key="tab",
        bind="query-params",
        label_visibility="collapsed",
    )
    if tab == "Bad lines":
        bad_lines()
    elif tab == "Rejections":
        rejections(zone)
    elif tab == "Incomplete calls":
        incomplete(zone)
    else:
        st.fragment(files, run_every="5s")(zone)


def files(zone: ZoneInfo) -> None:
    """The ledger, newest first, looked at again every five seconds."""
    frame.require("imports")
    rows = frame.read_now(health.files, st.session_state.get("files_before"), 50)
    if not rows:
        show.empty(
            "No file was loaded yet.",
            "Choose files above, or put them into the inbox folder of their switch.",
        )
        return
    data = tables.frame_of(rows, FILE_COLUMNS)
    data["state"] = [[tables.STATES[row.state]] for row in rows]
    data["size_bytes"] = [format.size(row.size_bytes) for row in rows]
    data["name"] = [f"{row.name} (demo)" if row.is_demo else row.name for row in rows]
    st.dataframe(
        data,
        key="files",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        placeholder="",
        alt="Files that were loaded, newest first",
        column_config=_file_columns(zone),
    )
    chosen = tables.chosen_rows("files")
    if chosen and chosen[0] < len(rows):
        _actions(rows[chosen[0]])
    else:
        st.caption("Choose a file to see its bad lines, rejections and parts, or to undo it.")
    _older(rows)


def _file_columns(zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": tables.number("File", width=60),
        "state": tables.badge("State"),
        "name": tables.text("Name", width="medium"),
        "switch": tables.text("Switch"),
        "source": tables.text("Format"),
        "read": tables.number(
            "Read", "Records, parts and bad lines: the sum of the eight that follow"
        ),
        "imported": tables.number("Imported", "Became calls"),
        "duplicates": tables.number("Duplicates", "Calls that were known already"),
        "rejected": tables.number("Rejected", "Could not become a call; see Rejections"),
        "bad": tables.number("Bad", "Lines that could not be read; see Bad lines"),
        "ignored": tables.number("Ignored", "Legs that are no calls of their own"),
        "joined": tables.number("Joined", "Parts of a call that came in several records"),
        "parts": tables.number(
            "Parts", "Of calls whose other half has not come; see Incomplete calls"
        ),
        "waiting": tables.number("Waiting", "Not decided yet"),
        "first_call": tables.instant("First call", zone),
        "last_call": tables.instant("Last call", zone),
        "loaded_at": tables.instant("Loaded", zone),
        "loaded_by": tables.text("By"),
        "size_bytes": tables.text("Size"),
    }


def _actions(file: FileRow) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="file_actions"):
        st.markdown(f"File {file.id}: `{file.name}`", width="content")
        lists = zip(TABS[1:], (file.bad, file.rejected, file.parts), strict=True)
        for tab, how_many in lists:
            if st.button(
                f"{tab} ({format.count(how_many)})",
                icon=":material/list:",
                disabled=not how_many,
                on_click=_show_of_file,
                args=(tab, file.id),
            ):
                st.rerun()
        undoable = file.state == "staged" and frame.viewer().may("load")
        if st.button("Undo this file", icon=":material/undo:", disabled=not undoable):
            _ask_undo(file)


def _show_of_file(tab: str, file_id: int) -> None:
    st.session_state["tab"] = tab
    st.session_state["file"] = file_id
    st.query_params["file"] = str(file_id)


@st.dialog("Undo this file?")
def _ask_undo(file: FileRow) -> None:
    viewer = frame.require("load")
    st.markdown(
        f"`{file.name}` brought **{format.count(file.imported)}** calls."
        " They leave all figures. The same file can be loaded again afterwards."
    )
    if st.button("Undo", type="primary", key="undo_yes"):
        with st.spinner("Undoing…"), frame.trouble_told():
            intake.undo_file(
                frame.engine(), file.id, lambda conn: auditing.note_of(conn, viewer)
            )
        frame.forget()
        st.rerun()


def _older(rows: list[FileRow]) -> None:
    state = st.session_state
    if len(rows) < 50 and not state.get("files_before"):
        return

    def go(before: int | None) -> None:
        state["files_before"] = before

    with st.container(horizontal=True):
        st.button("Newest", on_click=go, args=(None,), disabled=not state.get("files_before"))
        st.button("Older", on_click=go, args=(rows[-1].id,), disabled=len(rows) < 50)


def _file_choice() -> int | None:
    number = st.number_input(
        "File",
        min_value=1,
        value=None,
        step=1,
        key="file",
        bind="query-params",
        placeholder="All files",
        width=160,
        help="The number of a file in the ledger.",
    )
    return int(number) if number else None


def bad_lines() -> None:
    """Lines that could not be read, with the reason and the text."""
    file_id = _file_choice()
    rows = frame.read_now(health.bad_lines, file_id)
    if not rows:
        show.empty("No bad lines.", "Every line of these files could be read.")
        return
    told = ["text"] if frame.shown(["data"]) else []
    st.dataframe(
        tables.frame_of(rows, ("file_id", "file", "line", "reason", *told)),
        hide_index=True,
        alt="Lines that could not be read",
        column_config={
            "file_id": tables.number("File", width=60),
            "file": tables.text("Name"),
            "line": tables.number("Line", width=80),
            "reason": tables.text("Reason", width="medium"),
            "text": tables.text("Text", width="large"),
        },
    )
    if len(rows) == 100:
        st.caption("The first 100 are shown. Give a file's number to see its own.")


def incomplete(zone: ZoneInfo) -> None:
    """Halves of calls: what one file tells of, and no file has completed."""
    rows = frame.read_now(health.incomplete, _file_choice())
    if not rows:
        show.empty("No incomplete calls.", "Every call that was told of in parts is whole.")
        return
    told = ["told"] if frame.shown(["data"]) else []
    columns = ["received_at", "switch", "key", "file_id", "file", "line", *told]
    data = tables.frame_of(rows, columns)
    late = datetime.now(UTC) - health.INCOMPLETE_AFTER
    data.insert(0, "state", [_part_state(row.received_at < late) for row in rows])
    st.dataframe(
        data,
        hide_index=True,
        alt="Parts of calls that wait for the others, longest first",
        column_config={
            "state": tables.text("State"),
            "received_at": tables.instant("Since", zone),
            "switch": tables.text("Switch"),
            "key": tables.text("Call id", width="medium"),
            "file_id": tables.number("File", width=60),
            "file": tables.text("Name"),
            "line": tables.number("Line", width=80),
            "told": tables.text("What it tells", width="large"),
        },
    )
    st.caption(
        "Each line tells of a part of a call. Load the file that tells of the others, and it"
        " becomes a call, however late."
    )


def _part_state(is_late: bool) -> str:
    return "Incomplete" if is_late else "Waits for the rest"


def rejections(zone: ZoneInfo) -> None:
    """Rows that could not become calls; they can be tried again once the cause is mended."""
    rows = frame.read_now(health.rejections, _file_choice())
    if not rows:
        show.empty("No rejections.", "Every record that came in was decided.")
        return
    columns = [
        "import_id",
        "file",
        "switch",
        "reason",
        "caller_id_number",
        "destination_number",
        "starting_date",
        "start_text",
        "duration",
        "callid",
    ]
    st.dataframe(
        tables.frame_of(rows, columns),
        key="rejections",
        hide_index=True,
        placeholder="",
        on_select="rerun",
        selection_mode="multi-row",
        alt="Rows that were rejected, newest first",
        column_config={
            "import_id": tables.number("Row", width=80),
            "file": tables.text("File"),
            "switch": tables.text("Switch"),
            "reason": tables.text("Reason", width="large"),
            "caller_id_number": tables.text("Caller"),
            "destination_number": tables.text("Destination"),
            "starting_date": tables.instant("Start", zone),
            "start_text": tables.text("Start as written"),
            "duration": tables.number("Duration, s"),
            "callid": tables.text("Call id"),
        },
    )
    chosen = [rows[at].import_id for at in tables.chosen_rows("rejections") if at < len(rows)]
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            f"Try {format.count(len(chosen))} again" if chosen else "Try all shown again",
            icon=":material/replay:",
            disabled=not frame.viewer().may("load"),
        ):
            _retry(chosen or [row.import_id for row in rows])
        st.caption("Mend the cause first: a switch's zone or number rules, a file's zone.")


def _retry(import_ids: list[int]) -> None:
    viewer = frame.require("load")
    with frame.trouble_told(), frame.engine().begin() as conn:
        waiting = mediation.retry(conn, import_ids)
        if waiting:  # else somebody else was faster
            span = {"first": min(import_ids), "last": max(import_ids)}
            auditing.note_of(conn, viewer)("retry rejections", detail={"rows": waiting, **span})
    frame.forget()
    st.toast(f"{format.count(waiting)} rows wait to be tried again.")
