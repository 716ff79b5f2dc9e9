"""The Customers page: who owns calls, and by which account codes, numbers and trunks."""

from zoneinfo import available_timezones

import streamlit as st

from cdrstats import customers, format
from cdrstats.aggregates.draining import drain
from cdrstats.customers import CUSTOMERS
from cdrstats.money import CURRENCIES
from cdrstats.sheets import Row
from cdrstats.spreadsheet import joined, parted
from cdrstats.ui import administering, asking, auditing, frame, register, tables
from cdrstats.ui.register import Register

OWNED = {
    "account_codes": ("Account codes", "One that another customer has is taken from them."),
    "numbers": (
        "Number ranges",
        "FIRST-LAST, or what they begin with, in international form without 00.",
    ),
    "trunks": ("Trunks", "As calls name them."),
}


def page() -> None:
    """The table, and the card of the customer that is chosen."""
    register.boxes(REGISTER)
    rows = administering.read(CUSTOMERS.rows)
    register.table(REGISTER, rows, [_listed(row) for row in rows])
    register.card(REGISTER, _history)


def _listed(row: Row) -> dict[str, str]:
    return {kind: ", ".join(parted(row[kind])) for kind in OWNED}


def _form(held: Row | None, key: str) -> dict[str, str]:
    row = held or {}
    cells: dict[str, str] = {}

    def text(field: str, label: str, help: str | None = None) -> None:
        cells[field] = st.text_input(label, row.get(field, ""), key=f"{key}_{field}", help=help)

    def one_of(field: str, label: str, choices: list[str]) -> None:
        at = choices.index(row[field]) if row.get(field) in choices else None
        chosen = st.selectbox(
            label, choices, at, key=f"{key}_{field}", placeholder="The installation's"
        )
        cells[field] = chosen or ""

    with st.grid(3, min_column_width=240):
        text("name", "Name")
        text("tax_id", "Tax id")
        one_of("currency", "Currency", sorted(CURRENCIES))
        one_of("timezone", "Time zone", sorted(available_timezones()))
        text("language", "Language", "A tag, such as en or pt-BR.")
    cells["address"] = st.text_area("Address", row.get("address", ""), key=f"{key}_address")
    for field, (label, help) in OWNED.items():
        owned = parted(row.get(field, ""))
        chosen = st.multiselect(
            label,
            owned,
            owned,
            key=f"{key}_{field}",
            accept_new_options=True,
            help=help,
            placeholder="None: type one",
        )
        cells[field] = joined(chosen)
    return cells


def _history(held: Row) -> None:
    """Calls that carry the customer's account codes and are others': offer to move them."""
    codes = parted(held["account_codes"])
    if not codes:
        return
    left = administering.read(customers.calls_left_behind, codes)
    if not left:
        return
    whose = ", ".join(f"{format.literal(name)} {format.count(n)}" for name, n in left.items())
    st.info(
        f"Calls that carry these account codes and are still of others: {whose}. They keep"
        " their owner, unless their history is moved.",
        icon=":material/history:",
    )
    name, count = format.literal(held["name"]), format.count(sum(left.values()))
    if asking.sure(
        f"Give {name} these calls",
        f"Give {name} {count} calls that are others' now, with their minutes and costs?",
        f"move_{hash(held['name'])}",
        ":material/move_up:",
        "Give them",
    ):
        _move(held["name"], codes, left)


def _move(name: str, codes: tuple[str, ...], left: dict[str, int]) -> None:
    viewer = frame.require(REGISTER.permission)
    total, bar = sum(left.values()), st.progress(0.0, "Moving calls…")

    def show(moved: int) -> None:
        told = f"{format.count(moved)} of {format.count(total)} calls moved"
        bar.progress(min(1.0, moved / total), told)

    with frame.trouble_told():
        moved = customers.give_history(
            *(frame.engine(), name, codes),
            lambda conn: auditing.note_of(conn, viewer),
            progress=show,
        )
        bar.progress(1.0, "Bringing figures up to date…")
        drain(frame.engine())
    frame.forget()
    st.toast(f"{format.count(moved)} calls are {format.literal(name)}'s now.")
    st.rerun()


REGISTER = Register(
    sheet=CUSTOMERS,
    permission="customers",
    plural="Customers",
    columns={
        "name": tables.text("Name"),
        "account_codes": tables.text("Account codes", width="medium"),
        "numbers": tables.text("Number ranges", width="medium"),
        "trunks": tables.text("Trunks"),
        "currency": tables.text("Currency", width=80),
        "timezone": tables.text("Time zone"),
        "language": tables.text("Language", width=80),
        "tax_id": tables.text("Tax id"),
    },
    form=_form,
    blank="A customer owns calls by account codes, number ranges and trunks; the people who"
    " belong to it see these calls and no others.",
    hint="Account codes, number ranges and trunks are separated by semicolons.",
    holds="What a customer owns holds for calls that come from now on.",
)
