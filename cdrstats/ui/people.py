"""The People page: everybody in a table, the boxes that add people, and their links."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st
from sqlalchemy import Connection

from cdrstats import customers, format
from cdrstats.accounts import EVERYONE, administration, groups, people, roster, sessions
from cdrstats.accounts.administration import Facts
from cdrstats.accounts.letters import mail_links
from cdrstats.accounts.links import Link
from cdrstats.accounts.people import Person
from cdrstats.accounts.permissions import CUSTOMER, ROLES
from cdrstats.errors import BadRequest
from cdrstats.spreadsheet import BadLines, written
from cdrstats.ui import administering, auditing, filters, frame, tables

STATES = {"Active": "green", "Invited": "blue", "Disabled": "gray"}

OPEN, LINKS = "people_box", "people_links"
"""In the session: the box that is open; the links that were just made, until they are seen."""

CHOSEN = "person"
"""The parameter of the URL that names the person whose card is open."""

Made = tuple[Person, Link]
Mailed = Mapping[str, str]
"""To which addresses links were mailed, by the names of the people."""


def menu() -> None:
    """The buttons beside the title."""
    st.button(
        "Add a person",
        icon=":material/person_add:",
        type="primary",
        on_click=_open,
        args=("add",),
    )
    st.button("Import", icon=":material/upload:", on_click=_open, args=("import",))
    st.download_button(
        "Export",
        icon=":material/download:",
        data=auditing.file("people", "export people", _exported),
        file_name="people.csv",
        mime="text/csv",
        on_click="ignore",
        help="Everybody as CSV. Edited, it can be imported again.",
    )


def _exported(conn: Connection) -> str:
    return roster.export(people.list_people(conn))


def _open(box: str | None) -> None:
    st.session_state[OPEN] = box


def boxes(zone: ZoneInfo) -> None:
    """The box that is open, if one is."""
    if new := st.session_state.get(LINKS):
        made, mailed = new
        _links(made, mailed, zone)
    elif st.session_state.get(OPEN) == "add":
        _add()
    elif st.session_state.get(OPEN) == "import":
        _import()


def table(zone: ZoneInfo) -> None:
    """Everybody by name; choosing a row opens the person's card below."""
    everybody, browsers = administering.read(_everybody, frame.now())
    rows = [
        {
            "name": each.name,
            "full_name": each.full_name,
            "state": [each.state.capitalize()],
            "role": each.role.capitalize(),
            "customers": ", ".join(each.customers),
            "groups": ", ".join(each.groups),
            "browsers": browsers.get(each.id, 0),
            "last_signed_in_at": each.last_signed_in_at,
            "has_password": each.has_password,
            "has_totp": each.has_totp,
            "email": each.email,
        }
        for each in everybody
    ]
    # A line above the table, whose own buttons would cover those beside the title.
    present = sum(each.id in browsers for each in everybody)
    st.caption(
        f"{format.count(len(everybody))} in all, {format.count(present)} signed in now."
        " Choose a person to see what they may do, and to change it."
    )
    tables.opening(
        "people",
        rows,
        [each.name for each in everybody],
        partial(filters.tell, CHOSEN),
        alt="Everybody who may sign in, or may no more",
        config={
            "name": tables.text("Name", "What is typed to sign in"),
            "full_name": tables.text("Full name"),
            "state": tables.badge("State", STATES),
            "role": tables.text("Role"),
            "customers": tables.text("Customers", "Whose calls a customer's person sees"),
            "groups": tables.text("Groups"),
            "browsers": tables.number(
                "Signed in", "In how many browsers, at this moment", width=80
            ),
            "last_signed_in_at": tables.instant("Last signed in", zone),
            "has_password": st.column_config.CheckboxColumn("Password", width=80),
            "has_totp": st.column_config.CheckboxColumn(
                "Two-factor", help="A telephone's code is asked for", width=85
            ),
            "email": tables.text("E-mail"),
        },
    )


def _everybody(conn: Connection, now: datetime) -> tuple[list[Person], dict[int, int]]:
    return people.list_people(conn), sessions.open_of_each(conn, now)


def known(conn: Connection) -> tuple[list[str], list[str]]:
    """The names of all customers and of all groups."""
    found = customers.list_customers(conn, EVERYONE)
    return [each.name for each in found], [each.name for each in groups.list_groups(conn)]


def fields(held: Facts, key: str) -> Facts:
    """What an administrator says of a person, to be filled in.

    Args:
        key: begins the keys of the controls.
    """
    of_customers, of_groups = administering.read(known)
    full_name = st.text_input("Full name", held.full_name, key=f"{key}_full_name")
    email = st.text_input("E-mail", held.email, key=f"{key}_email")
    role = st.selectbox(
        "Role",
        list(ROLES),
        list(ROLES).index(held.role) if held.role in ROLES else None,
        format_func=str.capitalize,
        key=f"{key}_role",
        required=True,
    )
    chosen: list[str] = []
    if role == CUSTOMER:
        chosen = st.multiselect(
            "Customers",
            of_customers,
            [each for each in held.customers if each in of_customers],
            key=f"{key}_customers",
            placeholder="None",
            help="Whose calls they see; of nobody else's, and of no costs.",
        )
        if not chosen:
            st.caption("Without a customer they see no calls.")
    wanted = st.multiselect(
        "Groups",
        of_groups,
        [each for each in held.groups if each in of_groups],
        key=f"{key}_groups",
        placeholder="None",
        help="Each gives permissions beside those of the role.",
    )
    return Facts(role or "", full_name, email, tuple(chosen), tuple(wanted))


