"""The form of a digest, and what it would say."""

from collections.abc import Callable
from datetime import time
from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats import digests, saved
from cdrstats.accounts import Viewer, people
from cdrstats.digests import Digest, Stored, words
from cdrstats.mail import Letter
from cdrstats.mail.paper import on_screen
from cdrstats.ui import administering, filters, frame, quiet, shell

NAME, OF = "name", "of"
"""Parameters of the URL that fill in a new digest: its name; its view, as 'page?query'."""

SEEN = "digest_seen"
"""In the session: the letter that is shown."""

SCHEDULES = {
    "day": "Each day",
    "week": "Each Monday",
    "month": "The first of each month",
    "cron": "By a cron line",
}
EVERYTHING = "dashboard?"
"""The view of all calls."""


def form(
    held: Stored | None, owner: Viewer, key: str, zone: ZoneInfo, close: Callable[[], None]
) -> tuple[Digest, str] | None:
    """The fields of a digest, filled in as it is held, and a preview once it is asked for.

    Args:
        close: what is done instead of saving it.

    Returns:
        The digest and whom it is mailed to, once it is to be saved.
    """
    digest, mail_to = _fields(held, owner, key, zone)
    with st.container(horizontal=True):
        kept = st.button("Save", type="primary", icon=":material/check:", key=f"{key}_save")
        seen = st.button("Preview", icon=":material/visibility:", key=f"{key}_draft")
        st.button("Cancel", icon=":material/close:", key=f"{key}_cancel", on_click=close)
    if seen:
        with frame.trouble_told(), st.spinner("Writing it…"):
            is_own = held is not None and held.person_id is not None
            scope = digests.scope_of(owner, held) if held and is_own else owner.scope
            letter = digests.drafted(
                frame.engine(), frame.settings(), owner, scope, digest, frame.now()
            )
        keep_preview(letter)
    previewed()
    return (digest, mail_to) if kept else None


def _fields(held: Stored | None, owner: Viewer, key: str, zone: ZoneInfo) -> tuple[Digest, str]:
    with st.grid(3, min_column_width=220):
        name = st.text_input(
            "Name",
            held.name if held else st.query_params.get(NAME, ""),
            key=f"{key}_name",
            max_chars=100,
        )
        views = _views(held)
        view = st.selectbox(
            "Of which calls",
            list(views),
            list(views).index(_view_of(held)),
            format_func=views.__getitem__,
            key=f"{key}_of",
            help="Any saved view; its period is left out, for a digest has its own.",
        )
        every = st.selectbox(
            "Sent",
            digests.EVERY,
            digests.EVERY.index(held.every) if held and held.every in digests.EVERY else 0,
            format_func=SCHEDULES.__getitem__,
            key=f"{key}_every",
            help="It tells of the day, week or month before.",
        )
        at, cron = held.at if held else time(7), ""
        if every == "cron":
            cron = st.text_input(
                "Cron line",
                held.cron if held else "",
                key=f"{key}_cron",
                placeholder="0 7 * * 1-5",
                help="Minute, hour, day of the month, month, day of the week. It tells of the"
                " time since it was due before.",
            )
        else:
            at = st.time_input("At", at, key=f"{key}_at", step=quiet.QUARTER) or at
        clocks = held.timezone if held else zone.key
        zones = list(dict.fromkeys([*filters.zones(), clocks]))
        clocks = st.selectbox(
            "By the clocks of",
            zones,
            zones.index(clocks),
            key=f"{key}_zone",
        )
        language = _language(held, owner, key)
        mail_to = _mail_to(held, owner, key)
        files: list[str] = []
        if owner.may("export"):
            files = st.multiselect(
                "The calls as files",
                list(digests.FILES),
                held.files if held else [],
                format_func=digests.FILES.__getitem__,
                key=f"{key}_files",
                placeholder="None",
            )
    parts = st.pills(
        "What it tells",
        list(digests.PARTS),
        selection_mode="multi",
        default=[part for part in held.parts if part in digests.PARTS]
        if held
        else list(digests.PARTS),
        format_func=digests.PARTS.__getitem__,
        key=f"{key}_parts",
    )
    only_if_changed = st.checkbox(
        "Only if something changed",
        held.only_if_changed if held else False,
        key=f"{key}_changed",
        help="Not where all figures are as before, nothing was unusual, and no alarm fired.",
    )
    silent = quiet.hours(
        (held.quiet_from, held.quiet_until) if held else (None, None),
        key,
        "What is due meanwhile waits for their end.",
    )
    page, _, query = view.partition("?")
    digest = Digest(
        name=" ".join((name or "").split()),
        zone=ZoneInfo(clocks),
        every=every,
        at=_whole(at),
        cron=" ".join((cron or "").split()),
        page=page,
        query=query,
        parts=tuple(part for part in digests.PARTS if part in parts),
        files=tuple(files),
        only_if_changed=only_if_changed,
        quiet_from=silent[0],
        quiet_until=silent[1],
        language=language,
    )
    return digest, mail_to


def _language(held: Stored | None, owner: Viewer, key: str) -> str:
    """What it is written in."""
    known = digests.LANGUAGES
    if held and held.language in known:
        language = held.language
    else:
        language = administering.read(digests.usual_language, owner.scope)
    return st.selectbox(
        "Language",
        list(known),
        list(known).index(language),
        format_func=lambda tag: known[tag].name,
        key=f"{key}_language",
        help="Of the mail: its texts, figures and dates.",
    )


def _views(held: Stored | None) -> dict[str, str]:
    """What each view that can be chosen is called: all calls, saved views, and this one."""
    viewer = frame.viewer()
    known = {EVERYTHING: "All that you see"}
    for view in frame.read(saved.list_views, viewer):
        if viewer.may(view.page):
            known.setdefault(
                f"{view.page}?{digests.without_times(view.query)}",
                f"{shell.TITLES.get(view.page, view.page)}: {view.name}",
            )
    this = _view_of(held)
    page, _, query = this.partition("?")
    known.setdefault(this, f"{shell.TITLES.get(page, page)}: {words.calls_of(query)}")
    return known


def _view_of(held: Stored | None) -> str:
    """The view of a digest, or the one that a new one is asked for."""
    if held:
        return f"{held.page}?{held.query}"
    page, _, query = st.query_params.get(OF, EVERYTHING).partition("?")
    return f"{page}?{digests.without_times(query)}"


def _mail_to(held: Stored | None, owner: Viewer, key: str) -> str:
    own = str(administering.read(people.get, owner.person_id).email or "")
    if owner.scope.user_ids is not None:
        st.text_input(
            "Mail to",
            own,
            key=f"{key}_own",
            disabled=True,
            placeholder="You have no address",
            help="Your digests go to you alone.",
        )
        return own
    return st.text_input(
        "Mail to",
        ", ".join(held.mail_to) if held else own,
        key=f"{key}_mail",
        help="Addresses and channels such as #ops, with commas between them.",
    )


def _whole(given: time) -> time:
    return given.replace(second=0, microsecond=0)


def keep_preview(letter: Letter) -> None:
    """Let a letter be shown by `previewed` until it is closed, or another card is open."""
    st.session_state[SEEN] = letter


def forget_preview() -> None:
    """Show no letter any more."""
    st.session_state.pop(SEEN, None)


def previewed() -> None:
    """The letter that was asked for last, as who gets it sees it."""
    letter: Letter | None = st.session_state.get(SEEN)
    if letter is None:
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**Preview**", width="stretch")
            st.button(
                "Close the preview",
                icon=":material/close:",
                type="tertiary",
                key="digest_unsee",
                on_click=forget_preview,
            )
        st.html(on_screen(letter))
