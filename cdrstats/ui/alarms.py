"""The Alarms page: the rules in a table, one that is open, and a new one."""

from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy import Connection

from cdrstats import alarms, format
from cdrstats.accounts import Viewer, owning
from cdrstats.alarms import Decided, Stored, words
from cdrstats.errors import CdrStatsError
from cdrstats.ui import (
    administering,
    alarm_form,
    alarm_rows,
    asking,
    filters,
    frame,
    show,
    tables,
)

PERMISSION = "alarms"

CHOSEN = "rule"
"""The parameter of the URL that tells the rule whose card is open: its number, or NEW."""

NEW = "new"
EDITED = "alarm_edited"
"""In the session: the number of the rule that is being changed."""

STATES = {
    "Firing": "red",
    "In trouble": "orange",
    "Acknowledged": "orange",
    "OK": "green",
    "Too few calls": "gray",
    "No window yet": "gray",
    "Paused": "gray",
}
DRAWN = {"5min": 3, "quarter": 7, "hour": 30, "day": 120, "week": 400, "month": 400}
"""Days of a rule's history that are drawn."""

MUTES = {"1 hour": 1, "8 hours": 8, "1 day": 24, "1 week": 168}


def add_button() -> None:
    """The button beside the title."""
    st.button(
        "Add a rule",
        icon=":material/add_alert:",
        type="primary",
        on_click=_choose,
        args=(NEW,),
    )


def _choose(which: str | None) -> None:
    """Open a card; None: close it."""
    filters.tell(CHOSEN, which)
    st.session_state.pop(EDITED, None)


def state_of(rule: Stored, last: Decided | None) -> str:
    """How a rule stands, in a word or two."""
    if not rule.active:
        return "Paused"
    if rule.trouble:
        return "In trouble"
    if rule.firing:
        return "Acknowledged" if rule.acknowledged else "Firing"
    if last is None:
        return "No window yet"
    return "Too few calls" if last.verdict == "insufficient" else "OK"


def _known(
    conn: Connection, viewer: Viewer
) -> tuple[list[Stored], dict[int, Decided], dict[int, str]]:
    rules = alarms.list_rules(conn, viewer)
    return rules, alarms.last_decided(conn), alarms.owners(conn, rules)


def table() -> None:
    """The viewer's rules, and those that are shared; choosing one opens its card below."""
    rules, last, owners = administering.read(_known, frame.viewer())
    if not rules:
        if st.query_params.get(CHOSEN) != NEW:
            show.empty(
                "No rule of yours watches anything yet.",
                "A rule looks at one figure, such as the ASR of a switch, window by window,"
                " and mails you when it is not as it should be.",
            )
        return
    rows = [_row(rule, last.get(rule.id), owners) for rule in rules]
    st.caption("Choose a rule to see what it has found, and to change it.")
    tables.opening(
        "alarms",
        rows,
        [str(rule.id) for rule in rules],
        _choose,
        alt="Alarm rules, and how they stand",
        config={
            "state": tables.badge("State", STATES),
            "name": tables.text("Name"),
            "when": tables.text("Fires when", width="large"),
            "calls_of": tables.text("Calls"),
            "value": tables.text("Last figure"),
            "window": tables.text("Of"),
            "owner": tables.text("Of whom"),
            "trouble": tables.text("Trouble"),
        },
    )


def _row(rule: Stored, last: Decided | None, owners: dict[int, str]) -> dict[str, object]:
    said: dict[str, object] = {
        "state": [state_of(rule, last)],
        "name": rule.name,
        "when": "",
        "calls_of": words.calls_of(rule.query),
        "value": "",
        "window": "",
        "owner": owners.get(rule.person_id or 0, "command line"),
        "trouble": rule.trouble or "",
    }
    try:
        alarms.check(rule.rule)
    except CdrStatsError as exc:  # of a figure or zone that is no more
        return said | {"trouble": str(exc)}
    said["when"] = words.condition(rule.rule)
    if last is not None:
        said["value"] = rule.rule.figure.written(last.value)
        said["window"] = alarm_rows.when(rule.rule, last.window)
    return said


def card(zone: ZoneInfo) -> None:
    """The rule that the URL tells, if it tells one."""
    given = st.query_params.get(CHOSEN)
    if given == NEW:
        with show.card("A new rule"):
            _edit(None, zone)
    elif given:
        rules, last, _ = administering.read(_known, frame.viewer())
        held = next((rule for rule in rules if str(rule.id) == given), None)
        if held is None:
            filters.nonsense(f"There is no rule {given!r} that you may see.")
            filters.forget(CHOSEN)
        else:
            with show.card(format.literal(held.name)):
                _open(held, last.get(held.id), zone)
    filters.complain()


def _open(held: Stored, last: Decided | None, zone: ZoneInfo) -> None:
    mine = owning.owns(frame.viewer(), held.person_id)
    if mine and st.session_state.get(EDITED) == held.id:
        _edit(held, zone)
        return
    try:
        alarms.check(held.rule)
    except CdrStatsError as exc:
        st.warning(format.unlinked(str(exc)), icon=":material/error:")
        _buttons(held, mine, zone)
        return
    _facts(held, last)
    _buttons(held, mine, zone)
    days = DRAWN[held.length]
    since = frame.now() - timedelta(days=days)
    decided = administering.read(alarms.windows_decided, held.id, since)
    if not decided:
        st.caption("No window of it was decided yet: it begins with the one that is open.")
        return
    st.markdown(f"**The last {days} days**")
    alarm_form.chart(held.rule, alarm_rows.of_decided(decided), f"alarm_{held.id}_history")
    _history(held, decided)


