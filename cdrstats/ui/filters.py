"""The controls of the header row. Every choice is bound to the URL, so that a link shows it."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from cdrstats import counting, format
from cdrstats.choices import (
    NAMED,
    RESULTS,
    Names,
    Params,
    Period,
    between,
    midnight,
)
from cdrstats.clock import Window, as_local
from cdrstats.health import Freshness
from cdrstats.ui import frame, show

LABELS = {
    "switch": "Switch",
    "country": "Country",
    "customer": "Customer",
    "carrier": "Carrier",
    "cause": "Hangup cause",
    "direction": "Direction",
    "type": "Call type",
    "source": "Source",
    "result": "Result",
    "where": "Condition",
}
"""What the page calls each parameter of the URL."""


def zone() -> ZoneInfo:
    """The chosen time zone; at first the viewer's own, written into the URL like a choice.

    A link thus shows a colleague elsewhere the same hours.
    """
    known = zones()
    chosen = st.session_state.get("zone") or st.query_params.get("zone")
    if chosen not in known:
        if chosen:
            nonsense(f"There is no time zone {chosen!r}.")
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


def check_date(key: str) -> None:
    """Note what of the URL is no date, before the control `key` takes it out."""
    _check(key, st.query_params.get(key), None)


def choose(
    label: str,
    options: Sequence[str],
    key: str,
    box: bool = False,
    known: Collection[str] = (),
    default: str | None = None,
) -> str:
    """One of `options`, `default` or the first unless chosen; a row of buttons, or a box.

    A value of the URL that is none of them, and none of `known`, is told by `complain`.
    """
    _check(key, st.query_params.get(key), [*options, *known])
    first = default or options[0]
    if box:
        chosen = st.selectbox(
            label,
            options,
            options.index(first),
            key=key,
            bind="query-params",
            label_visibility="collapsed",
        )
    else:
        chosen = st.segmented_control(
            label,
            options,
            default=first,
            required=True,
            key=key,
            bind="query-params",
            label_visibility="collapsed",
        )
    return chosen or first


def stands_at(options: Sequence[str], key: str) -> str:
    """What `choose` will return for `key`, further down the page; the first unless chosen."""
    chosen = st.session_state.get(key) or st.query_params.get(key)
    return str(chosen) if chosen in options else options[0]


def whole_number(label: str, key: str, least: int, most: int, **given: Any) -> int | None:
    """A whole number from `least` to `most`; None unless one is given.

    Args:
        given: what else a number input takes.
    """
    written = st.query_params.get(key)
    if written is not None and key not in st.session_state:
        known = written.isdecimal() and len(written) < 16 and least <= int(written) <= most
        if not known:
            nonsense(f"{label} are {least:,} to {most:,}, not {written!r}.")
    chosen = st.number_input(
        label, least, most, value=None, key=key, bind="query-params", **given
    )
    return None if chosen is None else int(chosen)


def _check(key: str, given: str | None, options: Collection[str] | None) -> None:
    """Note a value of the URL that means nothing, before its control takes it out.

    One that is written as the interface and the command line do (`asr`, `sell_cost`) is meant.
    """
    if given is None or key in st.session_state:
        return
    if options is None:
        try:
            datetime.fromisoformat(given)
        except ValueError:
            nonsense(f"{given!r} is not a time such as 2026-03-10T13:00.")
    elif given not in options:
        meant = given.lower().replace("_", " ")
        found = next((option for option in options if option.lower() == meant), None)
        if found is None:
            nonsense(f"There is no {key} {given!r}.")
        else:
            st.session_state[key] = found


def nonsense(sentence: str) -> None:
    """Note what of the link cannot be used, for `complain`."""
    st.session_state.setdefault("nonsense", []).append(sentence)


def complain() -> None:
    """Say what of the link could not be used."""
    found = list(dict.fromkeys(st.session_state.pop("nonsense", [])))
    if found:
        told = format.unlinked(" ".join([*found, "The rest of the link is shown."]))
        st.warning(told, icon=":material/link_off:")


def forget(*keys: str) -> None:
    """Take out of the URL what no control on the page stands for."""
    for key in keys:
        st.query_params.pop(key, None)


def tell(key: str, value: str | None) -> None:
    """Let the URL say which card is open; None: none is."""
    if value is None:
        forget(key)
    else:
        st.query_params[key] = value


def name_filters(names: Names, fields: Iterable[str]) -> None:
    """A select box for each of `fields` that the viewer may filter by, or does.

    A name of the URL that nothing has stays chosen: taking it out would show everything.
    """
    offered = frame.offered(NAMED)
    for field in fields:
        known = names.of(NAMED[field]).values()
        given = values_of(field) or st.query_params.get_all(field)
        if field not in offered and not given:
            continue
        st.multiselect(
            LABELS[field],
            [*known, *(name for name in dict.fromkeys(given) if name not in known)],
            key=field,
            bind="query-params",
            placeholder="All",
        )


def chips(fields: Iterable[str]) -> None:
    """What is filtered by, each with a way to take it off."""
    active = [(field, value) for field in fields for value in values_of(field)]
    if not active:
        return
    with st.container(horizontal=True, gap="small", key="chips"):
        for field, value in active:
            st.button(
                format.unlinked(described(field, value)),
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


def described(field: str, value: str) -> str:
    """A filter in words, as its chip says it."""
    if field == "where":
        return value
    if field == "counted":
        return f"Calls {counting.WORDS.get(value, value)}"
    if field == "asof":
        return f"As of {value.partition('~')[2][:16].replace('T', ' ')} UTC"
    return f"{LABELS[field]}: {value}"


def values_of(key: str) -> list[str]:
    """What the control `key` stands at, as texts; none if it stands at nothing."""
    if key in LINKED or key in TIMES:
        return st.query_params.get_all(key)
    value = st.session_state.get(key)
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list) else [str(value)]


LOADED = "Calls are seen here seconds after they were loaded."
NOBODYS = "You belong to no customer, so that you see none. Ask your administrator."

LINKED = ("counted", "asof")
"""Parameters of the URL that have no control: links set them, a chip takes them off."""

TIMES = ("from", "to", "then_from", "then_to")
"""Parameters that are times: see `periods`."""


def params(keys: Iterable[str]) -> Params:
    """What the controls `keys` stand at, as the parameters of a URL."""
    found = {key: values_of(key) for key in keys}
    return {key: values for key, values in found.items() if values}


def _take_off(field: str, value: str) -> None:
    if field in LINKED:
        st.query_params.pop(field, None)
        return
    held = st.session_state[field]
    kept = [one for one in held if one != value] if isinstance(held, list) else None
    st.session_state[field] = kept


def clear(fields: Iterable[str]) -> None:
    """Take off all filters of `fields`."""
    for field in fields:
        if field in LINKED:
            st.query_params.pop(field, None)
            continue
        held = st.session_state.get(field)
        st.session_state[field] = [] if isinstance(held, list) else None


def result_filter() -> None:
    """The select box of results."""
    _check("result", st.query_params.get("result"), RESULTS)
    st.selectbox(
        "Result", RESULTS, index=None, key="result", bind="query-params", placeholder="All"
    )


def link_to(
    viewers_zone: ZoneInfo, chosen: Period, fields: Iterable[str], **more: str | list[str]
) -> dict[str, str | list[str]]:
    """The URL parameters that take this view's period and filters to another page."""
    link: dict[str, str | list[str]] = {"zone": viewers_zone.key, "period": chosen.preset}
    if chosen.preset == "Custom":
        link |= between(chosen.window, viewers_zone)
    for field in fields:
        if values := values_of(field):
            link[field] = values
    return link | more


