"""The hours in which nobody is told, as the forms of alarms and digests ask for them."""

from datetime import time, timedelta

import streamlit as st

Hours = tuple[time | None, time | None]

USUAL = (time(22), time(7))
QUARTER = timedelta(minutes=15)


def hours(held: Hours, key: str, help: str) -> Hours:
    """From when until when it is quiet; two None: never.

    Args:
        held: what is kept so far.
        key: of the form.
    """
    if not st.checkbox("Quiet hours", held[0] is not None, key=f"{key}_quiet", help=help):
        return None, None
    with st.container(horizontal=True):
        chosen = [
            st.time_input(label, at or usual, key=f"{key}_{label}", step=QUARTER, width=200)
            for label, at, usual in zip(("From", "Until"), held, USUAL, strict=True)
        ]
    begin, end = (at and at.replace(second=0, microsecond=0) for at in chosen)
    return begin, end
