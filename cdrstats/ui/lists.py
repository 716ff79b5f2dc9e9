"""The Destination control page: where calls may go, a number checked, and high risk."""

from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats import customers, format, lists
from cdrstats.accounts import EVERYONE
from cdrstats.lists import HIGH_RISK, Told, Verdict
from cdrstats.lists.risk import KINDS
from cdrstats.sheets import Row
from cdrstats.ui import administering, filters, frame, register, show, tables
from cdrstats.ui.register import Register

PERMISSION = "allow"
ENTRIES, RISKS = "Lists", "High-risk prefixes"
PARTS = (ENTRIES, RISKS)
DECISIONS = {"refuse": "Refuse", "allow": "Allow"}
EVERYBODY = "Everybody"

HOLDS = (
    "This holds for calls that come from now on; those that are in keep what was decided, until"
    " `python -m cdrstats start-over`. A change ends the entry and makes another, so that what"
    " was decided by it can be told."
)
ORDER = (
    "Of all entries that a number falls under, the most specific decides: the longest prefix,"
    " else the country, else `*`, which is everything; of one destination a customer's own"
    " before everybody's. What no entry is about is authorized. Incoming and internal calls"
    " are not judged, nor is what is no international number, such as an emergency call."
    " Nothing is blocked: only the switch can do that."
)


def menu() -> None:
    """The buttons beside the title."""
    register.menu(_register())


def page(zone: ZoneInfo) -> None:
    """The part that is chosen: the lists with a number to check, or the high-risk prefixes."""
    part = filters.choose("Show", PARTS, "show")
    chosen = _register()
    register.boxes(chosen)
    if part == RISKS:
        st.caption(
            "Prefixes that were named for fraud, each with who said so and when it was looked"
            " up. No such list is complete, and none stays right: it tells what deserves a"
            " look. What is not active does not count."
        )
        rows = administering.read(HIGH_RISK.rows)
        register.table(RISK, rows, [{"what": KINDS.get(row["kind"], "")} for row in rows])
        register.card(RISK)
        return
    st.caption(ORDER)
    found = administering.read(lists.list_standing)
    rows = [lists.row_of(told) for told in found]
    register.table(chosen, rows, [_listed(told) for told in found])
    register.card(chosen, lambda row: _history(row, zone))
    _check()


def _register() -> Register:
    """What the part of the page that is chosen keeps."""
    if filters.stands_at(PARTS, "show") == RISKS:
        return RISK
    return Register(
        sheet=lists.entries_of(frame.viewer().name),
        permission=PERMISSION,
        plural="List entries",
        columns={
            "where": tables.text("Destination"),
            "whose": tables.text("For"),
            "does": tables.text("Decision", width=90),
            "reason": tables.text("Reason", width="large"),
            "valid_until": tables.text("Until"),
            "mail_to": tables.text("Mails to"),
            "added_by": tables.text("Added by"),
        },
        form=_form,
        blank="Without entries every call is authorized.",
        hint="`entry` is a prefix such as 34806, the two letters of a country, or `*`; then a"
        " blank and the customer's name, where it is not for everybody. `decision` is allow or"
        " refuse.",
        holds=HOLDS,
    )


def _listed(told: Told) -> dict[str, str]:
    over = "" if told.stands(frame.now()) else " (over)"
    return {
        "where": told.words.capitalize(),
        "whose": told.customer or EVERYBODY,
        "does": f"{DECISIONS[lists.decision_told(told.allowed)]}{over}",
        "added_by": told.added_by,
    }


def _form(held: Row | None, key: str) -> dict[str, str]:
    row = held or {"entry": "", "decision": "", "reason": "", "valid_until": "", "mail_to": ""}
    destination, _, owner = row["entry"].partition(" ")
    owners = [EVERYBODY, *_customers()]
    with st.grid(3, min_column_width=220):
        place = st.text_input(
            "Destination",
            destination,
            key=f"{key}_destination",
            disabled=held is not None,
            help="A prefix of international numbers such as 34806, a country's two letters such"
            " as ES, or * for everything.",
        )
        whose = st.selectbox(
            "For",
            owners,
            owners.index(owner) if owner in owners else 0,
            key=f"{key}_customer",
            disabled=held is not None,
        )
        decision = st.selectbox(
            "Decision",
            list(DECISIONS),
            list(DECISIONS).index(row["decision"] or "refuse"),
            format_func=DECISIONS.__getitem__,
            key=f"{key}_decision",
        )
        until = st.text_input(
            "Until",
            row["valid_until"],
            key=f"{key}_until",
            placeholder="2026-12-31",
            help="The last day it holds, in UTC; without one it holds for good.",
        )
        reason = st.text_input("Reason", row["reason"], key=f"{key}_reason")
        mail_to = st.text_input(
            "Mails to",
            row["mail_to"],
            key=f"{key}_mail_to",
            help="Who hears of calls that it refuses, at most once an hour for each customer:"
            " addresses, separated by commas.",
        )
    entry = place.strip() if whose == EVERYBODY else f"{place.strip()} {whose}"
    return {
        "entry": row["entry"] or entry,
        "decision": decision,
        "reason": reason,
        "valid_until": until,
        "mail_to": mail_to,
    }


