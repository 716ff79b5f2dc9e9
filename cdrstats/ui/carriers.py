"""The Carriers page: what carriers are called, and the trunks by which calls name them."""

import streamlit as st

from cdrstats.reference import CARRIERS
from cdrstats.sheets import Row
from cdrstats.spreadsheet import joined, parted
from cdrstats.ui import administering, register, tables
from cdrstats.ui.register import Register


def page() -> None:
    """The table, and the card of the carrier that is chosen."""
    register.boxes(REGISTER)
    rows = administering.read(CARRIERS.rows)
    register.table(
        REGISTER, rows, [{"trunks": ", ".join(parted(row["trunks"]))} for row in rows]
    )
    register.card(REGISTER)


def _form(held: Row | None, key: str) -> dict[str, str]:
    row = held or {"name": "", "trunks": ""}
    name = st.text_input(
        "Name", row["name"], key=f"{key}_name", help="The name before stays one of its trunks."
    )
    trunks = parted(row["trunks"])
    chosen = st.multiselect(
        "Trunks",
        trunks,
        trunks,
        key=f"{key}_trunks",
        accept_new_options=True,
        help="The names by which calls tell it, beside its own.",
        placeholder="None: type one",
    )
    return {"name": name, "trunks": joined(chosen)}


REGISTER = Register(
    sheet=CARRIERS,
    permission="carriers",
    plural="Carriers",
    columns={"name": tables.text("Name"), "trunks": tables.text("Trunks", width="large")},
    form=_form,
    blank="A trunk or gateway that calls name becomes a carrier by itself, once they come in.",
    hint="Trunks are separated by semicolons.",
    holds="Trunks hold for calls that come from now on; those that are in keep their carrier"
    " until `python -m cdrstats start-over`.",
)
