"""What can be done with what was clicked in a chart or a table: its calls, or only it."""

from collections.abc import Callable, Mapping

import streamlit as st

from cdrstats.traffic import Step
from cdrstats.ui import bar, dimensions, explain, figures, format, timechart
from cdrstats.ui.bar import Asked
from cdrstats.ui.dimensions import Link, Of
from cdrstats.ui.figures import Span
from cdrstats.ui.timechart import Drawing, Picked

Meant = Mapping[str, Of | None]
"""What each line is of: None of one that is of all others; absent: of all."""


def actions(
    asked: Asked, drawing: Drawing, key: str, meant: Meant, of_table: Picked | None = None
) -> None:
    """A row of buttons for what was clicked or brushed, if anything was.

    Args:
        key: of the chart, as in `timechart.draw`.
        of_table: what was chosen in the table of the same figures.
    """
    brushed = timechart.brushed(drawing, key)
    picked = timechart.picked(drawing, key) or of_table
    if brushed is not None:
        with _row(f"brushed_{key}"):
            st.markdown(f"Zoomed to {_between(brushed)}")
            _button("zoom", "Make it the period", key, bar.narrow_to, asked, brushed)
    if picked is not None:
        with _row(f"picked_{key}"):
            _of_picked(asked, drawing, key, meant, picked)


def _row(key: str) -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", gap="small", key=key)


def _of_picked(asked: Asked, drawing: Drawing, key: str, meant: Meant, picked: Picked) -> None:
    name, span = picked.name, picked.span
    of = () if name is None else meant.get(name, ())
    link = None if of is None else dimensions.link_of(asked, of)
    told = name is not None and (len(drawing.lines) > 1 or span is None)
    words = [f"**{name}**"] if told else []
    words += [_when(asked, span, drawing.step)] if span else []
    st.markdown(" · ".join(words))
    if of is not None and (span is None or drawing.metric.percentile is None):
        st.button(  # what was clicked stays so
            "Explain",
            icon=":material/info:",
            key=f"explain_{key}",
            on_click=explain.ask_for,
            args=(drawing.metric.name, of, bar.part_of(asked, span) if span else None),
        )
    if link is not None:
        _button("calls", "Open the calls", key, _to_calls, asked, span, link)
    elif span is not None:
        _button("calls", "Open all calls of this time", key, _to_calls, asked, span, {})
    if link:
        _button("only", f"Only {name}", key, bar.narrow, link)
    if span is not None:
        _button("time", "Only this time", key, bar.narrow_to, asked, span)
    _button("clear", "Clear", key, lambda: None)


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


def _to_calls(asked: Asked, span: Span | None, link: Link) -> None:
    if span is None:
        bar.to_calls(asked, **link)
    else:
        bar.to_calls_of(asked, span, **link)


def _when(asked: Asked, span: Span, step: Step) -> str:
    first, *_ = figures.spans(span.window, step, asked.zone)
    return figures.when(span, step) if span.end <= first.end else _between(span)


def _between(span: Span) -> str:
    first, last = (f"{one:%a} {one.day} {one:%b %H:%M}" for one in (span.start, span.end))
    return f"{first} {format.NOTHING} {last}"
