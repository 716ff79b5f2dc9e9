"""The card of one person: what they are, how they sign in, what they may do and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy import Connection

from cdrstats import format
from cdrstats.accounts import Viewer, administration, api_tokens, groups, people, sessions
from cdrstats.accounts.administration import facts_of
from cdrstats.accounts.api_tokens import ApiToken
from cdrstats.accounts.audit import Note
from cdrstats.accounts.groups import Group
from cdrstats.accounts.letters import mail_links
from cdrstats.accounts.people import Person
from cdrstats.accounts.permissions import AREAS, PERMISSIONS, granted, why
from cdrstats.accounts.rules import LINK_LASTS, account_of
from cdrstats.accounts.sessions import Session
from cdrstats.ui import administering, asking, filters, frame, show, tables
from cdrstats.ui.people import CHOSEN, fields, show_links
from cdrstats.ui.tokens import also_revoked
from cdrstats.ui.tokens import listed as listed_tokens

MAY = {"Yes": "green", "No": "gray"}


@dataclass(frozen=True, slots=True)
class Known:
    """A person, where they are signed in, what lets their programs in, and all groups."""

    person: Person
    browsers: list[Session]
    tokens: list[ApiToken]
    groups: list[Group]


def card(viewer: Viewer, zone: ZoneInfo) -> None:
    """The person that the URL names, if it names one."""
    name = st.query_params.get(CHOSEN)
    found = administering.read(_known, name, frame.now()) if name else None
    if found is None:
        if name:
            filters.nonsense(f"There is no person {name!r}.")
            filters.forget(CHOSEN)
        filters.complain()
        return
    person = found.person
    full_name = f" · {format.literal(person.full_name)}" if person.full_name else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(f"{format.literal(person.name)}{full_name}", anchor=False, width="stretch")
        st.button("Close", icon=":material/close:", on_click=filters.forget, args=(CHOSEN,))
    with st.grid(2, min_column_width=300):
        with show.card("Who they are"):
            _facts(viewer, found)
        with show.card("Signing in"):
            _signing_in(viewer, found, zone)
    if found.tokens:
        with show.card("Tokens of their programs"):
            listed_tokens(person, found.tokens, zone, "people")
    _permissions(found)


def _known(conn: Connection, name: str, now: datetime) -> Known | None:
    everybody = {account_of(each.name): each for each in people.list_people(conn)}
    person = everybody.get(account_of(name))
    if person is None:
        return None
    browsers = sessions.sessions_of(conn, person.id, now)
    tokens = api_tokens.tokens_of(conn, person.id)
    return Known(person, browsers, tokens, groups.list_groups(conn))


def _facts(viewer: Viewer, found: Known) -> None:
    person, held = found.person, facts_of(found.person)
    key = f"facts_{person.id}_{abs(hash(held))}"  # another where somebody else changed them
    facts = fields(held, key)
    given = {each.name: each.permissions for each in found.groups if each.name in facts.groups}
    if person.id == viewer.person_id and "people" not in granted(facts.role, given):
        save = asking.sure(
            "Save",
            "**This is you.** You will not see this page again, and somebody else has to let"
            " you back.",
            f"keep_{person.id}",
            ":material/check:",
            "Save it",
        )
    else:
        save = st.button("Save", icon=":material/check:", key=f"keep_{person.id}")
    if save:
        with administering.changing("people") as (conn, note):
            administration.change(conn, person.name, facts, note)
        _done(f"{format.literal(person.name)} is changed.")


def _signing_in(viewer: Viewer, found: Known, zone: ZoneInfo) -> None:
    person, me = found.person, found.person.id == viewer.person_id
    _state(person, zone)
    if person.disabled_at:
        if st.button("Enable", icon=":material/lock_open:", key=f"enable_{person.id}"):
            _do(administration.enable, person, "may sign in again")
        return
    days = LINK_LASTS["reset"].days
    if st.button(
        "Make a reset link",
        icon=":material/link:",
        key=f"reset_{person.id}",
        help=f"To set a new password; good for {days} day. Links made before are no good then.",
    ):
        with administering.changing("people") as (conn, note):
            made = [administration.make_reset_link(conn, person.name, frame.now(), note)]
            mailed = mail_links(conn, frame.settings(), made, frame.now())
        show_links(made, mailed)
    _linked(person)
    _browsers(found.browsers, zone)
    you = "**This is you.** " if me else ""
    tokens_too = bool(found.browsers) and also_revoked(found.tokens, f"tokens_{person.id}")
    if found.browsers and asking.sure(
        "Sign out everywhere",
        f"{you}Whoever is signed in by this name has to sign in again.",
        f"sign_out_{person.id}",
        ":material/logout:",
        "Sign out",
    ):
        out = partial(administration.sign_out, revoke=tokens_too)
        _do(out, person, "is signed out everywhere")
    if person.has_totp and me:
        st.caption(
            "Your own two-factor is removed on Your account, where your password is asked."
        )
    elif person.has_totp and asking.sure(
        "Remove two-factor",
        "The password alone is asked for then, until they set it up again.",
        f"codes_{person.id}",
        ":material/phonelink_erase:",
        "Remove it",
    ):
        _do(administration.remove_codes, person, "signs in without codes")
    if asking.sure(
        "Disable",
        f"{you}They are signed out at once, and cannot sign in until an administrator enables"
        " them. What they made stays.",
        f"disable_{person.id}",
        ":material/block:",
        "Disable",
    ):
        _do(_disable, person, "is disabled")


def _state(person: Person, zone: ZoneInfo) -> None:
    """In a sentence or two, how they sign in."""
    if person.disabled_at:
        words = f"Disabled since {format.moment(person.disabled_at, zone)}."
    elif person.state == "invited":
        words = "Invited: they have not set a password yet."
    elif person.last_signed_in_at is None:
        words = "Has set a password, and never signed in."
    else:
        words = f"Last signed in on {format.moment(person.last_signed_in_at, zone)}."
    codes = " A code of their telephone is asked for as well." if person.has_totp else ""
    st.markdown(f"{words}{codes}")


def _linked(person: Person) -> None:
    """By what the provider of single sign-on knows them, where there is one."""
    oidc = frame.settings().oidc
    if oidc is None:
        return
    held = (person.oidc_subject or "") if person.oidc_issuer == oidc.issuer else ""
    key = f"subject_{person.id}_{abs(hash(held))}"  # another where somebody else changed it
    subject = st.text_input(
        f"Subject at {format.literal(oidc.name)}",
        held,
        key=key,
        help="By what single sign-on knows them. The audit log tells the subject of whoever was"
        " refused because the name is taken. Empty: they do not sign in so.",
    )
    if st.button("Link", icon=":material/link:", key=f"know_{person.id}"):
        with administering.changing("people") as (conn, note):
            administration.know_as(conn, person.name, oidc.issuer, subject, note)
        words = "signs in by it from now on" if subject.strip() else "does not sign in by it"
        _done(f"{format.literal(person.name)} {words}.")


def _browsers(found: list[Session], zone: ZoneInfo) -> None:
    if not found:
        st.caption("Signed in nowhere at this moment.")
        return
    columns = ("last_seen_at", "address", "agent", "created_at")
    st.dataframe(
        tables.frame_of(found, columns),
        hide_index=True,
        height="content" if len(found) < 5 else 180,
        alt="Where they are signed in, the last used first",
        column_config={
            "last_seen_at": tables.instant("Last used", zone),
            "address": tables.text("Address"),
            "agent": tables.text("Browser"),
            "created_at": tables.instant("Signed in", zone),
        },
    )


def _permissions(found: Known) -> None:
    """Each permission, whether they have it, and by what."""
    person = found.person
    given = {each.name: each.permissions for each in found.groups if each.name in person.groups}
    may = granted(person.role, given)
    rows = [
        {
            "may": ["Yes" if each in may else "No"],
            "what": PERMISSIONS[each],
            "why": why(person.role, given, each).partition(": ")[2].capitalize(),
            "area": area,
        }
        for area, permissions in AREAS.items()
        for each in permissions
    ]
    with show.card("What can they do?", help="Groups only ever add to what the role gives."):
        if person.disabled_at:
            st.caption("Nothing, while they are disabled. Enabled, they could do this:")
        st.dataframe(
            tables.frame_of(rows, ("may", "what", "why", "area")),
            hide_index=True,
            height=420,
            alt="Every permission, whether they have it, and why",
            column_config={
                "may": tables.badge("May", MAY),
                "what": tables.text("What", width=330),
                "why": tables.text("Why", width="large"),
                "area": tables.text("About"),
            },
        )


def _disable(conn: Connection, name: str, note: Note) -> Person:
    return administration.disable(conn, name, frame.now(), note)


def _do(act: Callable[[Connection, str, Note], Person], person: Person, words: str) -> None:
    with administering.changing("people") as (conn, note):
        act(conn, person.name, note)
    _done(f"{format.literal(person.name)} {words}.")


def _done(sentence: str) -> None:
    st.toast(sentence)
    st.rerun()