def _facts(held: Stored, last: Decided | None) -> None:
    rule = held.rule
    facts = {
        "State": state_of(held, last),
        "Fires when": words.condition(rule),
        "Calls": words.calls_of(held.query),
        "Mails": ", ".join(held.mail_to) or "nobody",
        **_escalating(held),
        "By the clocks of": rule.zone.key,
    }
    if held.part:
        facts["Of these"] = words.calls_of(held.part)
    if held.firing and held.since:
        facts["Fires since"] = format.moment(held.since, rule.zone)
    if held.muted_until and held.muted_until > frame.now():
        facts["Tells nobody until"] = format.moment(held.muted_until, rule.zone)
    if held.trouble:
        facts["Trouble"] = held.trouble
    st.table({name: format.literal(value) for name, value in facts.items()})


def _escalating(held: Stored) -> dict[str, str]:
    if not held.escalate_minutes or not held.escalate_to:
        return {}
    after = format.count(held.escalate_minutes)
    return {f"After {after} minutes of firing also": ", ".join(held.escalate_to)}


def _buttons(held: Stored, mine: bool, zone: ZoneInfo) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if held.firing and not held.acknowledged:
            _acknowledge(held)
        if mine:
            st.button(
                "Change",
                icon=":material/edit:",
                key=f"alarm_{held.id}_edit",
                on_click=lambda: st.session_state.update({EDITED: held.id}),
            )
            _mute(held)
            _pause(held)
            if asking.deleted(
                f"Delete “{format.literal(held.name)}”, and all that it has found?",
                f"alarm_{held.id}_delete",
            ):
                with administering.changing(PERMISSION) as (conn, note):
                    alarms.remove(conn, held.id, frame.viewer())
                    note("remove alarm rule", held.name)
                _choose(None)
                st.rerun()
        st.button("Close", icon=":material/close:", on_click=_choose, args=(None,))


def _acknowledge(held: Stored) -> None:
    with st.popover("Acknowledge", icon=":material/done_all:", key=f"alarm_{held.id}_ack"):
        st.caption("Nobody is told of this firing again, but of its end.")
        why = st.text_input("What is known of it", key=f"alarm_{held.id}_why", max_chars=300)
        if st.button("Acknowledge it", type="primary", key=f"alarm_{held.id}_ack_yes"):
            with administering.changing(PERMISSION) as (conn, note):
                alarms.acknowledge(conn, held.id, frame.viewer(), why or "", frame.now())
                note("acknowledge alarm", held.name, detail={"why": why or ""})
            st.rerun()


def _mute(held: Stored) -> None:
    muted = held.muted_until is not None and held.muted_until > frame.now()
    with st.popover("Muted" if muted else "Mute", icon=":material/notifications_off:"):
        st.caption("It goes on being judged. What still fires afterwards is told then.")
        for label, hours in MUTES.items():
            if st.button(f"For {label}", key=f"alarm_{held.id}_mute_{hours}"):
                _muted(held, frame.now() + timedelta(hours=hours))
        if muted and st.button("Tell again", key=f"alarm_{held.id}_unmute", type="primary"):
            _muted(held, None)


def _muted(held: Stored, until: datetime | None) -> None:
    with administering.changing(PERMISSION) as (conn, note):
        alarms.mute(conn, held.id, until, frame.viewer())
        detail = {"until": until.isoformat()} if until else {}
        note("mute alarm rule" if until else "unmute alarm rule", held.name, detail=detail)
    st.rerun()


def _pause(held: Stored) -> None:
    label, icon = ("Pause", "pause") if held.active else ("Resume", "play_arrow")
    if st.button(label, icon=f":material/{icon}:", key=f"alarm_{held.id}_pause"):
        with administering.changing(PERMISSION) as (conn, note):
            if held.active:
                alarms.pause(conn, held.id, frame.viewer())
            else:
                alarms.resume(conn, held.id, frame.now(), frame.viewer())
            note(f"{label.lower()} alarm rule", held.name)
        st.rerun()


def _history(held: Stored, decided: list[Decided]) -> None:
    rows = alarm_rows.history(held.rule, decided)
    if not rows:
        st.caption("It has not fired in this time.")
        return
    st.dataframe(
        tables.frame_of(rows, list(rows[0])),
        hide_index=True,
        placeholder="",
        height="content" if len(rows) < 10 else 380,
        alt="When the rule fired and cleared, newest first",
        column_config={
            "state": tables.badge("State", {"Fired": "red", "Over": "green"}),
            "when": tables.text("Window", width="medium"),
            "value": tables.text(held.rule.figure.label),
            "calls": tables.number("Number of calls"),
            "who": tables.text("Who had most to do with it", width="large"),
            "acknowledged": tables.text("Acknowledged"),
            "note": tables.text("Late calls", width="medium"),
        },
    )
    newest = next(each for each in reversed(decided) if each.event or each.told)
    path = escape(alarms.path_to(held, newest))
    st.html(f'<a href="{path}" style="color:inherit">The calls of the newest of these</a>')


def _edit(held: Stored | None, zone: ZoneInfo) -> None:
    key = f"alarm_{held.id if held else NEW}"
    wanted = alarm_form.form(held, key, zone, lambda: _choose(str(held.id) if held else None))
    if wanted is None:
        return
    rule, shared, told = wanted
    with administering.changing(PERMISSION) as (conn, note):
        viewer, now = frame.viewer(), frame.now()
        if held is None:
            kept = alarms.add(conn, viewer, rule, now, shared, *told)
        else:
            kept = alarms.change(conn, held.id, viewer, rule, now, shared, *told)
        note("change alarm rule" if held else "add alarm rule", kept.name)
    _choose(str(kept.id))
    st.toast(f"“{format.literal(kept.name)}” is saved.")
    st.rerun()
