"""Explain this number: how a figure came about, and exactly the calls that are in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats import counting, format
from cdrstats.clock import Window
from cdrstats.metrics import METRICS, Metric, Number, total
from cdrstats.statistics import wilson
from cdrstats.traffic import (
    DIMENSIONS,
    Answer,
    Key,
    Question,
    Step,
    measure,
    read_from,
    whole_steps,
)
from cdrstats.ui import bar, dimensions, filters, frame
from cdrstats.ui.bar import Asked
from cdrstats.ui.dimensions import Link, Of

OPEN = "explained"
TABLES = {
    "voip_cdr": "the calls themselves",
    "rollup_counted": "rollup_counted (the calls as they were counted)",
}


@dataclass(frozen=True, slots=True)
class When:
    """The time that a figure is of, where that is not the whole period of the page."""

    window: Window  # of the question that the page asked
    step: Step | None = None  # by which it was asked; None: the figure is of the window
    part: Window | None = None  # of the window: the steps that the figure is of


Opened = tuple[str, Of, When | None]
"""The metric whose explanation is asked for, and what and which time it is of, within what the
page shows."""


def button(name: str, place: str = "explain") -> None:
    """A button that opens the explanation of the metric `name`.

    Args:
        place: where it stands; "explain" is the corner of a card, where only its icon is shown.
    """
    st.button(
        "Explain",
        key=f"{place}_{name}",
        icon=":material/info:",
        type="tertiary",
        help=f"{METRICS[name].definition} Click to see how it came about.",
        on_click=ask_for,
        args=(name,),
    )


def ask_for(name: str, of: Of = (), when: When | None = None) -> None:
    """Let the next `drawer` explain the metric `name`; for callbacks.

    Args:
        when: None: the period of the page.
    """
    st.session_state[OPEN] = (name, of, when)


def drawer(asked: Asked) -> None:
    """Open the explanation that was asked for, if one was."""
    opened: Opened | None = st.session_state.pop(OPEN, None)
    if opened:
        _drawer(asked, *opened)


@st.dialog("How this number came about", position="right", width="medium")
def _drawer(asked: Asked, name: str, of: Of, when: When | None) -> None:
    frame.whoever()
    metric = METRICS[name]
    if when is not None:
        asked = _within(asked, when.window)
    question, key = _question(asked, of, when)
    found = frame.read_calls(measure, asked.scope, question, (name,))
    starts = _starts(when, asked.zone)
    answer = _together(key, [one for one in found if one.key == key and one.at in starts])
    value = answer.of(metric)
    if when and when.part:  # what is told of it, and where it leads
        asked = _within(asked, when.part)
    told = [dimensions.said(asked, column, one) for column, one in of]
    st.metric(", ".join([metric.label, *told]), metric.written(value))
    st.markdown(metric.definition)
    _worked(metric, answer, value)
    link = dimensions.link_of(asked, of)
    if link is not None and frame.viewer().may("calls"):
        _calls(asked, metric, link)
    _facts(asked, metric, question, told)
    filters.leave()


def _within(asked: Asked, window: Window) -> Asked:
    return replace(asked, period=replace(asked.period, preset="Custom", window=window))


def _question(asked: Asked, of: Of, when: When | None) -> tuple[Question, Key]:
    """What gives the figure, asked as the page asked; and the key that the figure has there.

    A filter, or a window of the steps alone, would do for each attempt by itself, but finds
    other calls where retries and legs are one: they are put together of the attempts that
    filters let through, in the window.
    """
    question = asked.question(step=when.step if when else None)
    if not of:
        return question, ()
    column, value = of[-1]
    filtered: Of = of  # nothing is split by a number
    key: Key = ()
    if column in DIMENSIONS:
        filtered, key = of[:-1], (value,)
        question = replace(question, by=(column,), kept=key)
    for place, one in filtered:
        question = replace(question, filters=question.filters.only(place, one))
    return question, key


def _starts(when: When | None, zone: ZoneInfo) -> set[datetime | None]:
    """The starts of the steps that are meant; that of the first may lie before the window."""
    if when is None or when.step is None or when.part is None:
        return {None}
    return {
        step.start
        for step in whole_steps(when.window, when.step, zone)
        if step.start < when.part.end and when.part.start < step.end
    }


def _together(key: Key, answers: Sequence[Answer]) -> Answer:
    """Several steps as one; without any, nothing."""
    spread = answers[0].spread if len(answers) == 1 else None
    return Answer(None, key, total(answer.parts for answer in answers), spread)


def _worked(metric: Metric, answer: Answer, value: Number | None) -> None:
    """The figure from its two parts, with its bounds where it is a share of calls."""
    if metric.percentile is not None:
        if answer.spread:
            error = answer.spread.error
            sure = f"{error:.0%} either way, or 25 ms if that is more" if error else "exact"
            st.markdown(f"Over {format.count(answer.spread.calls)} calls; {sure}.")
        return
    above = metric.top(answer.parts)
    rows = {metric.above.capitalize(): format.plain(above)}
    if metric.below and metric.bottom:
        rows[f"of {metric.below}"] = format.plain(metric.bottom(answer.parts))
    rows[metric.label] = metric.written(value)
    st.table(rows, border="horizontal")
    if metric.is_share and metric.bottom:
        bounds = wilson(int(above), int(metric.bottom(answer.parts)))
        if bounds:
            low, high = (format.percent(bound) for bound in bounds)
            st.caption(
                f"By chance alone, a true share of {low} to {high} may show as this"
                " (95 %, Wilson)."
            )


def _calls(asked: Asked, metric: Metric, link: Link) -> None:
    """Links to exactly the calls above, and below."""
    st.markdown("**The calls in it**")
    parts = [metric.above_calls] + ([metric.below_calls] if metric.below else [])
    with st.container(horizontal=True):
        for part in dict.fromkeys(parts):
            st.button(
                f"Calls {counting.WORDS[part]}" if part else "All calls",
                icon=":material/list:",
                key=f"behind_{part}",
                on_click=_to_calls,
                args=(asked, part, link),
            )


def _to_calls(asked: Asked, part: str, link: Link) -> None:
    bar.to_calls(asked, **link, **({"counted": part} if part else {}))


def _facts(asked: Asked, metric: Metric, question: Question, of: list[str]) -> None:
    """Period, what it is of, filters, cut-off and source."""
    window = asked.period.window
    tables = frame.read_calls(read_from, asked.scope, question, metric.name)
    cut = asked.filters.cut_off
    facts = {
        "Period": f"{format.span(window.start, window.end, asked.zone)} ({asked.zone.key})",
        "Of": ", ".join(of),
        "Counts": "calls that start in it; the end is not included",
        "Retries and legs": "counted as one call; the list shows each attempt"
        if asked.collapsed
        else "",
        "Left out": metric.leaves_out,
        "Filters": ", ".join(_filters()) or "none: all calls count",
        "Data cut-off": f"what was in on {format.moment(cut.at, asked.zone, seconds=True)}"
        if cut
        else "none: whatever has come in counts",
        "Newest call": format.moment(asked.fresh.last_call, asked.zone, seconds=True),
        "Read from": ", ".join(TABLES.get(table, table) for table in tables),
    }
    st.table({key: value for key, value in facts.items() if value}, border="horizontal")


def _filters() -> list[str]:
    """What is filtered by, in words; the cut-off of a link is told by itself."""
    return [
        format.literal(filters.described(field, value))
        for field in bar.CHIPS
        if field != "asof"
        for value in filters.values_of(field)
    ]
