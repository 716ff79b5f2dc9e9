"""The parts of the Switches page."""

from zoneinfo import available_timezones

import streamlit as st

from cdrstats import switches
from cdrstats.choices import Names, names
from cdrstats.switches import Switch
from cdrstats.ui import frame, show, tables


def page() -> None:
    """The list of switches, and the rules of the one that is chosen."""
    known = frame.read_now(switches.list_switches)
    if not known:
        show.empty(
            "No switch is known yet.",
            "A switch is made when its first record comes in: load a file on the Imports page.",
        )
        return
    named = frame.read(names, frame.viewer().scope)
    _table(known, named)
    by_name = {found.name: found for found in known}
    chosen = st.selectbox(
        "Switch", list(by_name), key="edit", bind="query-params", width=300, required=True
    )
    if chosen in by_name:
        _form(by_name[chosen], named)


def _table(known: list[Switch], named: Names) -> None:
    rows = [
        {
            "name": found.name,
            "source": named.sources.get(found.cdr_source_type, ""),
            "timezone": found.timezone,
            "country": named.countries.get(found.rules.country_id, "")
            if found.rules.country_id
            else "",
            "calling_code": found.rules.calling_code,
            "international": ", ".join(found.rules.international_prefixes),
            "trunk": ", ".join(found.rules.trunk_prefixes),
            "strip": ", ".join(found.rules.strip_prefixes),
            "addresses": ", ".join(found.addresses),
        }
        for found in known
    ]
    st.dataframe(
        tables.frame_of(rows, list(rows[0])),
        hide_index=True,
        alt="Switches and their rules",
        column_config={
            "name": tables.text("Switch"),
            "source": tables.text("Source"),
            "timezone": tables.text("Time zone"),
            "country": tables.text("Home"),
            "calling_code": tables.text("Calling code"),
            "international": tables.text("International prefixes"),
            "trunk": tables.text("Trunk prefixes"),
            "strip": tables.text("Stripped first"),
            "addresses": tables.text("Also called", width="medium"),
        },
    )


def _form(found: Switch, named: Names) -> None:
    rules = found.rules
    home = named.countries.get(rules.country_id) if rules.country_id else None
    zones = sorted(available_timezones())
    with st.form(f"switch_{found.id}"):
        st.subheader(f"Rules of {found.name}", anchor=False)
        with st.grid(3, min_column_width=210):
            name = st.text_input("Name", found.name, help="The old name stays as an address.")
            zone = st.selectbox(
                "Time zone of its stamps", zones, index=zones.index(found.timezone)
            )
            address = st.text_input(
                "One more address",
                help="Another name that its records give, such as an IP address.",
            )
            code = st.text_input("Calling code", rules.calling_code, help="Digits, such as 44.")
            international = st.text_input(
                "International prefixes", ", ".join(rules.international_prefixes)
            )
            trunk = st.text_input("Trunk prefixes", ", ".join(rules.trunk_prefixes))
            strip = st.text_input(
                "Stripped first",
                ", ".join(rules.strip_prefixes),
                help="An outside line's 9, for example.",
            )
            extension = st.number_input(
                "Longest extension, digits", 0, 20, rules.extension_digits
            )
            least = st.number_input(
                "Shortest national number, digits", 0, 20, rules.national_min_digits
            )
            most = st.number_input(
                "Longest national number, digits", 0, 20, rules.national_max_digits
            )
        st.caption(
            f"Home: {home or 'not set'}. Calls that are in keep their reading until they are"
            " mediated anew: `python -m cdrstats start-over`."
        )
        may = frame.viewer().may("rules")
        if st.form_submit_button("Save", type="primary", disabled=not may):
            _save(
                found,
                address.strip(),
                new_name=name,
                timezone=zone,
                calling_code=code.strip(),
                international_prefixes=_prefixes(international),
                trunk_prefixes=_prefixes(trunk),
                strip_prefixes=_prefixes(strip),
                extension_digits=int(extension),
                national_min_digits=int(least),
                national_max_digits=int(most),
            )


def _prefixes(given: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in given.split(",") if part.strip())


def _save(found: Switch, address: str, **rules: object) -> None:
    frame.require("rules")
    with frame.trouble_told(), frame.engine().begin() as conn:
        saved = switches.change(conn, found.name, **rules)  # type: ignore[arg-type]
        if address:
            switches.add_address(conn, saved.name, address)
    frame.forget()
    st.toast(f"The rules of {saved.name} are saved.")
    st.rerun()
