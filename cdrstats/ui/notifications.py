"""The Notifications page: what the viewer was told, and how much of it is new."""

from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats import format, notices
from cdrstats.notices import KINDS, MOST_COUNTED, Kind, Notification
from cdrstats.ui import filters, frame, show, tables

CHOSEN = "notification"
"""The parameter of the URL that tells the number of the one that is open."""

BEFORE = "notifications_before"
"""In the session: the id of the last one of the page before, and of which kind they are."""

SIZE = 50
STATES = {"New": "blue", "Read": "gray"}
EVERY = "All"
LABELLED = {EVERY: None, **{label: kind for kind, label in KINDS.items()}}


def in_short(title: str) -> str:
    """The title, with how many the viewer has not read: 'Notifications (3)'."""
    unread = frame.read(notices.count_unread, frame.viewer().person_id)
    if not unread:
        return title
    return f"{title} ({unread}{'+' if unread == MOST_COUNTED else ''})"


def _read_all(newest: int, kind: Kind | None) -> None:
    """Mark as read what was shown when this was offered, and what is older."""
    with frame.changing() as conn:
        notices.mark_all_read(conn, frame.viewer().person_id, newest, frame.now(), kind)
    _counted_anew()


def _counted_anew() -> None:
    frame.forget_answer(notices.count_unread, frame.viewer().person_id)


def table(zone: ZoneInfo) -> None:
    """What the viewer was told, page by page; choosing one opens its card below."""
    kind = LABELLED[filters.choose("Of what", list(LABELLED), "kind")]
    before, of = st.session_state.get(BEFORE, (None, None))
    before = before if of == kind else None
    mine = frame.viewer().person_id
    found = frame.read_now(notices.list_notifications, mine, kind, before, SIZE + 1)
    if not found:
        show.empty(
            "You were told nothing of this kind." if kind else "You were told nothing yet.",
            "Alarms of yours that fire, cases of fraud, refused calls and files that are ready"
            " are told here, beside the mails.",
        )
        return
    shown = found[:SIZE]
    st.caption("Newest first. Choose one to read it in full, and to see what it is about.")
    tables.opening(
        "notifications",
        [_row(each) for each in shown],
        [str(each.id) for each in shown],
        _choose,
        alt="What you were told, newest first",
        config={
            "state": tables.badge("State", STATES),
            "subject": tables.text("What", width="large"),
            "at": tables.instant("When", zone),
            "kind": tables.text("Of what"),
        },
    )
    with st.container(horizontal=True, key="pager"):
        _turn("Newest", ":material/first_page:", None, kind, off=before is None)
        more = len(found) > SIZE
        _turn("Older", ":material/chevron_right:", shown[-1].id, kind, off=not more)
        if before is None and frame.read_now(notices.count_unread, mine):
            st.button(
                "Mark all as read",
                icon=":material/done_all:",
                on_click=_read_all,
                args=(shown[0].id, kind),
            )


def _row(told: Notification) -> dict[str, object]:
    return {
        "state": ["Read" if told.read_at else "New"],
        "at": told.at,
        "kind": KINDS.get(told.kind, told.kind),
        "subject": told.subject,
    }


def _choose(which: str | None) -> None:
    filters.tell(CHOSEN, which)
    if which is not None:
        with frame.changing() as conn:
            notices.mark_read(conn, frame.viewer().person_id, int(which), frame.now())
        _counted_anew()


def _turn(label: str, icon: str, before: int | None, kind: str | None, *, off: bool) -> None:
    st.button(
        label,
        icon=icon,
        disabled=off,
        on_click=lambda: st.session_state.update({BEFORE: (before, kind)}),
        key=f"go_{label}",
    )


def card(zone: ZoneInfo) -> None:
    """The one that the URL tells, if it tells one."""
    given = st.query_params.get(CHOSEN)
    if not given:
        return
    told = None
    if given.isdecimal() and len(given) < 18:
        mine = frame.viewer().person_id
        told = frame.read_now(notices.find, mine, int(given))
    if told is None:
        filters.nonsense(f"There is no notification {given!r} of yours.")
        filters.forget(CHOSEN)
        return
    with show.card(format.literal(told.subject)):
        st.caption(f"{KINDS.get(told.kind, told.kind)} · {format.moment(told.at, zone)}")
        if told.text:
            st.markdown(format.literal(told.text))
        page = notices.page_of(told.link)
        if page and frame.viewer().may(page):
            st.html(f'<a href="{escape(told.link)}" style="color:inherit">What it is about</a>')
        st.button("Close", icon=":material/close:", on_click=filters.forget, args=(CHOSEN,))