@st.dialog("Add a person", on_dismiss=lambda: _open(None))
def _add() -> None:
    frame.require("people")
    name = st.text_input(
        "Name",
        key="add_name",
        placeholder="ana.ruiz",
        help="What they type to sign in. It stays, since the audit log tells it.",
    )
    facts = fields(Facts("analyst"), "add")
    st.caption("They choose a password by a link, which is shown next.")
    if st.button("Add", type="primary", key="add_yes"):
        with administering.changing("people") as (conn, note):
            made = [administration.add(conn, name, facts, frame.now(), note)]
            mailed = mail_links(conn, frame.settings(), made, frame.now())
        show_links(made, mailed)


def show_links(made: Sequence[Made], mailed: Mailed) -> None:
    """Show links that were just made, instead of the box that is open, until they are seen."""
    _open(None)
    st.session_state[LINKS] = made, mailed
    st.rerun()


# Not to be closed by a click beside it: what it shows is shown once.
@st.dialog("Setting a password", width="medium", dismissible=False)
def _links(made: Sequence[Made], mailed: Mailed, zone: ZoneInfo) -> None:
    frame.require("people")
    until = f"{format.moment(made[0][1].expires_at, zone)} ({zone.key})"
    rows = [(person.name, _address(link)) for person, link in made]
    if len(rows) == 1:
        ((name, address),) = rows
        st.markdown(_what_to_do(name, mailed))
        st.code(address, language=None, wrap_lines=True)
    else:
        st.markdown("Send each of them their link, unless it was mailed to them:")
        st.dataframe(
            pd.DataFrame(
                [(*row, mailed.get(row[0])) for row in rows],
                columns=["name", "link", "mailed"],
            ),
            hide_index=True,
            alt="Links by which new people set a password",
            column_config={
                "name": tables.text("Name"),
                "link": tables.text("Link"),
                "mailed": tables.text("Mailed to"),
            },
        )
        st.download_button(
            "Save as CSV",
            icon=":material/download:",
            data=written([("name", "link"), *rows]),
            file_name="links.csv",
            mime="text/csv",
            on_click="ignore",
        )
    st.caption(
        f"Good once, until {until}. Whoever has a link can set that password, so send it by a"
        " way that nobody else reads. It is not shown again; a new one can be made at any time."
    )
    if st.button("Done", type="primary", key="links_seen"):
        del st.session_state[LINKS]
        st.rerun()


def _what_to_do(name: str, mailed: Mailed) -> str:
    whom = f"**{format.literal(name)}**"
    if name in mailed:
        there = format.literal(mailed[name])
        return f"This was mailed to {whom}, {there}. Should it not arrive, send it yourself:"
    return f"Send this to {whom}:"


def _address(link: Link) -> str:
    """The link, for the address that is set, or else for the one of this very page."""
    settings, here = frame.settings(), urlsplit(st.context.url or "")
    if here.netloc and not settings.public_url:
        return f"{here.scheme}://{here.netloc}/link/{link.token}"
    return f"{settings.links_begin}/link/{link.token}"


@st.dialog("Import people", width="medium", on_dismiss=lambda: _open(None))
def _import() -> None:
    frame.require("people")
    st.markdown(
        f"A CSV file whose first line is `{','.join(roster.COLUMNS)}`, with semicolons between"
        " customers and between groups. Only `name` and `role` must be there."
    )
    st.caption(
        "Who is new gets a link; who is known becomes what the file says; whoever is not in it"
        " stays. If one line cannot be, nothing is imported."
    )
    if given := administering.csv_given():
        _take_in(given)


def _take_in(given: bytes) -> None:
    with administering.changing("people") as (conn, note):
        try:
            outcome = roster.take_in(conn, given, frame.now(), note)
        except BadLines as exc:
            administering.bad_lines(exc)
            return
        mailed = mail_links(conn, frame.settings(), outcome.added, frame.now())
        left = sessions.viewer_of(conn, frame.viewer().session_id, frame.now())
        if left is None or not left.may("people"):
            raise BadRequest(
                "By this file you would lose the right to be on this page: change your own role"
                " here, where you are asked."
            )
    st.toast(
        f"{format.count(len(outcome.added))} added, {format.count(len(outcome.changed))}"
        f" changed, {format.count(outcome.same)} as they were."
    )
    if outcome.added:
        show_links(outcome.added, mailed)
    _open(None)
    st.rerun()
