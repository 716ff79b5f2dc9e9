"""The legs of a call over time: as a chart, and the same in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from cdrstats import format
from cdrstats.calls import Leg, Phase, Timeline
from cdrstats.choices import Names
from cdrstats.clock import Window
from cdrstats.ui import call_html, charts_call, show
from cdrstats.ui.calls import result_of

LONGEST_NUMBER = 24
"""Characters of a number in a label; a SIP address may be longer."""

SHORTEST = timedelta(seconds=1)
"""A leg that took no time is drawn as long as this, to be seen at all."""


def show_timeline(timeline: Timeline, names: Names, zone: ZoneInfo) -> None:
    """The chart of the legs, and their list; nothing is said of what is not there."""
    words = [_in_words(leg, names, zone) for leg in timeline.legs]
    show.chart(
        "legs",
        _data(timeline.legs, names, zone),
        alt="Timeline of the call. " + " ".join(f"{head}: {rest}" for head, rest in words),
        key="call_timeline",
    )
    if timeline.left_out:
        what = "record is" if timeline.left_out == 1 else "records are"
        st.caption(f"{timeline.left_out} more {what} under Records.")
    with st.expander("The timeline in words"):
        st.html(call_html.listing(words))


def _data(legs: tuple[Leg, ...], names: Names, zone: ZoneInfo) -> pd.DataFrame:
    """A row a phase, for the chart."""
    first = min(leg.span.start for leg in legs)
    # All distances are true ones; only the first moment is of the viewer's clock, which may
    # change while somebody talks.
    origin = first.astimezone(zone).replace(tzinfo=UTC)
    rows = []
    for number, leg in enumerate(legs):
        label = _label(leg, names)
        at_once = Phase("Connecting", Window(leg.span.start, leg.span.start + SHORTEST))
        for phase in leg.phases or (at_once,):
            start, end = phase.span.start, phase.span.end
            length = phase.span.length if leg.phases else timedelta()
            rows.append(
                {
                    "leg": f"{number:02d}{charts_call.OPENED if leg.opened else ' '}{label}",
                    "first": leg.opened and start == leg.span.start,
                    "name": label,
                    "start": origin + (start - first),
                    "end": origin + (end - first),
                    "phase": phase.name,
                    "when": f"{_clock(start, zone)} {format.NOTHING} {_clock(end, zone)}",
                    "length": format.clock(length.total_seconds()),
                }
            )
    return pd.DataFrame(rows)


def _label(leg: Leg, names: Names) -> str:
    length = format.clock(leg.span.length.total_seconds())
    return f"{_numbers(leg)} · {_result(leg, names)} · {length}"


def _numbers(leg: Leg) -> str:
    return " → ".join(_short(number) for number in (leg.caller, leg.destination))


def _short(number: str) -> str:
    if len(number) > LONGEST_NUMBER:
        return f"{number[: LONGEST_NUMBER - 1]}…"
    return number or "unknown"


def _result(leg: Leg, names: Names) -> str:
    return result_of({"answered": leg.answered, "hangup_cause_id": leg.hangup_cause_id}, names)


def _in_words(leg: Leg, names: Names, zone: ZoneInfo) -> tuple[str, str]:
    """The numbers of a leg, and what happened in it."""
    head = f"{_numbers(leg)} (this call)" if leg.opened else _numbers(leg)
    phases = ", ".join(
        f"{phase.name.lower()} {format.clock(phase.span.length.total_seconds())}"
        for phase in leg.phases
    )
    parts = [
        "B leg" if leg.kind == "leg" else "",
        _result(leg, names).lower(),
        f"from {_clock(leg.span.start, zone)}",
        phases or "ended at once",
    ]
    return head, ", ".join(part for part in parts if part) + "."


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M:%S}"
