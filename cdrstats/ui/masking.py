"""That numbers are shown without their last digits, and how to see them in full for a while."""

import streamlit as st

from cdrstats import format, options
from cdrstats.accounts import Viewer, unmasking
from cdrstats.accounts.unmasking import SHORTEST_REASON
from cdrstats.errors import BadRequest
from cdrstats.ui import administering, confirming, filters, frame, show


def beside_pages(viewer: Viewer) -> None:
    """What the viewer sees of numbers, if that is not simply all, and where to change it."""
    if viewer.unmasked_until is not None:
        until = format.moment(viewer.unmasked_until, filters.zone())
        st.caption(f":material/visibility: Numbers in full until {until}")
        st.button("Mask numbers again", key="mask_beside", type="tertiary", on_click=_mask)
    elif viewer.scope.masked:
        st.caption(
            f":material/visibility_off: Numbers without last {viewer.scope.masked} digits"
        )
        if viewer.may("unmask"):
            st.page_link("pages/account.py", label="Show in full")


def card(viewer: Viewer) -> None:
    """The way to see numbers in full and back, for whoever has it and needs it."""
    if viewer.unmasked_until is not None:
        with show.card("Telephone numbers"):
            until = format.moment(viewer.unmasked_until, filters.zone())
            st.markdown(f"You see them in full in this browser until {until}.")
            st.button(
                "Mask numbers again",
                key="mask",
                icon=":material/visibility_off:",
                on_click=_mask,
            )
    elif viewer.scope.masked and viewer.may("unmask"):
        with show.card("Telephone numbers"):
            _ask(viewer.scope.masked)


def _ask(digits: int) -> None:
    minutes = frame.read_of_house(options.value_of, "unmask_minutes")
    st.markdown(
        f"You see them without their last {digits} digits. With a reason you see them in full"
        f" in this browser, for {minutes} minutes; the audit log tells who, when and why."
    )
    reason = st.text_input(
        "Reason",
        key="unmask_reason",
        max_chars=200,
        help=f"At least {SHORTEST_REASON} characters, such as the number of a ticket.",
    )
    if st.button("Show numbers in full", key="unmask", icon=":material/visibility:"):
        _unmask(reason)


def _unmask(reason: str) -> None:
    with administering.changing("unmask") as (conn, note):
        try:
            unmasking.unmask(conn, frame.viewer(), reason, frame.now(), note)
        except BadRequest as exc:  # told here: the cards below stay
            confirming.tell(str(exc))
            return
    frame.forget()
    st.rerun()


def _mask() -> None:
    with administering.changing("unmask") as (conn, note):
        unmasking.mask(conn, frame.viewer(), note)
    frame.forget()
