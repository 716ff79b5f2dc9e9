"""Saved views: the menu that opens, keeps and changes them, in the bar of every page.

Nothing is read or drawn of it before it is opened, and then it runs by itself.
"""

from collections.abc import Iterable
from html import escape
from urllib.parse import urlencode

import streamlit as st
from sqlalchemy import Connection

from cdrstats import format, saved
from cdrstats.accounts import Viewer
from cdrstats.saved import View
from cdrstats.ui import asking, frame, shell

KEY = "saved"
"""Of the menu; true in the session while it is open."""

CHANGED, TIMES = "saved_changed", "saved_times"
"""In the session: the view that is being changed; how often one was kept."""

WIDTH, NAME_WIDTH = 340, 270
"""Pixels: of the menu, and of what stands beside a button in it."""

PASSING = ("call", "at")
"""Parameters of the URL that no view keeps: which call is open, how far the table is turned."""

SHARED_HELP = "Colleagues who see the same calls find it in this menu, and cannot change it."


def menu(title: str) -> None:
    """The menu of saved views, on the page of this title."""
    page = {known: name for name, known in shell.TITLES.items()}[title]
    with st.container(width="content"):  # a fragment by itself takes what room there is
        _menu(page)


@st.fragment
def _menu(page: str) -> None:
    viewer = frame.whoever()
    box = st.popover(
        "Saved",
        icon=":material/bookmark:",
        key=KEY,
        help="Views kept under a name",
        on_change="rerun",
    )
    if not box.open:
        return
    with box, st.container(width=WIDTH):
        found = frame.read(saved.list_views, viewer)
        views = [view for view in found if viewer.may(view.page)]
        chosen = st.session_state.get(CHANGED)
        changed = next((view for view in views if _is_mine(view, viewer, chosen)), None)
        if changed:
            _change(viewer, changed, page)
        else:
            _list(viewer, views, page)
            _keep(viewer, page)
            if viewer.may("digests"):
                st.html(_mail_html("", page, shown(), "Mail this view each day, or week"))


def _is_mine(view: View, viewer: Viewer, id: int | None) -> bool:
    return view.id == id and view.owner == viewer.name


def grouped(views: Iterable[View], page: str) -> dict[str, list[View]]:
    """The views by the titles of their pages: of this page first, then as pages are listed."""
    order = [page, *(name for name in shell.TITLES if name != page)]
    places = {name: at for at, name in enumerate(order)}
    found: dict[str, list[View]] = {}
    for view in sorted(views, key=lambda view: places.get(view.page, len(places))):
        title = shell.TITLES.get(view.page, view.page.capitalize())
        found.setdefault(title, []).append(view)
    return found


def _list(viewer: Viewer, views: list[View], page: str) -> None:
    if not views:
        st.caption("No view is saved yet. Set period and filters, and keep them below.")
    for title, of_page in grouped(views, page).items():
        st.markdown(f"**{title}**")
        for view in of_page:
            _row(viewer, view)


def _row(viewer: Viewer, view: View) -> None:
    is_mine = view.owner == viewer.name
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(as_html(view, is_mine, viewer.may("digests")), width=NAME_WIDTH)
        if is_mine:
            st.button(
                f"Change {format.literal(view.name)}",
                key=f"edit_view_{view.id}",
                icon=":material/edit:",
                type="tertiary",
                help="Rename, share, replace or delete",
                on_click=_set,
                args=(CHANGED, view.id),
            )


def as_html(view: View, is_mine: bool, may_mail: bool) -> str:
    """The name as a link, whose it is, or whether it is shared, and the way to a digest of it.

    A link of the browser's own: st.page_link would write the parameters of the view into the
    history of the page that is left.
    """
    told = [_link(f"/{view.page}?{view.query}", view.name)]
    if whose := ("shared" if view.shared else "") if is_mine else f"of {view.owner}":
        told.append(f"<small>{escape(whose)}</small>")
    if may_mail:
        mailed = _mail_html(view.name, view.page, view.query, "mail it")
        told.append(f"<small>{mailed}</small>")
    return " ".join(told)


def _mail_html(name: str, page: str, query: str, label: str) -> str:
    """The way to a new digest of a view."""
    filled_in = {"digest": "new", "of": f"{page}?{query}"} | ({"name": name} if name else {})
    return _link(f"/digests?{urlencode(filled_in)}", label)


def _link(address: str, label: str) -> str:
    return f'<a href="{escape(address)}" style="color:inherit">{escape(label)}</a>'


def _keep(viewer: Viewer, page: str) -> None:
    """The form that keeps what the page shows, under a name."""
    with st.form("saved_keep", border=False):
        name = st.text_input(
            "Keep this view as",
            key=f"saved_name_{st.session_state.get(TIMES, 0)}",
            placeholder="Spain, last 7 days",
            help="Page, period, filters and choices. A period such as 7d moves on with time.",
        )
        shared = _shared(viewer, False, "saved_shared")
        if st.form_submit_button("Save", icon=":material/bookmark_add:"):
            with frame.changing() as conn:
                kept = saved.save(conn, viewer, page, name, shown(), shared)
            _set(TIMES, st.session_state.get(TIMES, 0) + 1)
            _done(f"“{format.literal(kept.name)}” is saved.")


def _shared(viewer: Viewer, held: bool, key: str) -> bool:
    """Whether others shall see the view: as it is held, for whoever may not change that."""
    if not viewer.may("share"):
        return held
    return st.checkbox("Shared with colleagues", held, key=key, help=SHARED_HELP)


def shown() -> str:
    """What the URL of the page says, as a view keeps it."""
    kept = [key for key in st.query_params if key not in PASSING]
    return urlencode({key: st.query_params.get_all(key) for key in kept}, doseq=True)


def _change(viewer: Viewer, view: View, page: str) -> None:
    """What can be changed of a view of the viewer's own."""
    st.button(
        "All saved views",
        icon=":material/arrow_back:",
        type="tertiary",
        key="saved_back",
        on_click=_set,
        args=(CHANGED, None),
    )
    with st.form(f"saved_change_{view.id}", border=False):
        name = st.text_input("Name", view.name)
        shared = _shared(viewer, view.shared, f"saved_shared_{view.id}")
        if st.form_submit_button("Save changes", icon=":material/check:"):
            with frame.changing() as conn:
                _rename_and_share(conn, viewer, view, name, shared)
            _done("The view is changed.")
    if view.page == page and st.button(
        "Replace it with what the page shows",
        icon=":material/published_with_changes:",
        key="saved_replace",
    ):
        with frame.changing() as conn:
            saved.replace(conn, viewer, view.id, shown())
        _done(f"“{format.literal(view.name)}” shows from now on what the page shows.")
    who = "you and your colleagues" if view.shared else "you"
    name = format.literal(view.name)
    if asking.deleted(f"Delete “{name}”? It is gone for {who}.", f"saved_delete_{view.id}"):
        with frame.changing() as conn:
            saved.delete(conn, viewer, view.id)
        _done(f"“{name}” is deleted.")


def _rename_and_share(
    conn: Connection, viewer: Viewer, view: View, name: str, shared: bool
) -> None:
    saved.rename(conn, viewer, view.id, name)
    saved.share(conn, viewer, view.id, shared)


def _set(key: str, value: int | None) -> None:
    st.session_state[key] = value


def _done(sentence: str) -> None:
    """Show the list as it is now."""
    _set(CHANGED, None)
    frame.forget()
    st.toast(sentence)
    st.rerun()
