"""The controls of times: presets and dates. Only the URL can tell a time that comes twice."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats.choices import (
    FIRST_YEAR,
    LAST_YEAR,
    PRESETS,
    Period,
    instant,
    newest,
    period,
    read,
    written,
)
from cdrstats.errors import BadRequest
from cdrstats.ui import filters, frame

PARTED = ("Last days", "Whole period")
"""How much of a long period is shown."""


def control() -> None:
    """The row of presets; the dates of a custom period stand below, see `custom_dates`."""
    filters.choose("Period", list(PRESETS), "period")


def custom_dates(viewers_zone: ZoneInfo) -> None:
    """From and to, shown only for a period of one's own."""
    if st.session_state.get("period") != "Custom":
        filters.forget("from", "to")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        start, end = dates(viewers_zone, "from", "to")
    swapped(viewers_zone, start, end)


def parted(chosen: Period, viewers_zone: ZoneInfo, days: int) -> Period:
    """The last `days` of a longer period, unless the viewer asks for the whole of it."""
    last = newest(chosen, viewers_zone, days)
    if last == chosen:
        return chosen
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":small[More than {days} days take long to read.]", width="content")
        part = filters.choose("How much of the period", PARTED, "part")
    return last if part == PARTED[0] else chosen


def dates(
    viewers_zone: ZoneInfo, first: str, last: str
) -> tuple[datetime | None, datetime | None]:
    """The controls of two local times, and what the parameters `first` and `last` say."""
    return _date(viewers_zone, first, "From"), _date(viewers_zone, last, "To, not included")


def swapped(viewers_zone: ZoneInfo, start: datetime | None, end: datetime | None) -> None:
    """Say that a period is taken the other way round, if its end lies before its start."""
    if start and end and instant(end, viewers_zone) < instant(start, viewers_zone):
        st.warning(
            "“To” lies before “From”: the two are taken the other way round.",
            icon=":material/swap_horiz:",
        )


def _date(viewers_zone: ZoneInfo, key: str, label: str) -> datetime | None:
    """A control that follows the URL: it cannot itself tell a time that comes twice."""
    local, control = _time(viewers_zone, key), f"{key}_control"
    shown = None if local is None else local.replace(second=0, microsecond=0)
    if st.session_state.get(control) != shown:
        st.session_state[control] = shown
    st.datetime_input(
        f"{label} ({viewers_zone.key})",
        value=None,
        key=control,
        width=230,
        min_value=datetime(FIRST_YEAR, 1, 1),  # noqa: DTZ001
        max_value=datetime(LAST_YEAR, 12, 31, 23, 59),  # noqa: DTZ001
        on_change=_keep_time,
        args=(viewers_zone, key, control),
    )
    return local


def _keep_time(viewers_zone: ZoneInfo, key: str, control: str) -> None:
    chosen = st.session_state[control]
    if chosen is None:
        filters.forget(key)
    else:
        st.query_params[key] = written(instant(chosen, viewers_zone), viewers_zone)


def _time(viewers_zone: ZoneInfo, key: str) -> datetime | None:
    """The local time that the parameter `key` says; what is none is told and taken out."""
    given = st.query_params.get(key)
    if not given:
        return None
    try:
        return read(given, viewers_zone)
    except BadRequest as exc:
        filters.nonsense(str(exc))
        filters.forget(key)
        return None


def chosen(viewers_zone: ZoneInfo) -> Period:
    """The period that the controls stand at."""
    return period(
        st.session_state.get("period") or "24h",
        frame.now(),
        viewers_zone,
        _time(viewers_zone, "from"),
        _time(viewers_zone, "to"),
    )
