"""The Fraud cases page: the cases, and one that is open with its calls and its label."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from cdrstats import format, fraud
from cdrstats.choices import names
from cdrstats.clock import as_local
from cdrstats.fraud import LABELS, Case, figures_in_words, in_words, rule_named
from cdrstats.ui import administering, charts, filters, frame, show, tables

PERMISSION = "fraud"
CASES, RULES = "Cases", "Rules"
PARTS = (CASES, RULES)

CHOSEN = "case"
"""The parameter of the URL that tells the number of the case that is open."""

COLOURS = {
    "Open": "blue",
    "Confirmed": "red",
    "False positive": "gray",
    "Ignored": "gray",
}
LABELLED = {"All": None, **{label.capitalize(): label for label in LABELS}}
SIZE = 200
"""Cases of a table: those whose calls are the newest."""

EVIDENCE = 500
"""Calls of a case that are listed."""

IGNORES = {"1 day": 1, "1 week": 7, "30 days": 30}
TEN_MINUTES = timedelta(minutes=10)


def table(zone: ZoneInfo) -> None:
    """The cases of the label that is chosen; choosing one opens its card below."""
    label = LABELLED[filters.choose("Which", list(LABELLED), "label")]
    found = frame.read_now(fraud.list_cases, label, limit=SIZE)
    owners = frame.read(names, frame.viewer().scope).customers
    if not found:
        show.empty(
            "No case is labelled so." if label else "No case of fraud was found yet.",
            "As calls come in, rules look for what fraud looks like in them: many calls at"
            " night, dear prefixes, numbers dialled in sequence. The rules are under “Rules”.",
        )
        return
    rows = [_row(case, owners) for case in found]
    st.caption("Those with the newest calls first. Choose a case to look into it.")
    tables.opening(
        "fraud",
        rows,
        [str(case.id) for case in found],
        partial(filters.tell, CHOSEN),
        alt="Cases of fraud",
        config={
            "label": tables.badge("Label", COLOURS),
            "score": tables.number("Score", "Of 100: how much speaks for it"),
            "rule": tables.text("Rule"),
            "key": tables.text("Who or what", width="medium"),
            "customer": tables.text("Customer"),
            "calls": tables.number("Calls"),
            "cost": tables.text("Cost so far"),
            "cost_per_hour": tables.text("An hour"),
            "last_call": tables.instant("Last call", zone),
        },
    )


def _row(case: Case, owners: dict[int, str]) -> dict[str, object]:
    rule = rule_named(case.rule)
    return {
        "label": [case.label.capitalize()],
        "score": case.score,
        "rule": f"{rule.id} {rule.title}",
        "key": case.key,
        "customer": "All" if rule.of_all else owners.get(case.user_id, ""),
        "calls": case.calls,
        "cost": format.money(case.cost),
        "cost_per_hour": format.money(case.cost_per_hour),
        "last_call": case.last_call,
    }


def card(zone: ZoneInfo) -> None:
    """The case that the URL tells, if it tells one."""
    given = st.query_params.get(CHOSEN)
    if not given:
        return
    if not given.isdecimal() or len(given) > 9:
        filters.nonsense(f"There is no case {given!r}.")
        filters.forget(CHOSEN)
        return
    case = frame.read_now(fraud.find, int(given))
    rule = rule_named(case.rule)
    with show.card(f"{rule.id} {rule.title}: {format.literal(case.key)}"):
        st.caption(rule.about)
        _exposure(case)
        _facts(case, zone)
        _timeline(case, zone)
        _evidence(case, zone)
        _label(case)
        st.button("Close", icon=":material/close:", on_click=filters.forget, args=(CHOSEN,))


def _exposure(case: Case) -> None:
    """What it has cost, and goes on to cost."""
    rule = rule_named(case.rule)
    quiet = rule.quiet(rule.thresholds(case.thresholds))
    going_on = frame.now() - case.last_call < quiet and case.label == "open"
    with st.grid(4, min_column_width=150):
        st.metric("Cost so far", format.money(case.cost), border=True)
        st.metric("Cost per hour", format.money(case.cost_per_hour), border=True)
        st.metric("Calls", format.count(case.calls), border=True)
        lasted = format.length(case.last_call - case.first_call)
        st.metric("Goes on for" if going_on else "Lasted", lasted, border=True)
    if going_on:
        st.warning(
            f"It goes on: another night of ten hours would cost"
            f" {format.money(case.cost_per_hour * 10)}.",
            icon=":material/timer:",
        )


def _facts(case: Case, zone: ZoneInfo) -> None:
    facts = {
        "Label": case.label.capitalize(),
        "First call": format.moment(case.first_call, zone, seconds=True),
        "Last call": format.moment(case.last_call, zone, seconds=True),
        "Score": f"{case.score} of 100: {_named(case.reasons)}",
        "What was found": figures_in_words(case.facts),
        "Thresholds then": figures_in_words(case.thresholds),
        "Opened": format.moment(case.opened_at, zone, seconds=True),
    }
    if case.labelled_at:
        said = f"by {case.labelled_by}, {format.moment(case.labelled_at, zone)}"
        facts["Labelled"] = f"{said}: {case.label_reason}" if case.label_reason else said
    if case.ignored_until:
        facts["Ignored until"] = format.moment(case.ignored_until, zone)
    st.table({name: format.literal(value) for name, value in facts.items()})


def _named(words: Sequence[str]) -> str:
    return ", ".join(map(in_words, words))


def _timeline(case: Case, zone: ZoneInfo) -> None:
    line = frame.read_now(fraud.timeline, case.id)
    if len(line) < 2:
        return
    starts = [as_local(each["at"], zone).replace(tzinfo=UTC) for each in line]
    data = pd.DataFrame(
        {
            "start": starts,
            "end": [start + TEN_MINUTES for start in starts],
            "y": [each["calls"] for each in line],
            "when": [format.moment(each["at"], zone) for each in line],
            "shown": [f"{each['calls']:,}, cost {format.money(each['cost'])}" for each in line],
        }
    )
    show.chart(
        "plain",
        data,
        "Calls in 10 minutes",
        charts.CALLS,
        180,
        alt="The calls of the case over time",
        key=f"fraud_timeline_{case.id}",
    )


def _evidence(case: Case, zone: ZoneInfo) -> None:
    calls = frame.read_now(fraud.evidence, case.id, EVIDENCE)
    columns = ("starting_date", "caller_id_number", "destination_number", "accountcode")
    data = tables.frame_of(calls, columns)
    data["billsec"] = [format.clock(each["billsec"]) for each in calls]
    data["cost"] = [format.rate(each["cost"]) for each in calls]
    config = {
        "starting_date": tables.instant("Start", zone),
        "caller_id_number": tables.text("Caller"),
        "destination_number": tables.text("Called number"),
        "accountcode": tables.text("Account code"),
        "billsec": tables.text("Talk time"),
        "cost": tables.text("Cost"),
    }
    if case.calls > EVIDENCE:
        st.caption(f"The first {EVIDENCE} of {format.count(case.calls)} calls:")
    st.dataframe(
        data,
        hide_index=True,
        placeholder=format.NOTHING,
        height="content" if len(calls) < 8 else 284,
        alt="The calls that the case rests on",
        column_config=config,
    )
    tables.offer(data, config)


def _label(case: Case) -> None:
    with st.form(f"fraud_label_{case.id}", border=False):
        with st.grid(3, min_column_width=200):
            label = st.selectbox(
                "It is",
                LABELS,
                LABELS.index(case.label) if case.label in LABELS else 0,
                format_func=str.capitalize,
                key=f"fraud_{case.id}_label",
            )
            length = st.selectbox(
                "If ignored, for",
                list(IGNORES),
                key=f"fraud_{case.id}_until",
                help="So long no other case of this rule and key is opened.",
            )
            why = st.text_input(
                "Why", case.label_reason, key=f"fraud_{case.id}_why", max_chars=300
            )
        if st.form_submit_button("Label it", type="primary", icon=":material/label:"):
            until = None
            if label == "ignored":
                until = frame.now() + timedelta(days=IGNORES[length or "1 day"])
            _labelled(case, label or "open", why or "", until)


def _labelled(case: Case, label: str, why: str, until: datetime | None) -> None:
    with administering.changing(PERMISSION) as (conn, note):
        by, now = frame.viewer().name, frame.now()
        fraud.label(conn, case.id, label, by, why, now, until)
        note("label fraud case", str(case.id), detail={"label": label, "reason": why})
    st.toast(f"Case {case.id} is labelled {label}.")
    st.rerun()
