"""Lists that an administrator keeps (cdrstats.sheets): the table, one's card, CSV both ways."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from cdrstats import format, sheets
from cdrstats.sheets import Row, Sheet
from cdrstats.spreadsheet import BadLines
from cdrstats.ui import administering, asking, auditing, filters, frame, show, tables

NEW = "new"
"""What the URL says of the card of a thing that is not there yet."""

TALL = 420
"""Pixels of a table that has more rows than that."""


@dataclass(frozen=True, slots=True)
class Register:
    """How a sheet is shown, and who may change it."""

    sheet: Sheet
    permission: str
    """What it takes to change it; the page asks for its own."""
    plural: str
    columns: Mapping[str, Any]
    """How the table shows each column."""
    form: Callable[[Row | None, str], dict[str, str]]
    """Draws the controls, filled from a row, None for a new one; returns the cells.
    The second argument begins the keys of the controls."""
    blank: str
    """What is said where there is none yet."""
    hint: str
    """What an import is told."""
    holds: str = ""
    """From when on a change counts."""

    @property
    def chosen(self) -> str:
        """The parameter of the URL that tells the thing whose card is open."""
        return self.sheet.noun.replace(" ", "_")


def menu(register: Register) -> None:
    """The buttons beside the title."""
    may = frame.viewer().may(register.permission)
    noun = register.sheet.noun
    if may:
        st.button(
            f"Add a {noun}",
            icon=":material/add:",
            type="primary",
            on_click=_choose,
            args=(register, NEW),
        )
        st.button("Import", icon=":material/upload:", on_click=_open, args=(register, True))
        st.download_button(
            "Export",
            icon=":material/download:",
            data=auditing.file(
                register.permission,
                f"export {register.plural.lower()}",
                partial(sheets.export, sheet=register.sheet),
            ),
            file_name=f"{register.plural.lower().replace(' ', '_')}.csv",
            mime="text/csv",
            on_click="ignore",
            help="All as CSV. Edited, it can be imported again.",
        )


def _choose(register: Register, key: str) -> None:
    st.query_params[register.chosen] = key


def _open(register: Register, is_open: bool) -> None:
    st.session_state[f"{register.chosen}_import"] = is_open


def boxes(register: Register) -> None:
    """The box of the import, if it is open."""
    if st.session_state.get(f"{register.chosen}_import"):
        st.dialog(
            f"Import {register.plural.lower()}",
            width="medium",
            on_dismiss=lambda: _open(register, False),
        )(_import)(register)


def table(
    register: Register,
    rows: Sequence[Row],
    more: Sequence[Mapping[str, Any]],
    told: str = "",
) -> None:
    """The rows; choosing one opens its card below.

    Args:
        more: what each row shows beside its cells, by column.
        told: how many they are of how many, if not all are shown.
    """
    if not rows:
        show.empty(f"No {register.plural.lower()} yet.", register.blank)
        return
    keys = [row[register.sheet.key] for row in rows]
    shown = [{**row, **beside} for row, beside in zip(rows, more, strict=True)]
    # A line above the table, whose own buttons would cover those beside the title.
    count = told or f"{format.count(len(rows))} in all."
    st.caption(f"{count} Choose one to see it in full.")
    # Another key where another thing would stand in the row that is chosen.
    key = f"{register.chosen}_{abs(hash(tuple(keys)))}"
    st.dataframe(
        tables.frame_of(shown, list(register.columns)),
        key=key,
        hide_index=True,
        placeholder="",
        height="content" if len(rows) <= 12 else TALL,
        on_select=lambda: _picked(register, key, keys),
        selection_mode="single-row",
        alt=register.plural,
        column_config=dict(register.columns),
    )


def _picked(register: Register, key: str, keys: Sequence[str]) -> None:
    rows = tables.chosen_rows(key)
    if rows and rows[0] < len(keys):
        _choose(register, keys[rows[0]])
    else:
        filters.forget(register.chosen)


def card(register: Register, below: Callable[[Row], None] | None = None) -> None:
    """The thing that the URL tells, if it tells one, to be changed.

    Args:
        below: draws what else there is to say of it.
    """
    given, sheet = st.query_params.get(register.chosen), register.sheet
    held = administering.read(sheet.find, given) if given and given != NEW else None
    if held is None and given != NEW:
        if given:
            filters.nonsense(f"There is no {sheet.noun} {given!r}.")
            filters.forget(register.chosen)
        filters.complain()
        return
    with show.card(format.literal(held[sheet.key]) if held else f"A new {sheet.noun}"):
        _form(register, held)
        if held and below:
            below(held)
        with st.container(horizontal=True):
            st.button(
                "Close",
                icon=":material/close:",
                on_click=filters.forget,
                args=(register.chosen,),
            )
            if held and frame.viewer().may(register.permission):
                _remove(register, held[sheet.key])


def _form(register: Register, held: Row | None) -> None:
    # Another key where somebody else has changed it.
    key = f"{register.chosen}_{abs(hash(tuple((held or {}).items())))}"
    with st.form(key, border=False):
        cells = register.form(held, key)
        if register.holds:
            st.caption(register.holds)
        if st.form_submit_button(
            "Save",
            type="primary",
            icon=":material/check:",
            disabled=not frame.viewer().may(register.permission),
        ):
            _save(register, held, cells)


def _save(register: Register, held: Row | None, cells: Row) -> None:
    sheet = register.sheet
    with administering.changing(register.permission) as (conn, note):
        saved = sheets.save(conn, sheet, held[sheet.key] if held else None, cells, note)
    frame.forget()
    _choose(register, saved)
    st.toast(f"{format.literal(saved)} is saved.")
    st.rerun()


def _remove(register: Register, key: str) -> None:
    question = f"Remove the {register.sheet.noun} “{format.literal(key)}”?"
    name = f"remove_{register.chosen}_{abs(hash(key))}"
    if asking.sure("Remove", question, name, ":material/delete:", "Remove it", "Keep it"):
        with administering.changing(register.permission) as (conn, note):
            sheets.remove(conn, register.sheet, key, note)
        frame.forget()
        filters.forget(register.chosen)
        st.toast(f"{format.literal(key)} is removed.")
        st.rerun()


def _import(register: Register) -> None:
    frame.require(register.permission)
    sheet = register.sheet
    st.markdown(f"A CSV file whose first line is `{','.join(sheet.columns)}`. {register.hint}")
    st.caption(
        f"Only `{'`, `'.join(sheet.needed)}` must be there. What is new is added, what is known"
        " becomes what the file says, what is not in it stays. If one line cannot be, nothing"
        " is imported."
    )
    given = st.file_uploader("File", type="csv", key=f"{register.chosen}_file")
    if st.button("Import", type="primary", key="import_yes", disabled=given is None):
        assert given is not None
        _take_in(register, given.getvalue())


def _take_in(register: Register, given: bytes) -> None:
    with administering.changing(register.permission) as (conn, note):
        try:
            outcome = sheets.take_in(conn, register.sheet, given, note)
        except BadLines as exc:
            administering.bad_lines(exc)
            return
    frame.forget()
    st.toast(
        f"{format.count(outcome.added)} added, {format.count(outcome.changed)} changed,"
        f" {format.count(outcome.same)} as they were."
    )
    _open(register, False)
    st.rerun()
