"""What can be done with what was clicked in a chart or a table: its calls, or only it."""

from collections.abc import Callable, Mapping

import streamlit as st

from cdrstats import format
from cdrstats.clock import Window
from cdrstats.traffic import Step
from cdrstats.ui import bar, dimensions, explain, figures, frame, timechart
from cdrstats.ui.bar import Asked
from cdrstats.ui.dimensions import Link, Of
from cdrstats.ui.explain import When
from cdrstats.ui.figures import Span
from cdrstats.ui.timechart import Drawing, Picked

Meant = Mapping[str, Of | None]
"""What each line is of: None of one that is of all others; absent: of all."""

Within = Mapping[str | None, Window]
"""The window of a line by its name, or by None of all others; absent: the page's period."""


def actions(
    asked: Asked,
    drawing: Drawing,
    key: str,
    meant: Meant,
    of_table: Picked | None = None,
    within: Within | None = None,
) -> None:
    """A row of buttons for what was clicked or brushed, if anything was.

    Args:
        key: of the chart, as in `timechart.draw`.
        of_table: what was chosen in the table of the same figures.
        within: where lines are of other windows than the page's period.
    """
    windows = {None: asked.period.window, **(within or {})}
    brushed = timechart.brushed(drawing, key)
    picked = timechart.picked(drawing, key) or of_table
    if brushed is not None:
        with _row(f"brushed_{key}"):
            st.markdown(f"Zoomed to {_between(brushed)}")
            part = brushed.within(windows[None])
            _button("zoom", "Make it the period", key, bar.narrow_to, asked, part)
    if picked is not None:
        window = windows.get(picked.name, windows[None])
        with _row(f"picked_{key}"):
            _of_picked(asked, drawing, key, meant, picked, window)


def _row(key: str) -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", gap="small", key=key)


def _of_picked(
    asked: Asked, drawing: Drawing, key: str, meant: Meant, picked: Picked, window: Window
) -> None:
    name, span = picked.name, picked.span
    of = () if name is None else meant.get(name, ())
    link = None if of is None else dimensions.link_of(asked, of)
    part = span.within(window) if span else None
    told = name is not None and (len(drawing.lines) > 1 or span is None)
    words = [f"**{name}**"] if told else []
    words += [_when(asked, span, drawing.step)] if span else []
    st.markdown(" · ".join(words))
    if of is not None and picked.metric is not None:
        st.button(  # what was clicked stays so
            "Explain",
            icon=":material/info:",
            key=f"told_{key}",
            on_click=explain.ask_for,
            args=(picked.metric, of, _when_of(asked, drawing, window, part)),
        )
    leads = frame.viewer().may("calls")
    if leads and link is not None:
        _button("calls", "Open the calls", key, _to_calls, asked, part, link)
    elif leads and part is not None:
        _button("calls", "Open all calls of this time", key, _to_calls, asked, part, {})
    if link:
        _button("only", f"Only {name}", key, bar.narrow, link)
    if part is not None:
        _button("time", "Only this time", key, bar.narrow_to, asked, part)
    _button("clear", "Clear", key, lambda: None)


def _when_of(
    asked: Asked, drawing: Drawing, window: Window, part: Window | None
) -> When | None:
    """The time of a figure, as it is explained."""
    if part is not None and part != window:
        return When(window, drawing.step, part)
    return None if window == asked.period.window else When(window)


ICONS = {
    "calls": ":material/list:",
    "only": ":material/filter_alt:",
    "time": ":material/zoom_in:",
    "zoom": ":material/zoom_in:",
    "clear": ":material/close:",
}


def _button(does: str, label: str, key: str, act: Callable[..., None], *args: object) -> None:
    st.button(
        label,
        icon=ICONS[does],
        type="tertiary" if does == "clear" else "secondary",
        key=f"{does}_{key}",
        on_click=_done,
        args=(key, act, *args),
    )


def _done(key: str, act: Callable[..., None], *args: object) -> None:
    act(*args)
    timechart.forget(key)


def _to_calls(asked: Asked, part: Window | None, link: Link) -> None:
    bar.to_calls_of(asked, part, **link)


def _when(asked: Asked, span: Span, step: Step) -> str:
    first, *_ = figures.spans(span.window, step, asked.zone)
    return figures.when(span, step) if span.end <= first.end else _between(span)


def _between(span: Span) -> str:
    first, last = (f"{one:%a} {one.day} {one:%b %H:%M}" for one in (span.start, span.end))
    return f"{first} {format.NOTHING} {last}"
