"""What stands around every page: title and icon of the window, navigation, the demo banner."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from cdrstats import health
from cdrstats.ui import filters, frame, keyboard, tour

STATIC = Path(__file__).parents[2] / "static"
ASSETS = Path(__file__).parent / "assets"

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
    "System": [
        ("imports", "Imports", ":material/upload_file:", "Load files; see what came in."),
        ("switches", "Switches", ":material/dns:", "How each switch's records are read."),
        ("diagnostic", "Diagnostic", ":material/health_metrics:", "Database, jobs and log."),
    ],
}

TITLES = {name: title for pages in PAGES.values() for name, title, *_ in pages}
"""What each page is called, in the list of pages and at its own top."""


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
    frame.require("dashboard")
    chosen = st.navigation(
        {
            section: [
                st.Page(
                    f"pages/{name}.py",
                    title=title,
                    icon=icon,
                    help=words,
                    url_path=name,
                    default=name == "dashboard",
                )
                for name, title, icon, words in pages
            ]
            for section, pages in PAGES.items()
        },
        expanded=True,
    )
    with st.sidebar:
        filters.zone_control()
        tour.link()
    filters.leave()
    demo_banner()
    tour.at_first_use()
    keyboard.help_along()
    return chosen


def demo_banner() -> None:
    """Say that what is shown is made up, and remove it in one click."""
    with frame.trouble_told():
        if not frame.read_of_house(health.demo_files):
            return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="demo"):
        st.markdown(
            ":material/science: These calls are demo data, made up to show what the pages do.",
            width="stretch",
        )
        if st.button("Remove demo data", icon=":material/delete:", key="remove_demo"):
            from cdrstats import demo  # imports all that loads, and is needed once

            with st.spinner("Removing the demo data…"), frame.trouble_told():
                demo.remove(frame.engine())
                demo.catch_up(frame.engine())
            frame.forget()
            st.rerun()