def go(page: str, link: dict[str, str | list[str]]) -> None:
    """Let the browser open another page with these parameters, once this run is over.

    Whoever may not see that page stays here.

    Not st.switch_page: it writes the new parameters into the history of the page that is left,
    so that Back would return to that page without its own period and filters.
    """
    if frame.viewer().may(page):
        st.session_state["leave_for"] = f"/{page}?{urlencode(link, doseq=True)}"


def leave() -> None:
    """Go where `go` said, if it said."""
    target = st.session_state.pop("leave_for", None)
    if target:
        script = f"<script>location.assign({json.dumps(target)})</script>"
        st.html(script, unsafe_allow_javascript=True)


def nothing_found(fresh: Freshness, viewers_zone: ZoneInfo, fields: Iterable[str]) -> None:
    """What stands where no call is in the period and filters: why, and a way on."""
    kept = tuple(fields)
    if fresh.last_call is None:
        nobodys = frame.viewer().scope.user_ids == frozenset()
        show.empty("No calls yet.", NOBODYS if nobodys else LOADED)
        show.link("imports", "Load a file", ":material/upload_file:", does="load")
    elif any(values_of(field) for field in kept):
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
            lambda: show_day(last, viewers_zone),
        )


def show_day(moment: datetime, viewers_zone: ZoneInfo) -> None:
    """Let the period be the day of an instant."""
    day = as_local(moment, viewers_zone).date()
    first, last = (midnight(one, viewers_zone) for one in (day, day + timedelta(days=1)))
    show_between(Window(first, last), viewers_zone)


def show_between(window: Window, viewers_zone: ZoneInfo) -> None:
    """Let the period be `window`."""
    chosen = between(window, viewers_zone)
    st.session_state["period"] = chosen.pop("period")
    st.query_params.update(chosen)
