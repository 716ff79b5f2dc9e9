"""The Groups page: each group's permissions and members."""

from functools import partial

import streamlit as st
from sqlalchemy import Connection

from cdrstats import format
from cdrstats.accounts import administration, groups, people
from cdrstats.accounts.groups import Group
from cdrstats.accounts.permissions import AREAS, CUSTOMERS_MOST, PERMISSIONS
from cdrstats.ui import administering, asking, filters, show, tables

CHOSEN = "group"
"""The parameter of the URL that tells the group whose card is open: its number, or NEW."""

NEW = "new"
BLANK = Group(0, "", (), "", ())


def add_button() -> None:
    """The button beside the title."""
    st.button(
        "Add a group",
        icon=":material/group_add:",
        type="primary",
        on_click=filters.tell,
        args=(CHOSEN, NEW),
    )


def table() -> None:
    """All groups; choosing a row opens its card below."""
    found = administering.read(groups.list_groups)
    if not found:
        show.empty(
            "No groups yet.",
            "The role gives each person what they need at first. A group gives more to several"
            " people at once, such as “Load files and undo them” to the night shift.",
        )
        return
    rows = [
        {
            "name": each.name,
            "permissions": ", ".join(each.permissions),
            "members": ", ".join(each.members),
            "oidc_group": each.oidc_group,
        }
        for each in found
    ]
    # A line above the table, whose own buttons would cover the one beside the title.
    st.caption("Choose a group to see what it gives, and to change it.")
    tables.opening(
        "groups",
        rows,
        [str(each.id) for each in found],
        partial(filters.tell, CHOSEN),
        alt="Groups of people",
        config={
            "name": tables.text("Name"),
            "permissions": tables.text("Permissions", width="large"),
            "members": tables.text("Members", width="medium"),
            "oidc_group": tables.text("Provider's group"),
        },
    )


def card() -> None:
    """The group that the URL tells, if it tells one, to be changed."""
    given = st.query_params.get(CHOSEN)
    found, everybody = administering.read(_known)
    held = BLANK if given == NEW else found.get(given or "")
    if held is None:
        if given:
            filters.nonsense(f"There is no group {given!r}.")
            filters.forget(CHOSEN)
        filters.complain()
        return
    with show.card(format.literal(held.name) or "A new group"):
        _form(held, everybody)
        with st.container(horizontal=True):
            st.button("Close", icon=":material/close:", on_click=filters.forget, args=(CHOSEN,))
            if held is not BLANK:
                _delete(held)


def _known(conn: Connection) -> tuple[dict[str, Group], list[str]]:
    """The groups by number, as the URL tells it, and the names of all people."""
    found = {str(each.id): each for each in groups.list_groups(conn)}
    return found, [each.name for each in people.list_people(conn)]


def _form(held: Group, everybody: list[str]) -> None:
    key = f"group_{held.id}_{abs(hash(held))}"  # another where somebody else changed it
    with st.form(key, border=False):
        with st.grid(2, min_column_width=300):
            name = st.text_input("Name", held.name, key=f"{key}_name")
            mapped = st.text_input(
                "Provider's group",
                held.oidc_group,
                key=f"{key}_oidc",
                help="Whoever signs in by the provider (OIDC) and is in this group there"
                " belongs to it, and nobody else who does. Empty: only whom you put here.",
            )
        members = st.multiselect(
            "Members", everybody, held.members, key=f"{key}_members", placeholder="Nobody"
        )
        wanted: list[str] = []
        for area, permissions in AREAS.items():
            st.markdown(f"**{area}**")
            with st.grid(3, min_column_width=320, gap="small"):
                wanted += [each for each in permissions if _checkbox(each, held, key)]
        st.caption(
            "Whoever may add people can give themselves everything else. People of the role"
            " customer get nothing from a group that is of staff alone."
        )
        if st.form_submit_button("Save", type="primary", icon=":material/check:"):
            _save(held, name, wanted, members, mapped)


def _checkbox(permission: str, held: Group, key: str) -> bool:
    staff = None if permission in CUSTOMERS_MOST else "Of staff alone"
    return st.checkbox(
        PERMISSIONS[permission].removeprefix("Open the page ").rstrip("."),
        permission in held.permissions,
        key=f"{key}_{permission}",
        help=staff,
    )


def _save(held: Group, name: str, wanted: list[str], members: list[str], mapped: str) -> None:
    with administering.changing("people") as (conn, note):
        if held is BLANK:
            saved = administration.add_group(conn, name, wanted, members, mapped, note)
        else:
            saved = administration.change_group(
                conn, held.id, name, wanted, members, mapped, note
            )
    filters.tell(CHOSEN, str(saved.id))
    st.toast(f"{format.literal(saved.name)} is saved.")
    st.rerun()


def _delete(held: Group) -> None:
    count = len(held.members)
    lose = (
        f"{count} people lose" if count > 1 else "One person loses" if count else "Nobody loses"
    )
    question = f"Delete “{format.literal(held.name)}”? {lose} what it gives, at once."
    if asking.deleted(question, f"delete_group_{held.id}"):
        with administering.changing("people") as (conn, note):
            administration.remove_group(conn, held.id, note)
        filters.forget(CHOSEN)
        st.toast(f"{format.literal(held.name)} is deleted.")
        st.rerun()
