"""Asking first, before something is gone for good."""

import streamlit as st


def deleted(question: str, key: str) -> bool:
    """A button that asks first; whether it is to be done now.

    Args:
        question: Markdown, such as "Delete “Spain”?".
        key: of the button, one for each thing that can be deleted.
    """
    asked = f"{key}_asked"
    if not st.session_state.get(asked):
        st.button(
            "Delete", icon=":material/delete:", key=key, on_click=_note, args=(asked, True)
        )
        return False
    st.markdown(question)
    with st.container(horizontal=True):
        done = st.button("Delete it", type="primary", key=f"{key}_yes")
        st.button("Keep it", key=f"{key}_no", on_click=_note, args=(asked, False))
    return done


def _note(key: str, value: bool) -> None:
    st.session_state[key] = value
