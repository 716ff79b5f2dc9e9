"""The parts of the Concurrent calls page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from cdrstats import concurrency, format
from cdrstats.clock import as_local
from cdrstats.concurrency import (
    NEARLY_FULL,
    Kind,
    Question,
    Stretch,
    Sweep,
    busy_hour,
    nearly_full,
)
from cdrstats.errors import BadRequest
from cdrstats.ui import (
    at_once,
    bar,
    by_value,
    charts,
    dimensions,
    figures,
    filters,
    frame,
    marking,
    show,
    tables,
)
from cdrstats.ui.bar import Asked
from cdrstats.ui.destinations import Value

HELD: dict[str, Kind] = {"Channels from start": "channels", "Talk from answer": "talk"}
HELD_HELP = "From its start a call holds a channel, also while it rings; from its answer, talk."
CARRIED_HELP = "Erlangs: seconds held within the hour / 3600."
BLOCKING = {"0.1 %": 0.001, "1 %": 0.01, "5 %": 0.05, "10 %": 0.1}
SPLITS = ("Switch", "Carrier", "Account code")
MOST_CHANNELS = 100_000
LINES = 5
GROWTH, ADDED = (-50, 200), (-100, 100)
NO_CALLS = {
    "channels": "No call of this period lasted.",
    "talk": "No call of this period was answered.",
}


@dataclass(frozen=True)
class Found:
    """What was answered."""

    question: Question
    sweep: Sweep


def held() -> Kind:
    """What a call counts as held by: its channel, or its talk."""
    return HELD[filters.choose("Held", list(HELD), "held")]


def find(asked: Asked, kind: Kind) -> Found:
    """The calls at once of the period; what is refused is told, and ends the page."""
    window = asked.period.window.known(frame.now())  # what comes is not silence
    try:
        question = Question(window, kind, zone=asked.zone, filters=asked.filters)
    except BadRequest as exc:
        show.empty(str(exc), "Shorter periods show more.", "Show the last 7 days", _week)
        st.stop()
    found = Found(question, _swept(question, asked, _held_by()))
    if not found.sweep.peak:
        if any(hour.attempts for hour in found.sweep.hours):
            show.empty(NO_CALLS[kind], "So there were never calls at once.")
        else:
            bar.nothing_found(asked)
        st.stop()
    return found


def _swept(question: Question, asked: Asked, label: str) -> Sweep:
    """The calls at once, in all and split by `label`, which are read together."""
    column = dimensions.DIMENSIONS[label]
    return frame.read_calls(concurrency.sweep, asked.scope, question, column, LINES)


def _held_by() -> str:
    """What the calls at once are split by, before it is asked for."""
    given = filters.values_of("held_by") or st.query_params.get_all("held_by")
    offered = _offered()
    return next((one for one in given if one in offered), offered[0])


def _offered() -> list[str]:
    return list(frame.offered({label: dimensions.DIMENSIONS[label] for label in SPLITS}))


def _week() -> None:
    st.session_state["period"] = "7d"


def key_figures(found: Found, asked: Asked) -> None:
    """The peak, the busy hours and the average, each with its moment."""
    cards = at_once.key_figures(found.sweep, found.question.window, asked.zone)
    with st.grid(len(cards), min_column_width=138, gap="small"):
        for card in cards:
            st.metric(
                card.label,
                card.value,
                card.told,
                delta_color="off",
                delta_arrow="off",
                help=card.meaning,
                border=True,
                height="stretch",
                chart_data=card.course if len(card.course) > 1 else None,
                chart_type="area",
            )


@bar.part("concurrent")
def capacity(found: Found, asked: Asked) -> None:
    """The curve, the days that came near the channels there are, and how many it takes."""
    with show.card("Calls at once", help=HELD_HELP):
        channels = filters.whole_number(
            "Licensed channels", "channels", 1, MOST_CHANNELS, width=190, placeholder="Unknown"
        )
        filters.complain()
        step = found.question.drawn_by
        show.chart(
            "at_once",
            at_once.curve(found.sweep, step, asked.zone),
            channels,
            NEARLY_FULL / 100,
            alt="Calls at once over time, least, mean and most",
            key="chart_at_once",
            on_pick=lambda: _to_step(found, asked),
            marks=_notes(asked),
        )
        st.caption(
            f"The line is the mean {figures.per(step)}, the band from least to most."
            " A click leads to the calls that started then."
        )
    left, right = st.columns(2)
    with left:
        _days(found, asked, channels)
    with right, show.card("Channels needed"):
        _what_if(found, asked, channels)


def _notes(asked: Asked) -> dict[str, pd.DataFrame]:
    return marking.noted(asked.scope, asked.period.window, asked.filters, asked.zone)


def _to_step(found: Found, asked: Asked) -> None:
    mark = show.picked("chart_at_once")
    if mark is not None:
        dimensions.to_step(asked, show.stamp(mark["start"]), found.question.drawn_by)


def _days(found: Found, asked: Asked, channels: int | None) -> None:
    """The days that came near the channels there are; all days while that is not known."""
    listed = found.sweep.days
    with show.card("Days near the limit" if channels else "Days"):
        if channels:
            listed = tuple(nearly_full(listed, channels))
            whole = len(found.sweep.days)
            st.markdown(
                f"**{len(listed)} of {whole} {'day' if whole == 1 else 'days'}** reached"
                f" {NEARLY_FULL} % of {channels:,} channels."
            )
        else:
            st.caption(f"Licensed channels show which days reached {NEARLY_FULL} % of them.")
        if not listed:
            return
        data = at_once.days(listed, channels, asked.zone)
        config = {
            "day": st.column_config.DateColumn("Day", format="ddd D MMM YYYY"),
            "peak": tables.number("Peak"),
            "peak_at": tables.instant("Peak at", asked.zone),
            "mean": st.column_config.NumberColumn("Average", format="%.1f"),
            "share": st.column_config.NumberColumn("Of channels", format="%.0f %%"),
        }
        tables.offer(data, config)
        st.dataframe(
            data,
            key="table_days",
            hide_index=True,
            height="content" if len(data) < 8 else 290,
            placeholder=format.NOTHING,
            on_select=lambda: _to_day(asked, listed),
            selection_mode="single-row",
            alt="Days with their peaks",
            column_config=config,
        )


def _to_day(asked: Asked, listed: Sequence[Stretch]) -> None:
    for row in tables.chosen_rows("table_days"):
        dimensions.to_step(asked, as_local(listed[row].at, asked.zone), "day")


def _what_if(found: Found, asked: Asked, channels: int | None) -> None:
    """By Erlang-B: the channels that the busy hour takes, and what more traffic would do."""
    busy = busy_hour(found.sweep.hours)
    assert busy is not None  # else there were no calls, and find told so
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Blocked at most", width="content")
        chosen = filters.choose("Blocking", list(BLOCKING), "blocking", default="1 %")
    growth = _slider("Traffic of the busy hour, more or less, %", "growth", GROWTH)
    added = _slider("Channels, more or fewer", "added", ADDED)
    with frame.trouble_told():
        told = at_once.what_if(busy.traffic_e, growth, BLOCKING[chosen], channels, added)
    with st.grid(3, min_column_width=130, gap="small"):
        st.metric("Traffic", at_once.erlangs(told.traffic_e))
        st.metric(f"Needed for {chosen}", f"{told.needed:,} channels")
        st.metric(f"Blocked with {told.channels:,}", at_once.share(told.blocked))
    st.caption(
        "Erlang-B of the busy hour. What was refused is not in it: where the peak lies at the"
        " limit for long, more channels are needed than this."
    )


def _slider(label: str, key: str, reach: tuple[int, int]) -> int:
    least, most = reach
    return int(st.slider(label, least, most, 0, key=key, bind="query-params"))


@bar.part("concurrent")
def spread(found: Found, asked: Asked) -> None:
    """Who held the channels, and in which hours."""
    left, right = st.columns(2)
    with left, show.card("Who held them", help="Each by itself: their peaks do not add up."):
        _by_split(found, asked)
    with right, show.card("Carried traffic", help=CARRIED_HELP):
        _by_hour(found, asked)


def _by_split(found: Found, asked: Asked) -> None:
    """The largest switches, carriers or account codes."""
    label = filters.choose("Held by", _offered(), "held_by")
    filters.complain()
    column = dimensions.DIMENSIONS[label]
    swept = _swept(found.question, asked, label).largest
    names = dimensions.names_of(asked, column, swept)
    _lines(found, asked, column, swept, names)
    data = at_once.split_rows(swept, names, found.question.window)
    config = {
        "name": tables.text(label),
        "peak": tables.number("Peak"),
        "peak_at": tables.instant("Peak at", asked.zone),
        "busy": st.column_config.NumberColumn("Busy hour, E", format="%.2f"),
        "mean": st.column_config.NumberColumn("Average", format="%.1f"),
    }
    by_value.table(
        data,
        config,
        "table_split",
        asked,
        dimensions.of_each(column, swept),
        alt=f"Calls at once by {label.lower()}",
        height="auto",
    )


def _lines(
    found: Found,
    asked: Asked,
    column: str,
    swept: Mapping[Value, Sweep],
    names: Mapping[Value, str],
) -> None:
    step = found.question.drawn_by
    keyed = {name: key for key, name in names.items()}

    def to_point() -> None:
        mark = show.picked("chart_split")
        if mark is not None:
            at = show.stamp(mark["start"]), step
            dimensions.to_calls(asked, column, keyed[str(mark["name"])], at)

    show.chart(
        "at_once_lines",
        at_once.lines(swept, names, step, asked.zone),
        f"Most at once {figures.per(step)}",
        tuple(keyed),
        tuple(charts.SERIES[: len(keyed)]),
        alt="Most calls at once over time by group",
        key="chart_split",
        on_pick=to_point,
        marks=_notes(asked),
    )


def _by_hour(found: Found, asked: Asked) -> None:
    data = at_once.hours(found.sweep.hours, asked.zone)
    show.chart(
        "day_hours",
        data,
        data["day"].nunique(),
        alt="Carried traffic by day and hour",
        key="chart_carried",
        on_pick=lambda: _to_hour(asked),
    )


def _to_hour(asked: Asked) -> None:
    mark = show.picked("chart_carried")
    if mark is not None:
        dimensions.to_step(asked, show.stamp(mark["start"]), "hour")
