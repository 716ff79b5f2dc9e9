"""Asking for the password again, before what outlasts a session."""

from datetime import timedelta

import streamlit as st

from cdrstats.accounts.own import FRESH_FOR
from cdrstats.accounts.people import Person


def field(person: Person, key: str) -> str:
    """The field of the password, in a form; whoever has none is told what is looked at."""
    if person.has_password:
        return st.text_input(
            "Your password", type="password", autocomplete="current-password", key=key
        )
    minutes = FRESH_FOR // timedelta(minutes=1)
    st.caption(f"Without a password here, this takes a sign-in of the last {minutes} minutes.")
    return ""


def tell(trouble: str) -> None:
    """What stands in the way."""
    st.warning(trouble, icon=":material/error:")
