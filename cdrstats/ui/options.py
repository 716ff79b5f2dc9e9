"""The Settings page: each setting with its default, and who changed it when."""

from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats import format, options
from cdrstats.options import Held
from cdrstats.spreadsheet import BadLines
from cdrstats.ui import administering, auditing, frame, show

PERMISSION = "settings"
OPEN = "settings_import"
"""Whether the box of the import is open."""


def menu() -> None:
    """The buttons beside the title."""
    st.button("Import", icon=":material/upload:", on_click=_open, args=(True,))
    st.download_button(
        "Export",
        icon=":material/download:",
        data=auditing.file(PERMISSION, "export settings", options.export),
        file_name="settings.csv",
        mime="text/csv",
        on_click="ignore",
        help="All as CSV. Edited, it can be imported again.",
    )
    if st.session_state.get(OPEN):
        _import()


def _open(is_open: bool) -> None:
    st.session_state[OPEN] = is_open


@st.dialog("Import settings", width="medium", on_dismiss=lambda: _open(False))
def _import() -> None:
    frame.require(PERMISSION)
    st.markdown(
        "A CSV file as Export writes it. Only `name` and `value` must be there, and only these"
        " are looked at."
    )
    st.caption("What is not in the file stays. If one line cannot be, nothing is imported.")
    if given := administering.csv_given():
        _take_in(given)


def _take_in(given: bytes) -> None:
    with administering.changing(PERMISSION) as (conn, note):
        try:
            changed = options.take_in(conn, given, frame.viewer().name, note)
        except BadLines as exc:
            administering.bad_lines(exc)
            return
    _open(False)
    _saved(f"{format.count(changed)} changed.")


def page(zone: ZoneInfo) -> None:
    """A card for each setting."""
    st.caption(
        "A change counts from the next click on, in all processes, and stands in the audit log."
        " What only a start can bring about, such as the port, is an environment variable."
    )
    held = administering.read(options.held)
    with st.grid(2, min_column_width=340):
        for each in held:
            _card(each, zone)


def _card(held: Held, zone: ZoneInfo) -> None:
    one = held.option
    # Another key where somebody else has changed it.
    key = f"{one.name}_{held.value}"
    with show.card(one.label):
        with st.form(key, border=False):
            value = st.number_input(
                one.unit.capitalize(),
                one.least,
                one.most,
                held.value,
                key=f"{key}_value",
                help=f"From {one.least} to {one.most}.",
            )
            st.caption(one.about)
            if st.form_submit_button("Save", icon=":material/check:"):
                _save(held, value)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_told(held, zone), width="stretch")
            if held.changed_at and st.button(
                "Reset",
                key=f"{one.name}_reset",
                icon=":material/undo:",
                help=f"Back to {one.default} {one.unit}.",
            ):
                _reset(held)


def _told(held: Held, zone: ZoneInfo) -> str:
    default = f"Default: {held.option.default} {held.option.unit}."
    if held.changed_by is None:
        return f"{default} Nobody has changed it."
    when = format.moment(held.changed_at, zone)
    return f"{default} Changed by {format.literal(held.changed_by)}, {when}."


def _save(held: Held, value: int) -> None:
    name = held.option.name
    wanted = options.checked(name, str(value))
    with administering.changing(PERMISSION) as (conn, note):
        options.change(conn, name, wanted, frame.viewer().name, note)
    _saved(f"{held.option.label}: {wanted} {held.option.unit}.")


def _reset(held: Held) -> None:
    with administering.changing(PERMISSION) as (conn, note):
        options.reset(conn, held.option.name, note)
    _saved(f"{held.option.label}: {held.option.default} {held.option.unit}, the default.")


def _saved(told: str) -> None:
    frame.forget()
    st.toast(told)
    st.rerun()
