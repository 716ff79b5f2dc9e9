"""What stands around every page: title and icon of the window, navigation, the demo banner."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from cdrstats import health
from cdrstats.accounts import Viewer
from cdrstats.ui import auditing, filters, frame, keyboard, masking, notifications, tour

STATIC = Path(__file__).parents[2] / "static"
ASSETS = Path(__file__).parent / "assets"

ACCOUNT = "account"
OWN = {
    "notifications": ("Notifications", ":material/inbox:"),
    ACCOUNT: ("Your account", ":material/account_circle:"),
}
"""The pages of whoever is signed in; they stand beside the way out, and are not listed."""

SIGN_OUT = """
<form method="post" action="/logout">
<button type="submit" class="sign-out">Sign out</button>
</form>
"""

PAGES = {
    "": [
        (
            "dashboard",
            "Dashboard",
            ":material/monitoring:",
            "Calls, quality and cost at a glance.",
        ),
        (
            "overview",
            "Overview",
            ":material/timeline:",
            "Any figure over time, split by whatever calls have.",
        ),
        (
            "compare",
            "Compare",
            ":material/compare_arrows:",
            "One period against another, and why a figure moved.",
        ),
        (
            "countries",
            "Destinations",
            ":material/flag:",
            "Where calls go: by country and dial code.",
        ),
        (
            "map",
            "World map",
            ":material/public:",
            "Any figure by country, on a map.",
        ),
        (
            "quality",
            "Quality",
            ":material/speed:",
            "How calls end, and how good their routes are.",
        ),
        (
            "routes",
            "Routes",
            ":material/alt_route:",
            "Carriers and switches side by side, for each destination.",
        ),
        (
            "concurrent",
            "Concurrent calls",
            ":material/call_split:",
            "How many calls at once, and the channels they take.",
        ),
        ("callers", "Callers", ":material/contact_phone:", "Who talks most, and who is new."),
        ("calls", "Calls", ":material/call:", "Find calls, see one in full, export them."),
        ("downloads", "Downloads", ":material/download:", "Files written in the background."),
        ("views", "Views", ":material/stacked_line_chart:", "The two materialized views."),
    ],
    "Watch": [
        ("alarms", "Alarms", ":material/notifications:", "Rules that watch figures for you."),
        (
            "digests",
            "Digests",
            ":material/forward_to_inbox:",
            "Mails of your calls, by a clock.",
        ),
        (
            "lists",
            "Destination control",
            ":material/block:",
            "Where calls may go, and which prefixes are known for fraud.",
        ),
        (
            "fraud",
            "Fraud cases",
            ":material/gpp_maybe:",
            "What looks like fraud in the calls that came in.",
        ),
    ],
    "System": [
        ("imports", "Imports", ":material/upload_file:", "Load files; see what came in."),
        ("switches", "Switches", ":material/dns:", "How each switch's records are read."),
        (
            "customers",
            "Customers",
            ":material/apartment:",
            "Who owns calls: account codes, number ranges, trunks.",
        ),
        ("carriers", "Carriers", ":material/lan:", "What carriers and trunks are called."),
        (
            "causes",
            "Hangup causes",
            ":material/call_end:",
            "What each cause is called, and counts as.",
        ),
        ("dialcodes", "Dial codes", ":material/dialpad:", "Whose numbers begin how."),
        ("diagnostic", "Diagnostic", ":material/health_metrics:", "Database, jobs and log."),
        ("mail", "Mail log", ":material/mail:", "Mails that wait, were sent, or could not be."),
        ("people", "People", ":material/person:", "Who may sign in, and what they may do."),
        ("groups", "Groups", ":material/group:", "Permissions for several people at once."),
        ("settings", "Settings", ":material/tune:", "What is changed while CDR-Stats runs."),
        ("audit", "Audit log", ":material/history:", "Who did what, when and from where."),
    ],
}

TITLES = {name: title for pages in PAGES.values() for name, title, *_ in pages}
"""What each page is called, in the list of pages and at its own top."""

SHARED = {"groups": "people"}
"""The permission of a page that has none of its own name."""


def page() -> StreamlitPage:
    """Draw what surrounds a page, and return the page that was asked for."""
    st.set_page_config(
        page_title="CDR-Stats",
        page_icon=str(STATIC / "favicon.png"),
        layout="wide",
        initial_sidebar_state=210,
    )
    st.html(ASSETS / "app.css")
    st.logo(str(STATIC / "logo.svg"), size="large", icon_image=str(STATIC / "icon.svg"))
    viewer = frame.whoever()
    chosen = st.navigation(_pages(viewer), expanded=True)
    with st.sidebar:
        filters.zone_control()
        tour.link()
        masking.beside_pages(viewer)
        _signed_in(viewer)
    filters.leave()
    demo_banner(viewer)
    tour.at_first_use()
    keyboard.help_along()
    return chosen


def _pages(viewer: Viewer) -> dict[str, list[StreamlitPage]]:
    """The pages that the viewer may see; the first of them is the start page.

    The others are known and not listed: who opens one by its address is told by the page.
    """
    start = next((name for name in TITLES if _may_open(viewer, name)), ACCOUNT)
    found: dict[str, list[StreamlitPage]] = {section: [] for section in PAGES}
    for section, pages in PAGES.items():
        for name, title, icon, words in pages:
            may = _may_open(viewer, name)
            one = st.Page(
                f"pages/{name}.py",
                title=title,
                icon=icon,
                help=words,
                url_path=name,
                default=name == start,
                visibility="visible" if may else "hidden",
            )
            found[section if may else ""].append(one)
    found[""] += [
        st.Page(
            f"pages/{name}.py",
            title=title,
            icon=icon,
            url_path=name,
            default=name == start,
            visibility="hidden",
        )
        for name, (title, icon) in OWN.items()
    ]
    return {section: pages for section, pages in found.items() if pages}


def _may_open(viewer: Viewer, name: str) -> bool:
    return viewer.may(SHARED.get(name, name))


def _signed_in(viewer: Viewer) -> None:
    """What they are told, who is signed in, and the way out."""
    with st.container(key="signed_in", gap="small"):
        title, icon = OWN["notifications"]
        told = notifications.in_short(title)
        st.page_link("pages/notifications.py", label=told, icon=icon)
        st.page_link(f"pages/{ACCOUNT}.py", label=viewer.name, icon=":material/account_circle:")
        st.html(SIGN_OUT)


def demo_banner(viewer: Viewer) -> None:
    """Say that what is shown is made up; whoever may undo files removes it in one click."""
    with frame.trouble_told():
        if not frame.read_of_house(health.demo_files):
            return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="demo"):
        st.markdown(
            ":material/science: These calls are demo data, made up to show what the pages do.",
            width="stretch",
        )
        if viewer.may("load") and st.button(
            "Remove demo data", icon=":material/delete:", key="remove_demo"
        ):
            from cdrstats import demo  # imports all that loads, and is needed once

            with st.spinner("Removing the demo data…"), frame.trouble_told():
                demo.remove(frame.engine(), lambda conn: auditing.note_of(conn, viewer))
                demo.catch_up(frame.engine())
            frame.forget()
            st.rerun()
