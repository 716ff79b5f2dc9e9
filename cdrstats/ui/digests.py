"""The Digests page: the viewer's digests in a table, one that is open, and a new one."""

from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy import Connection

from cdrstats import digests, format, mail
from cdrstats.accounts import Viewer
from cdrstats.accounts.looking import viewer_of_person
from cdrstats.digests import Stored, words
from cdrstats.errors import BadRequest, CdrStatsError
from cdrstats.ui import administering, asking, digest_form, filters, frame, show, tables

PERMISSION = "digests"

CHOSEN = "digest"
"""The parameter of the URL that tells the digest whose card is open: its number, or NEW."""

NEW = "new"
EDITED = "digest_edited"
"""In the session: the number of the digest that is being changed."""

OPERATORS = "the operator"
"""Whose a digest is that the command line added for nobody."""

STATES = {"Active": "green", "In trouble": "orange", "Paused": "gray"}


def add_button() -> None:
    """The button beside the title."""
    st.button(
        "Add a digest",
        icon=":material/forward_to_inbox:",
        type="primary",
        on_click=_choose,
        args=(NEW,),
    )


def _choose(which: str | None) -> None:
    """Open a card; None: close it."""
    filters.forget(digest_form.NAME, digest_form.OF)
    filters.tell(CHOSEN, which)
    st.session_state.pop(EDITED, None)
    digest_form.forget_preview()


def state_of(held: Stored) -> str:
    """How a digest stands, in a word or two."""
    if not held.active:
        return "Paused"
    return "In trouble" if held.trouble else "Active"


def table(zone: ZoneInfo) -> None:
    """The viewer's digests; choosing one opens its card below."""
    if frame.settings().smtp is None:
        st.warning(mail.OFF, icon=":material/mail_off:")
    found = _mine()
    if not found:
        if st.query_params.get(CHOSEN) != NEW:
            show.empty(
                "You have no digest yet.",
                "A digest mails what a view tells of its calls: totals beside the time before,"
                " a chart, what was unusual. “Saved” on any page leads here as well.",
            )
        return
    rows = [_row(each, zone) for each in found]
    st.caption("Choose a digest to see what it says, to send it, and to change it.")
    tables.opening(
        "digests",
        rows,
        [str(each.id) for each in found],
        _choose,
        alt="Digests, and when they are sent",
        config={
            "state": tables.badge("State", STATES),
            "name": tables.text("Name"),
            "owner": tables.text("Owner"),
            "when": tables.text("Sent"),
            "calls_of": tables.text("Calls"),
            "mail_to": tables.text("To", width="medium"),
            "told_until": tables.text("Told up to"),
            "next": tables.text("Next"),
            "trouble": tables.text("Trouble"),
        },
    )


def _mine() -> list[Stored]:
    return administering.read(digests.list_digests, frame.viewer())


def _row(held: Stored, zone: ZoneInfo) -> dict[str, object]:
    said: dict[str, object] = {
        "state": [state_of(held)],
        "name": held.name,
        "owner": OPERATORS if held.person_id is None else "",
        "when": "",
        "calls_of": words.calls_of(held.query),
        "mail_to": ", ".join(held.mail_to),
        "told_until": format.moment(held.sent_until, zone) if held.sent_until else "",
        "next": "",
        "trouble": held.trouble or "",
    }
    try:
        digests.check(held.digest)
    except CdrStatsError as exc:  # of a zone or part that is no more
        return said | {"trouble": str(exc)}
    return said | {"when": words.schedule(held.digest), "next": _next(held, zone)}


def _next(held: Stored, zone: ZoneInfo) -> str:
    run = digests.next_run(held.digest, frame.now()) if held.active else None
    return format.moment(run, zone) if run else ""


def card(zone: ZoneInfo) -> None:
    """The digest that the URL tells, if it tells one."""
    given = st.query_params.get(CHOSEN)
    if given == NEW:
        with show.card("A new digest"):
            _edit(None, zone)
    elif given:
        held = next((each for each in _mine() if str(each.id) == given), None)
        if held is None:
            filters.nonsense(f"You have no digest {given!r}.")
            _choose(None)
        else:
            with show.card(format.literal(held.name)):
                _open(held, zone)
    filters.complain()


def _open(held: Stored, zone: ZoneInfo) -> None:
    if st.session_state.get(EDITED) == held.id:
        _edit(held, zone)
        return
    _facts(held, zone)
    _buttons(held)
    digest_form.previewed()


