"""The Switches page: how numbers and stamps of each are read, and when it was last heard."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st
from sqlalchemy import Connection

from cdrstats import switches
from cdrstats.choices import names
from cdrstats.sheets import Row
from cdrstats.spreadsheet import joined, parted
from cdrstats.switches import SWITCHES, Switch
from cdrstats.switches.sheet import row_of
from cdrstats.ui import administering, frame, register, tables
from cdrstats.ui.register import Register

PREFIXES = {
    "international_prefixes": ("International prefixes", None),
    "trunk_prefixes": ("Trunk prefixes", "Taken off a national number."),
    "strip_prefixes": ("Stripped first", "An outside line's 9, for example."),
}
DIGITS = {
    "extension_digits": "Longest extension, digits",
    "national_min_digits": "Shortest national number, digits",
    "national_max_digits": "Longest national number, digits",
}
BLANK = {
    "international_prefixes": "00;011",
    "extension_digits": "5",
    "national_min_digits": "6",
    "national_max_digits": "9",
}
"""What a new switch has, until it is told its country."""


def page(zone: ZoneInfo) -> None:
    """The table, and the card of the switch that is chosen."""
    register.boxes(REGISTER)
    known, heard = administering.read(_known)
    named = frame.read(names, frame.viewer().scope)
    columns = {**REGISTER.columns, "last_call": tables.instant("Newest call", zone)}
    register.table(
        replace(REGISTER, columns=columns),
        [row_of(each) for each in known],
        [
            {
                "source": named.sources.get(each.cdr_source_type, ""),
                "last_call": heard.get(each.id),
                "addresses": ", ".join(each.addresses),
                **{key: ", ".join(getattr(each.rules, key)) for key in PREFIXES},
            }
            for each in known
        ],
    )
    register.card(REGISTER)


def _known(conn: Connection) -> tuple[list[Switch], dict[int, datetime]]:
    return switches.list_switches(conn), switches.last_calls(conn)


def _form(held: Row | None, key: str) -> dict[str, str]:
    row = held or {**BLANK, "timezone": frame.settings().timezone}
    cells: dict[str, str] = {}
    zones = sorted(available_timezones())
    with st.grid(3, min_column_width=210):
        cells["name"] = st.text_input(
            "Name",
            row.get("name", ""),
            key=f"{key}_name",
            help="The name before stays as an address.",
        )
        zone = st.selectbox(
            "Time zone of its stamps",
            zones,
            zones.index(row["timezone"]) if row["timezone"] in zones else None,
            key=f"{key}_timezone",
        )
        cells["timezone"] = zone or ""
        cells["country"] = st.text_input(
            "Home country",
            row.get("country", ""),
            key=f"{key}_country",
            help="Two letters, such as GB. Another one brings its rules of numbers, beside"
            " those that you change here as well.",
        )
        cells["calling_code"] = st.text_input(
            "Calling code",
            row.get("calling_code", ""),
            key=f"{key}_calling_code",
            help="Digits, such as 44.",
        )
        for field, (label, help) in PREFIXES.items():
            given = st.text_input(
                label,
                ", ".join(parted(row.get(field, ""))),
                key=f"{key}_{field}",
                help=help,
            )
            cells[field] = joined(sorted({p.strip() for p in given.split(",") if p.strip()}))
        for field, label in DIGITS.items():
            count = st.number_input(label, 0, 20, int(row[field]), key=f"{key}_{field}")
            cells[field] = str(int(count))
    addresses = parted(row.get("addresses", ""))
    chosen = st.multiselect(
        "Also called",
        addresses,
        addresses,
        key=f"{key}_addresses",
        accept_new_options=True,
        help="Other names that its records give, such as an IP address.",
        placeholder="None: type one",
    )
    cells["addresses"] = joined(chosen)
    # What stays as it was is not said, so that a new country brings its own.
    if held is not None:
        return {field: cell for field, cell in cells.items() if cell != _same(held, field)}
    return cells


def _same(held: Row, field: str) -> str:
    """A cell of `held` as the form would write it."""
    several = field in PREFIXES or field == "addresses"
    return joined(parted(held[field])) if several else held[field]


REGISTER = Register(
    sheet=SWITCHES,
    permission="rules",
    plural="Switches",
    columns={
        "name": tables.text("Switch"),
        "source": tables.text("Source"),
        "last_call": tables.text("Newest call"),
        "timezone": tables.text("Time zone"),
        "country": tables.text("Home", width=70),
        "calling_code": tables.text("Calling code"),
        "international_prefixes": tables.text("International prefixes"),
        "trunk_prefixes": tables.text("Trunk prefixes"),
        "strip_prefixes": tables.text("Stripped first"),
        "addresses": tables.text("Also called", width="medium"),
    },
    form=_form,
    blank="A switch is made when its first record comes in: load a file on the Imports page.",
    hint="Prefixes and addresses are separated by semicolons; `country` is its two letters.",
    holds="Rules hold for calls that come from now on; those that are in keep their reading"
    " until `python -m cdrstats start-over`.",
)
