"""A trial of the way to a mail server or a channel, step by step."""

import streamlit as st

from cdrstats import format
from cdrstats.mail import Step
from cdrstats.ui import tables


def steps(taken: list[Step]) -> None:
    """The steps of a trial, and what to look at where one failed."""
    rows = [
        {
            "step": each.step,
            "done": ["Done" if each.done else "Failed"],
            "detail": each.detail,
        }
        for each in taken
    ]
    st.dataframe(
        tables.frame_of(rows, ("step", "done", "detail")),
        hide_index=True,
        alt="The steps of the trial",
        column_config={
            "step": tables.text("Step"),
            "done": tables.badge("State"),
            "detail": tables.text("What was found", width="large"),
        },
    )
    for each in taken:
        if not each.done:
            told = "\n\n".join(map(format.literal, (each.detail, each.advice)))
            st.warning(told, icon=":material/error:")
