"""The parts of the page on which people look after their own account."""

from datetime import timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import segno
import streamlit as st

from cdrstats import format, options
from cdrstats.accounts import Viewer, api_tokens, own, people, sessions, totp
from cdrstats.accounts.people import Person
from cdrstats.accounts.permissions import PERMISSIONS
from cdrstats.accounts.rules import LASTS, SHORTEST_PASSWORD
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.errors import BadRequest
from cdrstats.ui import administering, confirming, frame, show, tables, tokens

SECRET = "totp_secret"
"""Where the secret of a telephone waits until a code of it has been seen."""


def who(viewer: Viewer) -> Person:
    """Say who is signed in; returns the person."""
    found: Person = administering.read(people.get, viewer.person_id)
    if not viewer.permissions:
        st.info("You may see no other page yet. Ask your administrator.")
    with show.card("Who you are here"):
        facts = {
            "Name": found.name,
            "Full name": found.full_name,
            "Mail": found.email,
            "Role": found.role,
            "Customers": ", ".join(found.customers),
            "Groups": ", ".join(found.groups),
        }
        for label, fact in facts.items():
            if fact:
                st.markdown(f"**{label}** {format.literal(fact)}")
        with st.expander("What you may do"):
            for name, words in PERMISSIONS.items():
                if viewer.may(name):
                    st.markdown(f"- {words}")
    return found


def password(person: Person) -> None:
    """The form that sets another password; whoever has none is told so."""
    if not person.has_password:
        with show.card("Password"):
            st.markdown(
                "You have no password here. An administrator can give you a link to set one."
            )
        return
    with show.card("Password"), st.form("password", border=False, clear_on_submit=True):
        old = st.text_input(
            "Current password", type="password", autocomplete="current-password"
        )
        new = st.text_input(
            "New password",
            type="password",
            autocomplete="new-password",
            help=f"{SHORTEST_PASSWORD} characters or more; several words are easy to learn.",
        )
        again = st.text_input("Once more", type="password", autocomplete="new-password")
        if st.form_submit_button("Set password", icon=":material/key:"):
            _set_password(old, new, again)


def _set_password(old: str, new: str, again: str) -> None:
    if new != again:
        st.warning("The two new passwords are not the same.", icon=":material/error:")
        return
    with administering.changing(None) as (conn, note):
        trouble = own.change_password(conn, frame.whoever(), old, new, frame.now(), note)
    if trouble:
        confirming.tell(trouble)
    else:
        st.success("Your password is set. You are signed out everywhere else.")


def second_step(person: Person) -> None:
    """Codes of a telephone: set up, or taken away."""
    with show.card("Codes of your telephone", help="Asked for beside the password."):
        if person.has_totp:
            st.markdown("A code is asked for whenever you sign in.")
            with st.form("no_totp", border=False, clear_on_submit=True):
                given = confirming.field(person, "no_totp_password")
                if st.form_submit_button(
                    "Ask for no more codes", icon=":material/no_encryption:"
                ):
                    _remove_codes(given)
            return
        if SECRET not in st.session_state:
            st.markdown(
                "With codes, whoever learns your password cannot sign in with it alone."
            )
            if st.button("Set up", icon=":material/phonelink_lock:"):
                st.session_state[SECRET] = totp.new_secret()
                st.rerun()
            return
        _set_up(person, st.session_state[SECRET])


def _set_up(person: Person, secret: str) -> None:
    picture = BytesIO()
    segno.make(totp.address_of(secret, person.name), error="m").save(
        picture, kind="png", scale=5, border=3
    )
    st.markdown("1. Read this with an app for sign-in codes, or type the key by hand.")
    st.image(picture.getvalue(), width=190)
    st.code(" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)), language=None)
    with st.form("totp", border=False, clear_on_submit=True):
        code = st.text_input("2. The code that it shows now", max_chars=7)
        given = confirming.field(person, "totp_password")
        if st.form_submit_button("Ask for codes from now on", icon=":material/check:"):
            _confirm(secret, code, given)
    st.button("Not now", type="tertiary", on_click=st.session_state.pop, args=(SECRET, None))


def _confirm(secret: str, code: str, given: str) -> None:
    viewer, box = frame.whoever(), SecretBox(frame.settings().secret_key_file)
    with administering.changing(None) as (conn, note):
        trouble = own.confirm(conn, viewer, given, frame.now(), note, "set up codes")
        if not trouble:
            try:
                totp.confirm(conn, box, viewer.person_id, secret, code, frame.now())
                note("set up codes", viewer.name)
            except BadRequest as exc:
                trouble = str(exc)
    if trouble:
        confirming.tell(trouble)
        return
    st.session_state.pop(SECRET, None)
    frame.forget()
    st.rerun()


def _remove_codes(given: str) -> None:
    viewer = frame.whoever()
    with administering.changing(None) as (conn, note):
        trouble = own.confirm(conn, viewer, given, frame.now(), note, "remove codes")
        if not trouble:
            totp.remove(conn, viewer.person_id)
            note("remove codes", viewer.name)
    if trouble:
        confirming.tell(trouble)
        return
    frame.forget()
    st.rerun()


def where(viewer: Viewer, zone: ZoneInfo) -> None:
    """Where the person is signed in, and the way out of all other places."""
    idle = administering.read(options.value_of, "session_idle_hours")
    lasts = LASTS // timedelta(days=1)
    helps = (
        f"A session ends after {idle} hours without use, and after {lasts} days in any case."
    )
    with show.card("Where you are signed in", help=helps):
        found = administering.read(sessions.sessions_of, viewer.person_id, frame.now())
        data = tables.frame_of(found, ("address", "agent", "created_at", "last_seen_at"))
        data["here"] = ["This one" if one.id == viewer.session_id else "" for one in found]
        st.dataframe(
            data,
            hide_index=True,
            alt="Your sessions",
            column_order=("here", "address", "agent", "created_at", "last_seen_at"),
            column_config={
                "here": tables.text("", width="small"),
                "address": tables.text("Address"),
                "agent": tables.text("Browser", width="medium"),
                "created_at": tables.instant("Signed in", zone),
                "last_seen_at": tables.instant("Last used", zone),
            },
        )
        if len(found) < 2:
            return
        out = st.button("Sign out everywhere else", icon=":material/logout:")
        held = administering.read(api_tokens.tokens_of, viewer.person_id)
        tokens_too = tokens.also_revoked(held, "sign_out_tokens")
        if out:
            with administering.changing(None) as (conn, note):
                own.end_others(conn, viewer, note)
                if tokens_too:
                    api_tokens.revoke_all(conn, people.get(conn, viewer.person_id), note)
            frame.forget()
            st.rerun()
