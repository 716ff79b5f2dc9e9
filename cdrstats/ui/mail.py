"""The Mail log page, and the card on Diagnostic that tries the way of a mail."""

from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats import format, mail
from cdrstats.addresses import checked
from cdrstats.mail import Mail
from cdrstats.ui import administering, frame, show, tables, trials

PERMISSION = "mail"

SIZE = 100
"""Mails on a page."""

BEFORE = "mail_before"
"""In the session: the id of the last mail of the page before, and of which state they are."""

STATES = {
    "waiting": "Waiting",
    "sending": "Being sent",
    "sent": "Sent",
    "failed": "Refused",
    "given_up": "Given up",
}
COLOURS = {
    "Waiting": "gray",
    "Being sent": "blue",
    "Sent": "green",
    "Refused": "red",
    "Given up": "red",
}
COLUMNS = ("queued_at", "recipient", "subject", "attempts", "tried_at", "error", "answer")


def log(zone: ZoneInfo) -> None:
    """The mails of the state that is chosen, newest first, page by page."""
    if frame.settings().smtp is None:
        st.info(mail.OFF, icon=":material/info:")
    state = st.segmented_control(
        "State",
        list(STATES),
        format_func=STATES.__getitem__,
        key="state",
        bind="query-params",
        label_visibility="collapsed",
    )
    before, of = st.session_state.get(BEFORE, (None, None))
    before = before if of == state else None
    found = administering.read(mail.list_mails, state, before, SIZE + 1)
    if not found:
        show.empty(
            "No mail is in this state." if state else "No mail was queued yet.",
            "Mails are kept here for as long as the setting `mail_log_days` says, without what"
            " stood in them.",
        )
        return
    shown = found[:SIZE]
    _table(shown, zone)
    with st.container(horizontal=True, key="pager"):
        _turn("Newest", ":material/first_page:", None, state, off=before is None)
        more = len(found) > SIZE
        _turn("Older", ":material/chevron_right:", shown[-1].id, state, off=not more)


def _turn(label: str, icon: str, before: int | None, state: str | None, *, off: bool) -> None:
    st.button(
        label,
        icon=icon,
        disabled=off,
        on_click=lambda: st.session_state.update({BEFORE: (before, state)}),
        key=f"go_{label}",
    )


def _table(shown: list[Mail], zone: ZoneInfo) -> None:
    st.caption("Newest first. Choose a mail to see all that is known of it.")
    data = tables.frame_of(shown, COLUMNS)
    data["state"] = [[STATES[each.state]] for each in shown]
    key = f"mails_{shown[0].id}"
    st.dataframe(
        data,
        key=key,
        hide_index=True,
        height="content" if len(shown) < 12 else 460,
        on_select="rerun",
        selection_mode="single-row",
        alt="Mails, newest first",
        column_order=("queued_at", "recipient", "subject", "state", *COLUMNS[3:]),
        column_config={
            "queued_at": tables.instant("Queued", zone, help=f"Time zone {zone.key}"),
            "recipient": tables.text("To"),
            "subject": tables.text("Subject", width="medium"),
            "state": tables.badge("State", COLOURS),
            "attempts": tables.number("Tries"),
            "tried_at": tables.instant("Last try", zone),
            "error": tables.text("Why not", width="medium"),
            "answer": tables.text("The server's answer", width="medium"),
        },
    )
    chosen = tables.chosen_rows(key)
    if chosen and chosen[0] < len(shown):
        _in_full(shown[chosen[0]], zone)


def _in_full(one: Mail, zone: ZoneInfo) -> None:
    facts = {
        "To": one.recipient,
        "State": STATES[one.state],
        "Occasion": one.occasion,
        "Message-ID": one.message_id,
        "Queued": format.moment(one.queued_at, zone, seconds=True),
        "Tries": format.count(one.attempts),
    }
    if one.state == "waiting":
        facts["Next try"] = format.moment(one.next_at, zone, seconds=True)
    if one.sent_at:
        facts["Sent"] = format.moment(one.sent_at, zone, seconds=True)
    if one.answer:
        facts["The server's answer"] = one.answer
    if one.error:
        facts["Why not"] = one.error
    with show.card(format.literal(one.subject)):
        st.table({name: format.literal(value) for name, value in facts.items()})
        if not one.kept and one.state in ("failed", "given_up"):
            st.caption("Its words are gone, so it cannot be tried again.")
        elif one.state in ("waiting", "failed", "given_up") and st.button(
            "Try again", icon=":material/replay:", key=f"again_{one.id}"
        ):
            with administering.changing(PERMISSION) as (conn, note):
                to = mail.try_again(conn, one.id, note)
            st.toast(f"The mail to {format.literal(to)} is tried again.")
            st.rerun()


def trial() -> None:
    """A card that walks the way to the mail server, and tells what it finds."""
    smtp = frame.settings().smtp
    with show.card("Mail"):
        if smtp is None:
            st.caption(mail.OFF)
            return
        st.caption(
            f"From {format.literal(smtp.sender)} by {format.literal(smtp.host)}, port"
            f" {smtp.port}, {smtp.security}."
        )
        to = ""
        if frame.viewer().may(PERMISSION):
            to = st.text_input(
                "Test mail to", key="mail_to", placeholder="Nobody", max_chars=300
            ).strip()
        if st.button("Try it", icon=":material/outgoing_mail:", key="mail_try"):
            _walk(to)


def _walk(to: str) -> None:
    smtp = frame.settings().smtp
    assert smtp
    with administering.changing(PERMISSION if to else "diagnostic") as (_, note):
        recipient = checked(to) if to else None
        note("try mail", recipient or "")
    with st.spinner("Asking the mail server…"):
        taken = list(mail.steps(smtp, recipient, frame.now()))
    trials.steps(taken)
