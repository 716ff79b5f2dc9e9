"""Tokens of programs: one's own, and those of a person whom an administrator looks at."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats import format
from cdrstats.accounts import api_tokens, people
from cdrstats.accounts import own as own_account
from cdrstats.accounts.api_tokens import LONGEST_NAME, ApiToken
from cdrstats.accounts.people import Person
from cdrstats.ui import administering, asking, confirming, frame, show

MADE = "token_made"
"""Where a token waits, after it was made, until its owner has taken it."""

LASTS = {
    "30 days": timedelta(days=30),
    "90 days": timedelta(days=90),
    "A year": timedelta(days=365),
    "Until it is revoked": None,
}


def own(person: Person, zone: ZoneInfo) -> None:
    """The tokens of whoever is signed in: made, and revoked."""
    helps = "A program shows a token instead of signing in, and sees what you see."
    with show.card("Tokens of your programs", help=helps):
        if MADE in st.session_state:
            _shown_once(*st.session_state[MADE])
            return
        held = administering.read(api_tokens.tokens_of, person.id)
        listed(person, held, zone, permission=None)
        with st.form("token", border=False, clear_on_submit=True):
            name = st.text_input(
                "What it is for", max_chars=LONGEST_NAME, placeholder="Nightly report"
            )
            lasts = st.selectbox("How long it lasts", list(LASTS), index=2)
            given = confirming.field(person, "token_password")
            if st.form_submit_button("Make a token", icon=":material/add:"):
                _make(name, LASTS[lasts], given)
        st.markdown("[What programs can ask for](/api/v1/docs)")


def listed(
    person: Person, held: Sequence[ApiToken], zone: ZoneInfo, permission: str | None
) -> None:
    """The tokens that a person has, each with a button that revokes it.

    Args:
        permission: that revoking takes; None where they are the viewer's own.
    """
    for each in held:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{format.literal(each.name)}**  \n{_told(each, zone)}", width="stretch"
            )
            if asking.sure(
                "Revoke",
                "The program that shows it is let in no more.",
                f"revoke_{each.id}",
                ":material/block:",
                "Revoke it",
            ):
                _revoke(person, each.name, permission)


def also_revoked(held: Sequence[ApiToken], key: str) -> bool:
    """Whether signing out ends the tokens as well; nobody without tokens is asked."""
    return bool(held) and st.checkbox(
        "…and revoke API tokens",
        key=key,
        help="Programs go on with their tokens when people are signed out, unless this is on.",
    )


def _told(token: ApiToken, zone: ZoneInfo) -> str:
    """How long it lasts and when it was used, in a line."""
    now = frame.now()
    if token.expires_at is None:
        ends = "until it is revoked"
    elif token.expires_at <= now:
        ends = f"ended on {format.moment(token.expires_at, zone)}"
    else:
        ends = f"until {format.moment(token.expires_at, zone)}"
    used = format.ago(token.last_used_at, now) if token.last_used_at else "never"
    return f":small[{ends}, last used: {used}]"


def _make(name: str, lasts: timedelta | None, given: str) -> None:
    viewer, now = frame.require("api"), frame.now()
    with administering.changing("api") as (conn, note):
        trouble = own_account.confirm(conn, viewer, given, now, note, "make token")
        if not trouble:
            whose = people.get(conn, viewer.person_id)
            until = None if lasts is None else now + lasts
            made = api_tokens.make(conn, whose, name, until, now, note)
    if trouble:
        confirming.tell(trouble)
        return
    st.session_state[MADE] = (name.strip(), made)
    st.rerun()


def _shown_once(name: str, token: str) -> None:
    st.markdown(f"The token **{format.literal(name)}**. It is shown once: copy it now.")
    st.code(token, language=None, wrap_lines=True)
    st.button("I have it", icon=":material/check:", on_click=st.session_state.pop, args=(MADE,))


def _revoke(person: Person, name: str, permission: str | None) -> None:
    with administering.changing(permission) as (conn, note):
        api_tokens.revoke(conn, person, name, note)
    st.toast(f"{format.literal(name)} is revoked.")
    st.rerun()
