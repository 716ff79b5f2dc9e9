"""The form of an alarm rule, which shows as it is filled in when the rule would have fired."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode
from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats import alarms, format, mail
from cdrstats.accounts import people
from cdrstats.addresses import parts
from cdrstats.alarms import (
    FIGURES,
    SEVERITIES,
    SHARE,
    SPLITS,
    Rule,
    words,
)
from cdrstats.alarms.rules import CHANGES, LEVELS, USUAL
from cdrstats.alarms.store import Stored
from cdrstats.choices import NAMED, Names, names
from cdrstats.metrics import Metric
from cdrstats.statistics import STRIKING
from cdrstats.ui import administering, alarm_rows, dimensions, filters, frame, quiet, show

FILTERS = ("switch", "country", "customer", "carrier", "cause", "direction", "type")
LOOKS_BACK = {"5min": 7, "quarter": 14, "day": 90, "week": 366, "month": 366}
"""Days of a preview, where that is not THIRTY."""

THIRTY = 30

CONDITION_LABELS = {
    "less": "is below",
    "greater": "is above",
    "decrease": "fell by more than",
    "increase": "rose by more than",
    "decrease_percent": "fell by more than, %",
    "increase_percent": "rose by more than, %",
    "low": "is unusually low (z)",
    "high": "is unusually high (z)",
    "unusual": "is unusual either way (z)",
}
AGAINST = {"previous": "The window before", "day": "The day before", "week": "A week before"}
SPANS = {
    "cooldown": ("Not again within", "Minutes after people were told of one firing."),
    "renotify": ("Tell again every", "Minutes, as long as it fires. 0: not again."),
    "escalate": ("Tell once more after", "Minutes of firing. 0: never."),
    "lag": (
        "Wait for late calls",
        "Minutes after a window has closed. Switches tell of a call once it is over: for"
        " concurrent calls wait as long as most of them last.",
    ),
}
SPLITS_LABELLED = {
    label: column
    for label, column in dimensions.DIMENSIONS.items()
    if column in SPLITS.values()
}
MINUTE = timedelta(minutes=1)


def form(
    held: Stored | None, key: str, zone: ZoneInfo, close: Callable[[], None]
) -> tuple[Rule, bool, tuple[list[str], list[str]]] | None:
    """The fields of a rule, filled in as it is held, and when it would have fired.

    Args:
        close: what is done instead of saving it.

    Returns:
        The rule, whether it is shared, and whom it mails, at once and when it fires for long;
        once it is to be saved.
    """
    named = frame.read(names, frame.viewer().scope)
    given = _watched(held, key, zone, named)
    with st.expander("When it is over, whom it tells, and when", icon=":material/tune:"):
        more = _more(held, key, given)
    told = _told(held, key), _told_after_long(held, key)
    shared = held.shared if held else False
    if frame.viewer().may("share"):
        shared = st.checkbox(
            "Shared with colleagues",
            shared,
            key=f"{key}_shared",
            help="Whoever sees the same calls sees the rule, and may acknowledge its firings.",
        )
    if not given["name"]:
        st.caption("Give it a name to see when it would have fired.")
        st.button("Cancel", icon=":material/close:", key=f"{key}_cancel", on_click=close)
        return None
    rule = alarms.with_defaults(Rule(**given, **more.pop("set")), **more)
    _preview(rule, key)
    with st.container(horizontal=True):
        saved = st.button("Save", type="primary", icon=":material/check:", key=f"{key}_save")
        st.button("Cancel", icon=":material/close:", key=f"{key}_cancel", on_click=close)
    return (rule, shared, told) if saved else None


def _watched(held: Stored | None, key: str, zone: ZoneInfo, named: Names) -> dict[str, Any]:
    figures = {figure.label: name for name, figure in FIGURES.items() if name != SHARE.name}
    offered = frame.offered(figures | {"Share of calls": SHARE.name})
    labels = {name: label for label, name in offered.items()}
    with st.grid(3, min_column_width=220):
        name = st.text_input(
            "Name", held.name if held else "", key=f"{key}_name", max_chars=100
        )
        metric = _select("Figure", labels, held.metric if held else "asr", f"{key}_metric")
        length = _select("In a", words.WINDOWS, held.length if held else "hour", f"{key}_len")
        condition = _select(
            "Fires when it", CONDITION_LABELS, held.condition if held else "less", f"{key}_when"
        )
        figure = FIGURES[metric]
        threshold = st.number_input(
            _threshold_label(figure, condition),
            value=float(held.threshold) if held else _first(figure, condition),
            key=f"{key}_threshold_{metric}_{condition}",
            format="%g",
        )
        compare = ""
        if condition in CHANGES:
            before = held.compare if held and held.compare else "previous"
            compare = _select("Against", AGAINST, before, f"{key}_compare")
        clocks = held.timezone if held else zone.key
        zones = filters.zones()
        at = zones.index(clocks) if clocks in zones else 0
        clocks = st.selectbox("By the clocks of", zones, at, key=f"{key}_zone")
    st.caption("Which calls; all, if nothing is chosen:")
    query = _filters(held.query if held else "", f"{key}_of", named, FILTERS)
    part = ""
    if metric == SHARE.name:
        st.caption("Which of these the share is of:")
        part = _filters(held.part if held else "", f"{key}_part", named, ("cause",))
    return {
        "name": " ".join((name or "").split()),
        "metric": metric,
        "length": length,
        "condition": condition,
        "threshold": float(threshold or 0),
        "clear_at": float(threshold or 0),
        "compare": compare,
        "zone": ZoneInfo(clocks),
        "query": query,
        "part": part,
    }


def _select(label: str, options: dict[str, str], chosen: str, key: str) -> Any:
    known = list(options)
    at = known.index(chosen) if chosen in known else 0
    return st.selectbox(label, known, at, format_func=options.__getitem__, key=key)


def _threshold_label(metric: Metric, condition: str) -> str:
    if condition in USUAL:
        return f"Robust z, {STRIKING:g} or more"
    if condition.endswith("_percent"):
        return "Per cent"
    units = {"percent": "%", "seconds": "seconds", "minutes": "minutes", "money": "amount"}
    unit = units.get(metric.unit)
    if unit == "%" and condition not in LEVELS:
        unit = "points"
    return f"Threshold, {unit}" if unit else "Threshold"


def _first(metric: Metric, condition: str) -> float:
    """What stands there at first: something that makes sense."""
    if condition in USUAL:
        return STRIKING
    return 40.0 if metric.unit == "percent" and condition == "less" else 10.0


def _filters(query: str, key: str, named: Names, fields: tuple[str, ...]) -> str:
    """Select boxes for the names that calls have, and a field for all other conditions."""
    given = parse_qs(query, keep_blank_values=True)
    offered = frame.offered(NAMED)
    chosen: dict[str, list[str]] = {}
    with st.grid(4, min_column_width=180, gap="small"):
        for field in fields:
            before = given.pop(field, [])
            if field not in offered and not before:
                continue
            known = list(named.of(NAMED[field]).values())
            known += [each for each in before if each not in known]
            chosen[field] = st.multiselect(
                filters.LABELS[field], known, before, key=f"{key}_{field}", placeholder="All"
            )
    if len(fields) > 1:
        rest = st.text_input(
            "Other conditions",
            urlencode(given, doseq=True),
            key=f"{key}_rest",
            placeholder="where=destination+begins+00",
            help="What else stands behind the ? of a page's address that shows these calls.",
        )
        chosen |= parse_qs(rest, keep_blank_values=True)
    return urlencode({name: values for name, values in chosen.items() if values}, doseq=True)


def _more(held: Stored | None, key: str, given: dict[str, Any]) -> dict[str, Any]:
    """The rest of a rule: what follows from the others if it is not given, and what is set."""
    usual = f"{key}_{given['metric']}_{given['condition']}"
    with st.grid(3, min_column_width=220):
        clear_at = st.number_input(
            "Calm from",
            value=float(held.clear_at) if held else None,
            key=f"{usual}_clear",
            format="%g",
            placeholder="The threshold",
            help="From here on, the other way round, a window counts as calm.",
        )
        calm = st.number_input(
            "Over after calm windows",
            1,
            100,
            held.clear_windows if held else 1,
            key=f"{key}_calm",
        )
        least = st.number_input(
            "From so many calls",
            0,
            value=held.min_calls if held else None,
            key=f"{usual}_least",
            placeholder="50 for a ratio, else 0",
            help="Windows of fewer calls say nothing.",
        )
        spans = {
            name: st.number_input(
                label,
                0,
                31 * 1440,
                getattr(held, f"{name}_minutes") if held else (5 if name == "lag" else 0),
                key=f"{key}_{name}",
                help=help,
            )
            for name, (label, help) in SPANS.items()
        }
        severity = _select(
            "Severity",
            {name: name.capitalize() for name in SEVERITIES},
            held.severity if held else "warning",
            f"{key}_severity",
        )
        silent = quiet.hours(
            (held.quiet_from, held.quiet_until) if held else (None, None),
            key,
            "By the clocks of the rule; critical rules tell all the same.",
        )
        split = _select(
            "Tell who had to do with it by",
            {column: label for label, column in frame.offered(SPLITS_LABELLED).items()},
            held.split if held else "country_id",
            f"{key}_split",
        )
    by_chance = st.checkbox(
        "Only where chance does not explain it",
        held.by_chance if held else False,
        key=f"{key}_chance",
        help="For shares of calls: the bound of the 95 % interval (Wilson) must be beyond.",
    )
    holidays = st.checkbox(
        "Judge holidays as well",
        held.on_holidays if held else given["condition"] in LEVELS,
        key=f"{usual}_holidays",
    )
    return {
        "clear_at": clear_at,
        "min_calls": least,
        "on_holidays": holidays,
        "set": {
            "clear_windows": int(calm or 1),
            "by_chance": by_chance,
            "severity": severity,
            "split": split,
            "quiet_from": silent[0],
            "quiet_until": silent[1],
            **{name: MINUTE * int(some or 0) for name, some in spans.items()},
        },
    }


def _told(held: Stored | None, key: str) -> list[str]:
    first = held.mail_to if held else [_own_address()]
    given = st.text_input(
        "Mail to",
        ", ".join(filter(None, first)),
        key=f"{key}_mail",
        placeholder="Nobody",
        help="Addresses and channels such as #ops, with commas between them.",
    )
    if frame.settings().smtp is None:
        st.caption(mail.OFF)
    return parts(given or "")


def _told_after_long(held: Stored | None, key: str) -> list[str]:
    given = st.text_input(
        "After long also to",
        ", ".join(held.escalate_to) if held else "",
        key=f"{key}_escalate_to",
        placeholder="Nobody else",
        help="Who is told as well, from “Tell once more after” on.",
    )
    return parts(given or "")


def _own_address() -> str:
    viewer = frame.viewer()
    if not viewer.person_id:
        return ""
    return str(administering.read(people.get, viewer.person_id).email)


def _preview(rule: Rule, key: str) -> None:
    days = LOOKS_BACK.get(rule.length, THIRTY)
    now: datetime = frame.now().replace(second=0, microsecond=0)
    scope = frame.viewer().scope
    found = frame.read(alarms.preview, scope, rule, now, timedelta(days=days))
    times = {0: "not at all", 1: "once", 2: "twice"}.get(found.fired, f"{found.fired:,} times")
    judged = sum(each.verdict not in ("insufficient",) for each in found.windows)
    with show.card(f"The last {days} days: it would have fired {times}"):
        st.caption(
            f"{words.condition(rule)}. {format.count(judged)} of"
            f" {format.count(len(found.windows))} windows had enough calls to be judged."
        )
        if judged:
            chart(rule, alarm_rows.of_decisions(found.windows), f"{key}_preview")


def chart(rule: Rule, windows: list[alarm_rows.Watched], key: str) -> None:
    """The figure of windows, with what fires and what the rule asks for."""
    show.chart(
        "watched",
        alarm_rows.drawn(rule, windows),
        rule.figure.label,
        alarm_rows.levels(rule),
        alt=f"{rule.figure.label} of each window, and when the rule fires",
        key=key,
    )
