"""The Hangup causes page: what each is called, and what a call that ended so counts as."""

import streamlit as st

from cdrstats.reference import CAUSES
from cdrstats.reference.causes import KINDS
from cdrstats.sheets import Row
from cdrstats.ui import administering, register, tables
from cdrstats.ui.register import Register

KINDS_TOLD = {"busy": "Busy", "no_answer": "No answer", "failed": "Failed"}
BLANK = {
    "code": "",
    "enumeration": "",
    "cause": "",
    "kind": "failed",
    "delivered": "no",
    "blocked": "no",
}


def page() -> None:
    """The table, and the card of the cause that is chosen."""
    register.boxes(REGISTER)
    rows = administering.read(CAUSES.rows)
    register.table(REGISTER, rows, [_listed(row) for row in rows])
    register.card(REGISTER)


def _listed(row: Row) -> dict[str, object]:
    return {
        "kind": KINDS_TOLD.get(row["kind"], row["kind"]),
        "delivered": row["delivered"] == "yes",
        "blocked": row["blocked"] == "yes",
    }


def _form(held: Row | None, key: str) -> dict[str, str]:
    row = held or BLANK
    with st.grid(3, min_column_width=240):
        code = st.text_input(
            "Code",
            row["code"],
            key=f"{key}_code",
            disabled=held is not None,
            help="Q.850 up to 127; above, a cause that a switch names itself.",
        )
        enumeration = st.text_input(
            "Name", row["enumeration"], key=f"{key}_name", help="As records write it."
        )
        cause = st.text_input("What it says", row["cause"], key=f"{key}_cause")
        kind = st.selectbox(
            "An unanswered call counts as",
            KINDS,
            KINDS.index(row["kind"]) if row["kind"] in KINDS else 0,
            format_func=KINDS_TOLD.__getitem__,
            key=f"{key}_kind",
            required=True,
        )
    delivered = st.checkbox(
        "Delivered: it reached the called side, and counts into NER",
        row["delivered"] == "yes",
        key=f"{key}_delivered",
    )
    blocked = st.checkbox(
        "Blocked: it never obtained a circuit, and is no seizure",
        row["blocked"] == "yes",
        key=f"{key}_blocked",
    )
    told = {True: "yes", False: "no"}
    return {
        "code": code,
        "enumeration": enumeration,
        "cause": cause,
        "kind": kind or "failed",
        "delivered": told[delivered],
        "blocked": told[blocked],
    }


REGISTER = Register(
    sheet=CAUSES,
    permission="causes",
    plural="Hangup causes",
    columns={
        "code": tables.text("Code", width=70),
        "enumeration": tables.text("Name", width="medium"),
        "cause": tables.text("What it says", width="large"),
        "kind": tables.text("Counts as", width=90),
        "delivered": st.column_config.CheckboxColumn(
            "Delivered", help="Counts into NER", width=85
        ),
        "blocked": st.column_config.CheckboxColumn("Blocked", help="No seizure", width=80),
    },
    form=_form,
    blank="They come with CDR-Stats: `python -m cdrstats db upgrade`.",
    hint="`delivered` and `blocked` are yes or no.",
    holds="What is delivered or blocked holds for calls that are in as well: figures follow"
    " within minutes.",
)
