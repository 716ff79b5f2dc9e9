"""Asking first, before something is done that cannot be taken back at once."""

import streamlit as st


def deleted(question: str, key: str) -> bool:
    """A button that asks first; whether it is to be deleted now.

    Args:
        question: Markdown, such as "Delete “Spain”?".
        key: of the button, one for each thing that can be deleted.
    """
    return sure("Delete", question, key, ":material/delete:", "Delete it", "Keep it")


def sure(label: str, question: str, key: str, icon: str, yes: str, no: str = "Cancel") -> bool:
    """A button that asks first; whether its `label` is to be done now.

    Args:
        question: Markdown.
        key: of the button, one for each thing that it can be done to.
        yes, no: what the two answers are called.
    """
    asked = f"{key}_asked"
    if not st.session_state.get(asked):
        st.button(label, icon=icon, key=key, on_click=_note, args=(asked, True))
        return False
    st.markdown(question)
    with st.container(horizontal=True):
        done = st.button(yes, type="primary", key=f"{key}_yes")
        st.button(no, key=f"{key}_no", on_click=_note, args=(asked, False))
    if done:
        _note(asked, False)
    return done


def _note(key: str, value: bool) -> None:
    st.session_state[key] = value
