"""The Dial codes page: which country and network a number belongs to by how it begins."""

import streamlit as st
from sqlalchemy import Connection

from cdrstats import format
from cdrstats.reference import DIALCODES
from cdrstats.reference.dialcodes import own_codes
from cdrstats.sheets import Row
from cdrstats.ui import administering, register, tables
from cdrstats.ui.register import Register

MOST = 500
"""Rows of the table; beyond, whoever looks searches."""


def page() -> None:
    """A search, the table, and the card of the dial code that is chosen."""
    register.boxes(REGISTER)
    rows, own = administering.read(_known)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sought = st.text_input(
            "Search",
            key="dialcode_search",
            placeholder="4477, GB or mobile",
            width=260,
            help="What a code or a number begins with, a country, or a part of a name.",
        )
        only_own = st.toggle(
            "Own alone", key="dialcode_own", help="Those that this installation has changed."
        )
    found = [
        row
        for row in rows
        if _matches(row, sought.strip()) and (row["dialcode"] in own or not only_own)
    ]
    if rows and not found:
        st.caption("No dial code is like that.")
    elif found:
        some = found[:MOST]
        count = f"{format.count(len(found))} dial codes"
        told = f"The first {MOST} of {count}." if len(found) > MOST else f"{count}."
        register.table(REGISTER, some, [{"own": row["dialcode"] in own} for row in some], told)
    register.card(REGISTER)


def _known(conn: Connection) -> tuple[list[Row], set[str]]:
    return DIALCODES.rows(conn), own_codes(conn)


def _matches(row: Row, sought: str) -> bool:
    """Whether a dial code is looked for; of a longer number, the codes that it begins with."""
    digits = sought.removeprefix("+")
    if digits.isdigit():
        code = row["dialcode"]
        return code.startswith(digits) or digits.startswith(code)
    if len(sought) == 2 and sought.isupper():
        return row["country"] == sought
    return sought.lower() in f"{row['name']} {row['country']}".lower()


def _form(held: Row | None, key: str) -> dict[str, str]:
    row = held or {"dialcode": "", "country": "", "name": "", "kind": ""}
    with st.grid(2, min_column_width=240):
        code = st.text_input(
            "Dial code",
            row["dialcode"],
            key=f"{key}_code",
            disabled=held is not None,
            help="What the international number begins with, without 00.",
        )
        country = st.text_input(
            "Country",
            row["country"],
            key=f"{key}_country",
            help="Two letters, such as GB. Without one the code is passed over, and a shorter"
            " one decides.",
        )
        name = st.text_input("Name", row["name"], key=f"{key}_name")
        kind = st.text_input(
            "Kind", row["kind"], key=f"{key}_kind", help="Such as mobile; may be empty."
        )
    return {"dialcode": code, "country": country, "name": name, "kind": kind}


REGISTER = Register(
    sheet=DIALCODES,
    permission="dialcodes",
    plural="Dial codes",
    columns={
        "dialcode": tables.text("Dial code", width=110),
        "country": tables.text("Country", width=90),
        "name": tables.text("Name", width="large"),
        "kind": tables.text("Kind"),
        "own": st.column_config.CheckboxColumn(
            "Own", help="Changed or added here; an upgrade keeps it", width=70
        ),
    },
    form=_form,
    blank="They come with CDR-Stats: `python -m cdrstats db upgrade`.",
    hint="`country` is its two letters.",
    holds="Dial codes hold for calls that come from now on; those that are in keep theirs until"
    " `python -m cdrstats start-over`. An upgrade keeps what you change here.",
)
