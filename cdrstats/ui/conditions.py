"""The row that builds a condition on a call, such as 'destination begins 0044'."""

import streamlit as st

from cdrstats.choices import where
from cdrstats.errors import BadRequest
from cdrstats.ui import filters, frame


def controls() -> None:
    """A row that builds a condition, and the conditions that are set."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="builder"):
        name = st.selectbox(
            "Field",
            list(frame.offered(where.FIELDS)),
            key="new_field",
            width=190,
            format_func=str.capitalize,
            label_visibility="collapsed",
        )
        operators = where.operators(name)
        st.selectbox(
            "Comparison",
            operators,
            key=f"new_operator_{len(operators)}",
            width=130,
            label_visibility="collapsed",
        )
        st.text_input(
            "Value",
            key="new_value",
            label_visibility="collapsed",
            placeholder=_example(name),
            disabled=st.session_state[f"new_operator_{len(operators)}"] == where.IS_EMPTY,
            icon=":material/search:",
            on_change=_add,
        )
        st.button("Add", on_click=_add, key="add_condition")
    if trouble := st.session_state.pop("builder_trouble", None):
        st.warning(trouble, icon=":material/error:")
    set_ = filters.values_of("where") or st.query_params.get_all("where")
    st.multiselect(
        "Conditions",
        list(dict.fromkeys(set_)),
        key="where",
        bind="query-params",
        accept_new_options=True,
        label_visibility="collapsed",
        placeholder="All must hold: “destination begins 0044”, “duration between 60 and 90”",
    )


def _example(name: str) -> str:
    if name in where.TEXT_FIELDS:
        return "Search text"
    if name == where.AUTHORIZED:
        return "yes or no"
    return "Digits, such as 44" if name == where.DIAL_CODE else "A number, or 60 and 90"


def _add() -> None:
    state = st.session_state
    value = state["new_value"].strip()
    name = state["new_field"]
    operator = state[f"new_operator_{len(where.operators(name))}"]
    if operator == where.IS_EMPTY:
        value = ""
    elif not value:
        return
    condition = f"{name} {operator} {value}".strip()
    try:
        where.parse([condition])
    except BadRequest as exc:
        state["builder_trouble"] = str(exc)
        return
    state["where"] = list(dict.fromkeys([*(state.get("where") or []), condition]))
    state["new_value"] = ""
