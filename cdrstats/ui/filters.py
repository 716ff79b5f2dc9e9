"""The controls of the header row. Every choice is bound to the URL, so that a link shows it."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from cdrstats.choices import NAMED, PRESETS, RESULTS, Names, Params, Period, as_local, period
from cdrstats.health import Freshness
from cdrstats.ui import format, frame, show

LABELS = {
    "switch": "Switch",
    "country": "Country",
    "customer": "Customer",
    "cause": "Hangup cause",
    "direction": "Direction",
    "type": "Call type",
    "source": "Source",
    "result": "Result",
}
"""What the page calls each parameter of the URL."""


def zone() -> ZoneInfo:
    """The chosen time zone; at first the viewer's own, written into the URL like a choice.

    A link thus shows a colleague elsewhere the same hours.
    """
    known = zones()
    chosen = st.session_state.get("zone") or st.query_params.get("zone")
    if chosen not in known:
        own = st.context.timezone
        chosen = own if own in known else frame.settings().timezone
        st.session_state["zone"] = chosen
        st.query_params["zone"] = chosen
    return ZoneInfo(chosen)


@st.cache_resource(show_spinner=False)
def zones() -> list[str]:
    """The names of time zones that are offered."""
    named = {name for name in available_timezones() if "/" in name and name[0].isupper()}
    return ["UTC", *sorted(named - {"Etc/UTC"})]


def zone_control() -> None:
    """The select box of time zones; drawn beside every page, so that the choice goes along."""
    zone()
    st.caption("Time zone", help="Whose hours and days the pages show.")
    st.selectbox(
        "Time zone",
        zones(),
        index=None,  # no default: what is chosen always stands in the URL
        required=True,
        label_visibility="collapsed",
        key="zone",
        bind="query-params",
    )


def period_control() -> None:
    """The row of presets; the dates of a custom period stand below, see `chosen_period`."""
    st.segmented_control(
        "Period",
        list(PRESETS),
        default="24h",
        required=True,
        key="period",
        bind="query-params",
        label_visibility="collapsed",
    )


def custom_dates(viewers_zone: ZoneInfo) -> None:
    """From and to, shown only for a period of one's own."""
    if st.session_state.get("period") != "Custom":
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key, label in (("from", "From"), ("to", "To, not included")):
            st.datetime_input(
                f"{label} ({viewers_zone.key})",
                value=None,
                key=key,
                bind="query-params",
                width=230,
                min_value=datetime(2000, 1, 1),  # noqa: DTZ001
                max_value=datetime(2100, 1, 1),  # noqa: DTZ001
            )


def chosen_period(viewers_zone: ZoneInfo) -> Period:
    """The period that the controls stand at."""
    state = st.session_state
    return period(
        state.get("period") or "24h",
        frame.now(),
        viewers_zone,
        state.get("from"),
        state.get("to"),
    )


def name_filters(names: Names, fields: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """A select box for each of `fields`; returns the chosen ids by column of a call."""
    chosen = {}
    for field in fields:
        column = NAMED[field]
        options = names.of(column)
        by_name = {name: id_ for id_, name in options.items()}
        picked = st.multiselect(
            LABELS[field],
            list(by_name),
            key=field,
            bind="query-params",
            placeholder="All",
        )
        if picked:
            chosen[column] = tuple(sorted(by_name[name] for name in picked if name in by_name))
    return chosen


def chips(fields: Iterable[str]) -> None:
    """What is filtered by, each with a way to take it off."""
    active = [(field, value) for field in fields for value in values_of(field)]
    if not active:
        return
    with st.container(horizontal=True, gap="small", key="chips"):
        for field, value in active:
            st.button(
                f"{LABELS[field]}: {value}",
                key=f"chip_{field}_{value}",
                icon=":material/close:",
                help="Take this filter off",
                on_click=_take_off,
                args=(field, value),
            )
        if len(active) > 1:
            st.button(
                "Clear all",
                type="tertiary",
                key="chips_clear",
                on_click=clear,
                args=(tuple(fields),),
            )


def values_of(key: str) -> list[str]:
    """What the control `key` stands at, as texts; none if it stands at nothing."""
    value = st.session_state.get(key)
    if value is None or value == "":
        return []
    if isinstance(value, datetime):
        return [_written(value)]
    return list(value) if isinstance(value, list) else [str(value)]


def params(keys: Iterable[str]) -> Params:
    """What the controls `keys` stand at, as the parameters of a URL."""
    found = {key: values_of(key) for key in keys}
    return {key: values for key, values in found.items() if values}


def _take_off(field: str, value: str) -> None:
    held = st.session_state[field]
    kept = [one for one in held if one != value] if isinstance(held, list) else None
    st.session_state[field] = kept


def clear(fields: Iterable[str]) -> None:
    """Take off all filters of `fields`."""
    for field in fields:
        held = st.session_state.get(field)
        st.session_state[field] = [] if isinstance(held, list) else None


def result_filter() -> None:
    """The select box of results."""
    st.selectbox(
        "Result", RESULTS, index=None, key="result", bind="query-params", placeholder="All"
    )


def link_to(
    viewers_zone: ZoneInfo, chosen: Period, fields: Iterable[str], **more: str | list[str]
) -> dict[str, str | list[str]]:
    """The URL parameters that take this view's period and filters to another page."""
    link: dict[str, str | list[str]] = {"zone": viewers_zone.key, "period": chosen.preset}
    if chosen.preset == "Custom":
        window = chosen.window
        link |= between(
            as_local(window.start, viewers_zone), as_local(window.end, viewers_zone)
        )
    for field in fields:
        if values := values_of(field):
            link[field] = values
    return link | more


def go(page: str, link: dict[str, str | list[str]]) -> None:
    """Let the browser open another page with these parameters, once this run is over.

    Not st.switch_page: it writes the new parameters into the history of the page that is left,
    so that Back would return to that page without its own period and filters.
    """
    st.session_state["leave_for"] = f"/{page}?{urlencode(link, doseq=True)}"


def leave() -> None:
    """Go where `go` said, if it said."""
    target = st.session_state.pop("leave_for", None)
    if target:
        script = f"<script>location.assign({json.dumps(target)})</script>"
        st.html(script, unsafe_allow_javascript=True)


def between(start: datetime, end: datetime) -> dict[str, str | list[str]]:
    """The URL parameters of the period between two local times."""
    return {"period": "Custom", "from": _written(start), "to": _written(end)}


def _written(local: datetime) -> str:
    return local.strftime("%Y-%m-%dT%H:%M")


def nothing_found(fresh: Freshness, viewers_zone: ZoneInfo, fields: Iterable[str]) -> None:
    """What stands where no call is in the period and filters: why, and a way on."""
    kept = tuple(fields)
    if fresh.last_call is None:
        show.empty(
            "No calls yet.", "Load a switch's file on the Imports page to see its calls here."
        )
        st.page_link("pages/imports.py", label="Load a file", icon=":material/upload_file:")
    elif any(st.session_state.get(field) for field in kept):
        show.empty(
            "No calls match these filters.",
            "Widen the period, or take the filters off.",
            "Clear filters",
            lambda: clear(kept),
        )
    else:
        last = fresh.last_call
        show.empty(
            "No calls in this period.",
            f"The newest call started on {format.moment(last, viewers_zone)}.",
            "Show the day of the newest call",
            lambda: show_day(as_local(last, viewers_zone)),
        )


def show_day(local: datetime) -> None:
    """Let the period be the day of a local time."""
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    st.session_state["period"] = "Custom"
    st.session_state["from"] = start
    st.session_state["to"] = start + timedelta(days=1)
