"""Notes: the menu of what is marked in the period, where people write notes of their own.

Like the menu of saved views it reads nothing before it is opened, and then runs by itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats import format, notes
from cdrstats.accounts import Viewer
from cdrstats.clock import as_local, instant_of
from cdrstats.errors import BadRequest
from cdrstats.notes import Mark, Note
from cdrstats.ui import asking, bar, frame
from cdrstats.ui.bar import Asked
from cdrstats.ui.timemarks import KINDS

KEY = "notes_menu"
"""Of the menu; true in the session while it is open."""

CHANGED, TIMES = "note_changed", "notes_added"
"""In the session: the note that is being changed; how often one was added."""

WIDTH, WORDS_WIDTH = 340, 270
"""Pixels: of the menu, and of what stands beside a button in it."""

FEW = 3
"""So many marks need no frame of their own to scroll in."""

FIRST, LAST = datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59)  # noqa: DTZ001
MINUTE = timedelta(minutes=1)


@bar.part()
def menu(asked: Asked) -> None:
    """The menu of notes, about the period and the filters of the page."""
    viewer = frame.viewer()
    box = st.popover(
        "Notes",
        icon=":material/sticky_note_2:",
        key=KEY,
        help="What is marked in this period",
        on_change="rerun",
    )
    if not box.open:
        return
    with box, st.container(width=WIDTH):
        marks = frame.read(notes.marks, asked.scope, asked.period.window, asked.filters)
        chosen = st.session_state.get(CHANGED)
        if chosen and any(mark.id == chosen and _is_mine(mark, viewer) for mark in marks):
            _change(viewer, chosen, asked)
        else:
            _list(viewer, marks, asked.zone)
            if viewer.may("notes"):
                _add(viewer, asked)


def _is_mine(mark: Mark, viewer: Viewer) -> bool:
    return mark.id is not None and mark.author == viewer.name and viewer.may("notes")


def _list(viewer: Viewer, marks: Sequence[Mark], zone: ZoneInfo) -> None:
    """Notes of people, then what happened here; the newest first."""
    newest_first = list(reversed(marks))
    written = [mark for mark in newest_first if mark.author]
    happened = [mark for mark in newest_first if not mark.author]
    if not marks:
        st.caption("Nothing is marked in this period.")
    if written:
        st.markdown("**Notes**")
        with st.container(height=220 if len(written) > FEW else "content", border=False):
            for mark in written:
                _row(viewer, mark, zone)
    if happened:
        st.markdown("**What happened here**")
        with st.container(height=180 if len(happened) > FEW else "content", border=False):
            st.html("".join(as_html(mark, zone) for mark in happened))


def _row(viewer: Viewer, mark: Mark, zone: ZoneInfo) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(as_html(mark, zone), width=WORDS_WIDTH)
        if _is_mine(mark, viewer):
            st.button(
                "Change this note",
                key=f"edit_note_{mark.id}",
                icon=":material/edit:",
                type="tertiary",
                help="Change or delete",
                on_click=_set,
                args=(CHANGED, mark.id),
            )


def as_html(mark: Mark, zone: ZoneInfo) -> str:
    """When it was by the clocks of `zone`, its kind, who wrote it, and its words."""
    when = format.moment(mark.at, zone)
    if mark.until is not None:
        when += f" {format.NOTHING} {format.moment(mark.until, zone)}"
    kind, _ = KINDS.get(mark.kind, (mark.kind.capitalize(), ""))
    facts = " · ".join(fact for fact in (when, kind, mark.author) if fact)
    return (
        f'<p style="margin:0 0 .5rem"><small>{escape(facts)}</small><br>'
        f"{escape(mark.words)}</p>"
    )


def _add(viewer: Viewer, asked: Asked) -> None:
    window, now = asked.period.window, frame.now().replace(second=0, microsecond=0)
    switches = asked.filters.switch_ids
    blank = Note(
        at=now if window.start <= now < window.end else window.start,
        text="",
        switch_id=switches[0] if len(switches) == 1 else None,
    )
    times = st.session_state.get(TIMES, 0)
    with st.form("note_add", border=False):
        note = _fields(asked, blank, f"note_{times}")
        if st.form_submit_button("Add note", icon=":material/add:"):
            with frame.changing() as conn:
                notes.add(conn, viewer, _complete(note))
            _set(TIMES, times + 1)
            _done("The note is added.")


def _change(viewer: Viewer, note_id: int, asked: Asked) -> None:
    st.button(
        "All notes",
        icon=":material/arrow_back:",
        type="tertiary",
        key="note_back",
        on_click=_set,
        args=(CHANGED, None),
    )
    held = frame.read_now(notes.get, viewer, note_id)
    with st.form("note_change", border=False):
        note = _fields(asked, held, f"note_of_{note_id}")
        if st.form_submit_button("Save changes", icon=":material/check:"):
            with frame.changing() as conn:
                notes.edit(conn, viewer, note_id, _complete(note))
            _done("The note is changed.")
    if asking.deleted("Delete this note?", f"note_delete_{note_id}"):
        with frame.changing() as conn:
            notes.delete(conn, viewer, note_id)
        _done("The note is deleted.")


def _fields(asked: Asked, held: Note, key: str) -> Note | None:
    """What a note says, to be filled in by the viewer's clocks; None while it has no time."""
    zone, named = asked.zone, asked.names.switches
    text = st.text_input(
        "What happened", held.text, key=f"{key}_text", placeholder="The trunk was down"
    )
    kind = st.segmented_control(
        "Kind",
        notes.KINDS,
        default=held.kind,
        required=True,
        format_func=str.capitalize,
        key=f"{key}_kind",
    )
    at = _moment(f"At ({zone.key})", held.at, zone, f"{key}_at")
    until = _moment("Until, if it lasted", held.until, zone, f"{key}_until")
    about = st.selectbox(
        "About",
        [None, *named],
        [None, *named].index(held.switch_id if held.switch_id in named else None),
        format_func=lambda id: named.get(id, "All switches"),
        key=f"{key}_about",
    )
    return None if at is None else Note(at, text, until, kind, about)


def _complete(note: Note | None) -> Note:
    if note is None:
        raise BadRequest("A note needs a time.")
    return note


def _moment(label: str, held: datetime | None, zone: ZoneInfo, key: str) -> datetime | None:
    """A moment; of an hour that the clocks show twice, the one that was held before."""
    if held is not None and key not in st.session_state:
        # Not as the default of the widget: a field that is cleared goes back to that.
        st.session_state[key] = as_local(held, zone).replace(second=0, microsecond=0)
    local = st.datetime_input(label, None, FIRST, LAST, step=MINUTE, key=key)
    return None if local is None else instant_of(local, zone, held)[0]


def _set(key: str, value: int | None) -> None:
    st.session_state[key] = value


def _done(sentence: str) -> None:
    """Show the notes as they are now, on the charts of the page as well."""
    _set(CHANGED, None)
    frame.forget()
    st.toast(sentence)
    st.rerun()
