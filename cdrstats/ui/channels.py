"""The card of channels on the Mail log page: what there is, a new one, and one that is open."""

import streamlit as st

from cdrstats import channels, format
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.channels import KINDS, Change, Channel
from cdrstats.mail.channelling import try_out
from cdrstats.ui import administering, asking, filters, frame, show, tables, trials

PERMISSION = "settings"

CHOSEN = "channel"
"""The parameter of the URL that names the channel that is open."""

SECRET = "channel_secret"
"""In the session: the secret of the channel that was just made, and its name."""

LABELS = {"webhook": "Webhook, for programs", "slack": "Slack, or like it", "teams": "Teams"}
STATES = {"On": "green", "Off": "gray"}
FLAGS = {
    "active": "On: it is told wherever it is named",
    "troubles": "It is told what is wrong with the installation",
    "fraud_actions": "It is told of each case of fraud, so that a switch can block",
}


def section() -> None:
    """All channels, for whoever may change settings."""
    if not frame.viewer().may(PERMISSION):
        return
    with show.card(
        "Channels",
        help="Programs and rooms of chat that are told wherever #name stands.",
    ):
        found = administering.read(channels.list_channels)
        if found:
            _table(found)
        else:
            st.caption("No program and no room of chat is told anything yet.")
        _add()
        chosen = st.query_params.get(CHOSEN)
        held = next((each for each in found if each.name == chosen), None)
        if held:
            _open(held)
        elif chosen:
            filters.nonsense(f"There is no channel {chosen!r}.")
            filters.forget(CHOSEN)


def _table(found: list[Channel]) -> None:
    rows = [
        {
            "name": each.recipient,
            "state": ["On" if each.active else "Off"],
            "kind": LABELS[each.kind],
            "host": each.host,
            "troubles": each.troubles,
            "fraud_actions": each.fraud_actions,
        }
        for each in found
    ]
    tables.opening(
        "channels",
        rows,
        [each.name for each in found],
        _choose,
        alt="Channels, and what they are told",
        config={
            "name": tables.text("Name"),
            "state": tables.badge("State", STATES),
            "kind": tables.text("Kind"),
            "host": tables.text("Host"),
            "troubles": st.column_config.CheckboxColumn("Troubles"),
            "fraud_actions": st.column_config.CheckboxColumn("Fraud"),
        },
    )


def _add() -> None:
    """A box for a new one; the secret of a webhook is shown once."""
    with st.popover("Add a channel", icon=":material/add:", key="channel_add"):
        with st.form("channel_new", border=False, clear_on_submit=True):
            name = st.text_input("Name", placeholder="ops", max_chars=40)
            kind = st.selectbox("Kind", KINDS, format_func=LABELS.__getitem__)
            address = st.text_input(
                "Address",
                type="password",
                placeholder="https://",
                help="It is kept sealed: whoever has it can write there.",
            )
            asked = st.form_submit_button("Add", type="primary")
        if asked:
            box = SecretBox(frame.settings().secret_key_file)
            with administering.changing(PERMISSION) as (conn, note):
                made, secret = channels.add(
                    conn, box, name or "", kind or "", address or "", note
                )
            if secret:
                st.session_state[SECRET] = (made.name, secret)
            filters.tell(CHOSEN, made.name)
            st.rerun()


def _open(held: Channel) -> None:
    st.markdown(f"**{format.literal(held.recipient)}**")
    name, secret = st.session_state.get(SECRET, ("", ""))
    if name == held.name:
        st.warning(
            "Its messages are signed by this secret, which is not shown again:",
            icon=":material/key:",
        )
        st.code(secret, language=None)
    offered = [flag for flag in FLAGS if flag != "fraud_actions" or held.kind == "webhook"]
    for flag in offered:
        before = getattr(held, flag)
        wanted = st.toggle(FLAGS[flag], before, key=f"channel_{held.id}_{flag}_{before}")
        if wanted != before:
            with administering.changing(PERMISSION) as (conn, note):
                channels.change(conn, held.name, Change(**{flag: wanted}), note)
            st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        tried = st.button("Try it", icon=":material/send:", key=f"channel_{held.id}_try")
        if asking.deleted(
            f"Delete {format.literal(held.recipient)}? What waits for it is not sent.",
            f"channel_{held.id}_delete",
        ):
            with administering.changing(PERMISSION) as (conn, note):
                channels.remove(conn, held.name, note)
            _choose(None)
            st.rerun()
        st.button(
            "Close",
            icon=":material/close:",
            key="channel_close",
            on_click=_choose,
            args=(None,),
        )
    if tried:
        _try(held)


def _choose(which: str | None) -> None:
    """Open a channel; None: close it. The secret of a new one is not shown again."""
    st.session_state.pop(SECRET, None)
    filters.tell(CHOSEN, which)


def _try(held: Channel) -> None:
    box = SecretBox(frame.settings().secret_key_file)
    with administering.changing(PERMISSION) as (conn, note):
        to = channels.destination(conn, box, held.id)
        note("try channel", held.name)
    with st.spinner("Telling it…"):
        taken = try_out(to, frame.now())
    trials.steps(taken)