def _customers() -> list[str]:
    found = administering.read(customers.list_customers, EVERYONE)
    return [each.name for each in found]


def _history(row: Row, zone: ZoneInfo) -> None:
    """All entries that there were of the destination, whosever."""
    found = administering.read(lists.list_history, row["entry"].partition(" ")[0])
    if len(found) == 1 and not found[0].ended_at:
        told = found[0]
        st.caption(
            f"Added by {format.literal(told.added_by)}, {format.moment(told.added_at, zone)}."
        )
        return
    st.caption("All that was decided of this destination, the newest first:")
    rows = [
        {
            **_listed(told),
            "reason": told.reason,
            "added_at": told.added_at,
            "ended_by": told.ended_by,
            "ended_at": told.ended_at,
        }
        for told in found
    ]
    config = {
        "whose": tables.text("For"),
        "does": tables.text("Decision", width=90),
        "reason": tables.text("Reason"),
        "added_by": tables.text("Added by"),
        "added_at": tables.instant("Added", zone),
        "ended_by": tables.text("Ended by"),
        "ended_at": tables.instant("Ended", zone),
    }
    st.dataframe(
        tables.frame_of(rows, list(config)),
        hide_index=True,
        placeholder=format.NOTHING,
        height="content" if len(rows) < 8 else 284,
        alt="All entries of this destination",
        column_config=config,
    )


def _check() -> None:
    """How a call to a number would be judged now."""
    with show.card("Check a number"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            number = st.text_input(
                "Number",
                key="check_number",
                placeholder="+34 806 123 456",
                help="In international form.",
                width=260,
            )
            owners = [EVERYBODY, *_customers()]
            owner = st.selectbox("Call of", owners, key="check_customer", width=260)
        if number.strip():
            name = "" if owner == EVERYBODY else owner
            _told(administering.read(lists.check, number, name))


def _told(found: Verdict) -> None:
    number = f"+{found.e164}"
    if found.by is None:
        words = f"{number} is authorized: no entry is about it."
    else:
        decided = "authorized" if found.allowed else "refused"
        whose = found.by.customer or "everybody"
        words = f"{number} is {decided}, by the entry {found.by.words} for {whose}."
        if found.by.reason:
            words += f" Reason: {found.by.reason}"
    told = format.literal(words)
    if found.allowed:
        st.success(told, icon=":material/check:")
    else:
        st.warning(told, icon=":material/block:")
    if found.risk:
        risk = found.risk
        st.caption(
            format.literal(
                f"It begins with {risk.prefix}, {risk.name}, which is on the list of high risk"
                f" ({KINDS[risk.kind].lower()}; {risk.source or 'no source'})."
            )
        )


def _risk_form(held: Row | None, key: str) -> dict[str, str]:
    blank = {"prefix": "", "kind": "country", "name": "", "source": "", "active": "yes"}
    row = held or {**blank, "seen_on": frame.now().date().isoformat()}
    with st.grid(3, min_column_width=220):
        prefix = st.text_input(
            "Prefix",
            row["prefix"],
            key=f"{key}_prefix",
            disabled=held is not None,
            help="What international numbers begin with, without 00.",
        )
        kind = st.selectbox(
            "Kind",
            list(KINDS),
            list(KINDS).index(row["kind"]),
            format_func=KINDS.__getitem__,
            key=f"{key}_kind",
        )
        name = st.text_input("Name", row["name"], key=f"{key}_name")
        source = st.text_input(
            "Source", row["source"], key=f"{key}_source", help="Who says so, and when."
        )
        seen = st.text_input(
            "Looked up on", row["seen_on"], key=f"{key}_seen", placeholder="2026-12-31"
        )
        active = st.checkbox("Active", row["active"] == "yes", key=f"{key}_active")
    return {
        "prefix": prefix,
        "kind": kind,
        "name": name,
        "source": source,
        "seen_on": seen,
        "active": "yes" if active else "no",
    }


RISK = Register(
    sheet=HIGH_RISK,
    permission=PERMISSION,
    plural="High-risk prefixes",
    columns={
        "prefix": tables.text("Prefix", width=90),
        "name": tables.text("Name"),
        "what": tables.text("Kind"),
        "source": tables.text("Source", width="large"),
        "seen_on": tables.text("Looked up", width=100),
        "active": tables.text("Active", width=70),
    },
    form=_risk_form,
    blank="They come with CDR-Stats: `python -m cdrstats db upgrade`.",
    hint=f"`kind` is {', '.join(KINDS)}; `active` is yes or no.",
    holds="What you change here an upgrade keeps.",
)
