"""The parts of the Diagnostic page."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats import aggregates, format, health, watch
from cdrstats.health import Bounded, JobRow, JobsState
from cdrstats.log import log_files, log_folder
from cdrstats.ui import auditing, frame, show, tables


def live(zone: ZoneInfo) -> None:
    """What changes by the second: looked at again every five."""
    frame.require("diagnostic")
    now = frame.now()
    state = frame.read_now(health.jobs_state)
    _state_line(state, now)
    _troubles(zone)
    _figures(now)
    _jobs(zone, now)


def _troubles(zone: ZoneInfo) -> None:
    """What is wrong, as administrators are told of it by mail."""
    for each in frame.read_now(watch.list_troubles):
        since = format.moment(each.since, zone)
        st.warning(f"{format.literal(each.sentence)} Since {since}.", icon=":material/error:")


def _state_line(state: JobsState, now: datetime) -> None:
    seen = state.heartbeat_at
    running = seen is not None and now - seen < health.SILENT_AFTER
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Database answers", icon=":material/check_circle:", color="green")
        if running:
            st.badge("Jobs run", icon=":material/check_circle:", color="green")
        else:
            st.badge("Jobs do not run", icon=":material/error:", color="red")
        if state.paused:
            st.badge("Paused", icon=":material/pause_circle:", color="orange")
        words = []
        if running:
            words.append(
                f"process {state.pid} on {state.host},"
                f" started {format.ago(state.started_at, now)}"
            )
        elif seen:
            words.append(f"last seen {format.ago(seen, now)}")
        else:
            words.append(
                "never seen; start them with `python -m cdrstats up` or `python -m jobs`"
            )
        if state.paused:
            words.append(
                f"paused {format.ago(state.paused_at, now)} by {state.paused_by or 'somebody'};"
                " `python -m cdrstats jobs resume` lets them go on"
            )
        st.caption(" · ".join(words))


def _figures(now: datetime) -> None:
    rows = frame.read_now(health.staging)
    lag = frame.read_now(aggregates.lag)
    behind = now - lag.oldest if lag.oldest else None
    with st.grid(5, min_column_width=150, gap="small"):
        _number(
            "Staged rows", bounded(rows.staged), "Rows of cdr_import, kept for starting over."
        )
        _number("Waiting", bounded(rows.waiting), "Staged rows that are not decided yet.")
        _number("Rejected", bounded(rows.rejected), "Staged rows that could not become a call.")
        _number("Calls", format.count(rows.calls), "As the roll-ups count voip_cdr.")
        _number(
            "Roll-ups behind",
            format.length(behind) if behind else "0 s",
            f"Age of the oldest change that the figures lack; {lag.waiting} changes wait.",
        )


def _number(label: str, value: str, help: str) -> None:
    st.metric(label, value, help=help, border=True, height="stretch")


def bounded(number: Bounded) -> str:
    """'8,120', or '≈ 1,200,000' where nobody counted."""
    return format.count(number.rows) if number.exact else f"≈ {format.count(number.rows)}"


def _jobs(zone: ZoneInfo, now: datetime) -> None:
    rows = frame.read_now(health.jobs)
    runs = frame.read_now(health.job_runs, 30)
    with show.card("Jobs"):
        if not rows:
            st.caption(
                "The job process has not told its jobs yet: it never ran on this database."
            )
        else:
            _job_table(rows, zone)
    if runs:
        with show.card("Last runs"):
            _run_table(runs, zone)


def _job_table(rows: list[JobRow], zone: ZoneInfo) -> None:
    data = tables.frame_of(rows, ("name", "description", "schedule", "next_run_at"))
    data["state"] = [
        [tables.STATES[row.last.state] if row.last else "Never ran"] for row in rows
    ]
    data["finished_at"] = [row.last.finished_at if row.last else None for row in rows]
    data["done"] = [row.last.done if row.last else None for row in rows]
    data["error"] = [row.last.error if row.last else None for row in rows]
    runs: dict[str, Any] = {}
    if frame.viewer().may("jobs"):
        data["run"] = ":material/play_arrow: Run now"
        runs["run"] = st.column_config.ButtonColumn(
            "",
            on_click=lambda: _request(rows[st.session_state["run_now"].row].name),
            key="run_now",
        )
    st.dataframe(
        data,
        key="jobs",
        hide_index=True,
        placeholder="",
        alt="Jobs and their last runs",
        column_order=(
            "name",
            "state",
            "finished_at",
            "done",
            "next_run_at",
            *runs,
            "schedule",
            "description",
            "error",
        ),
        column_config={
            "name": tables.text("Job"),
            "description": tables.text("What it does", width="large"),
            "schedule": tables.text("When"),
            "state": tables.badge("Last run"),
            "finished_at": tables.instant("Finished", zone),
            "done": tables.number("Done"),
            "next_run_at": tables.instant("Next run", zone),
            "error": tables.text("Error", width="medium"),
            **runs,
        },
    )


def _request(name: str) -> None:
    viewer = frame.require("jobs")
    with frame.trouble_told(), frame.engine().begin() as conn:
        asked = health.request_run(conn, name, viewer.name)
        if asked:
            auditing.note_of(conn, viewer)("run job", name)
    st.toast(f"{name} is asked for." if asked else f"{name} is queued or running already.")


def _run_table(runs: list[health.JobRun], zone: ZoneInfo) -> None:
    data = tables.frame_of(runs, ("job", "requested_by", "started_at", "done", "error"))
    data["state"] = [[tables.STATES[run.state]] for run in runs]
    data["took"] = [_took(run) for run in runs]
    st.dataframe(
        data,
        hide_index=True,
        height=300,
        placeholder="",
        alt="The last runs of all jobs",
        column_order=("started_at", "job", "state", "took", "done", "requested_by", "error"),
        column_config={
            "started_at": tables.instant("Started", zone),
            "job": tables.text("Job"),
            "state": tables.badge("State"),
            "took": st.column_config.NumberColumn("Took", format="%.1f s"),
            "done": tables.number("Done"),
            "requested_by": tables.text("Asked by"),
            "error": tables.text("Error", width="large"),
        },
    )


def _took(run: health.JobRun) -> float | None:
    if run.started_at is None or run.finished_at is None:
        return None
    return (run.finished_at - run.started_at).total_seconds()


def database(zone: ZoneInfo) -> None:
    """Which server this is, and its largest tables."""
    server = frame.read(health.server)
    url = frame.settings().database_url
    facts = {
        "Kind": "embedded, in this installation's data folder"
        if url is None
        else "a server of your own",
        "Version": f"PostgreSQL {server.version}",
        "Database": server.database,
        "Role": server.role,
        "Size": format.size(server.size_bytes),
        "Connections": format.count(server.connections),
        "Started": format.moment(server.started_at, zone),
        "Data folder": str(frame.settings().var_dir),
    }
    left, right = st.columns([2, 3])
    with left, show.card("Database"):
        st.table(facts, border="horizontal")
    rows = frame.read(health.sizes, 12)
    data = tables.frame_of(rows, ("name", "rows"))
    data["size"] = [format.size(row.size_bytes) for row in rows]
    data["indexes"] = [format.size(row.index_bytes) for row in rows]
    with right, show.card("Largest tables", help="Rows are PostgreSQL's estimate."):
        st.dataframe(
            data,
            hide_index=True,
            height=330,
            alt="The largest tables",
            column_config={
                "name": tables.text("Table"),
                "rows": tables.number("Rows, about"),
                "size": tables.text("Size with indexes"),
                "indexes": tables.text("Of which indexes"),
            },
        )


def log_tail() -> None:
    """The end of a log file."""
    logs = log_files(frame.settings())
    with show.card("Log"):
        with st.container(horizontal=True, vertical_alignment="center"):
            name = st.segmented_control(
                "Log",
                logs,
                default=logs[0],
                required=True,
                key="log",
                bind="query-params",
                label_visibility="collapsed",
            )
            st.button("Read again", icon=":material/refresh:", type="tertiary")
        path = log_folder(frame.settings()) / (name if name in logs else logs[0])
        lines = health.tail(path)
        if lines:
            st.code("\n".join(reversed(lines)), language=None, height=300, wrap_lines=True)
        else:
            st.caption(f"Nothing is in {path} yet.")