def _facts(held: Stored, zone: ZoneInfo) -> None:
    facts = {"State": state_of(held), "Calls": words.calls_of(held.query)}
    if held.person_id is None:
        facts["Owner"] = OPERATORS
    try:
        digests.check(held.digest)
    except CdrStatsError as exc:
        st.warning(format.unlinked(str(exc)), icon=":material/error:")
    else:
        facts["Sent"] = f"{words.schedule(held.digest)} ({held.timezone})"
        facts["Next"] = _next(held, zone) or format.NOTHING
        facts["Language"] = digests.LANGUAGES[held.language].name
        facts["It tells"] = ", ".join(digests.PARTS[part] for part in held.parts)
    facts["To"] = ", ".join(held.mail_to) or "nobody"
    if held.files:
        facts["With the calls as"] = ", ".join(digests.FILES[each] for each in held.files)
    if held.only_if_changed:
        facts["Only if"] = "something changed"
    if held.quiet_from and held.quiet_until:
        facts["Waits"] = f"from {held.quiet_from:%H:%M} until {held.quiet_until:%H:%M}"
    if held.sent_until:
        facts["Told up to"] = format.moment(held.sent_until, zone)
    if held.trouble:
        facts["Trouble"] = held.trouble
    st.table({name: format.literal(value) for name, value in facts.items()})


def _buttons(held: Stored) -> None:
    key = f"digest_{held.id}"
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Preview", icon=":material/visibility:", key=f"{key}_preview"):
            _preview(held)
        if asking.sure(
            "Send now",
            f"Mail the last period that is over to {format.literal(', '.join(held.mail_to))}?",
            f"{key}_send",
            ":material/send:",
            "Send it",
        ):
            _send(held)
        st.button(
            "Change",
            icon=":material/edit:",
            key=f"{key}_edit",
            on_click=_edit_now,
            args=(held.id,),
        )
        _pause(held)
        if asking.deleted(f"Delete “{format.literal(held.name)}”?", f"{key}_delete"):
            with administering.changing(PERMISSION) as (conn, note):
                digests.remove(conn, held.id, frame.viewer())
                note("remove digest", held.name)
            _choose(None)
            st.rerun()
        st.button("Close", icon=":material/close:", on_click=_choose, args=(None,))


def _edit_now(digest_id: int) -> None:
    st.session_state[EDITED] = digest_id
    digest_form.forget_preview()


def _preview(held: Stored) -> None:
    with frame.trouble_told(), st.spinner("Writing it…"):
        engine, settings, now = frame.engine(), frame.settings(), frame.now()
        if held.person_id is None:  # as this one sees it, numbers and all
            owner = administering.read(_owner, frame.viewer())
            letter = digests.drafted(engine, settings, owner, owner.scope, held.digest, now)
        else:
            letter = digests.preview(engine, settings, held, now)
    digest_form.keep_preview(letter)


def _send(held: Stored) -> None:
    with frame.trouble_told(), st.spinner("Writing it…"):
        queued = digests.send_now(frame.engine(), frame.settings(), held, frame.now())
    with administering.changing(PERMISSION) as (_, note):
        note("send digest", held.name)
    mails = "1 mail goes" if queued == 1 else f"{queued} mails go"
    st.toast(f"“{format.literal(held.name)}”: {mails} out now.")


def _pause(held: Stored) -> None:
    label, icon = ("Pause", "pause") if held.active else ("Resume", "play_arrow")
    if st.button(label, icon=f":material/{icon}:", key=f"digest_{held.id}_pause"):
        with administering.changing(PERMISSION) as (conn, note):
            if held.active:
                digests.pause(conn, held.id, frame.viewer())
            else:
                digests.resume(conn, held.id, frame.now(), frame.viewer())
            note(f"{label.lower()} digest", held.name)
        st.rerun()


def _edit(held: Stored | None, zone: ZoneInfo) -> None:
    key = f"digest_{held.id if held else NEW}"
    owner = administering.read(_owner, frame.viewer())
    open_after = str(held.id) if held else None
    wanted = digest_form.form(held, owner, key, zone, lambda: _choose(open_after))
    if wanted is None:
        return
    digest, mail_to = wanted
    with administering.changing(PERMISSION) as (conn, note):
        if held is None:
            kept = digests.add(conn, owner, digest, mail_to, frame.now())
        else:
            kept = digests.change(conn, held.id, owner, digest, mail_to)
        note("change digest" if held else "add digest", kept.name)
    _choose(str(kept.id))
    st.toast(f"“{format.literal(kept.name)}” is saved.")
    st.rerun()


def _owner(conn: Connection, viewer: Viewer) -> Viewer:
    """The viewer as who is away: a digest sees no number in full for a while."""
    found = viewer_of_person(conn, viewer.person_id or 0)
    if found is None:
        raise BadRequest("Your account is disabled.")
    return found
