"""The parts of the Views page."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats import format, health
from cdrstats.accounts import Viewer
from cdrstats.aggregates.views import ViewDifference, ViewStatus, check, status
from cdrstats.choices import NAMED, Names, Period, between
from cdrstats.clock import Window, as_local
from cdrstats.filters import Filters
from cdrstats.health import ViewRow, ViewStep, view_rows
from cdrstats.ui import charts, figures, filters, frame, marking, show, tables
from cdrstats.ui.courses import OTHERS

BY = {
    "Country": "country",
    "Switch": "switch",
    "Source": "source",
    "Hangup cause": "cause",
    "Customer": "customer",
}
SUMS = {
    "Calls": "calls",
    "Minutes": "minutes",
    "Buy cost": "buy_cost",
    "Sell cost": "sell_cost",
}
MEASURES: dict[str, Callable[[ViewRow], float]] = {
    "calls": lambda row: float(row.nbcalls),
    "minutes": lambda row: row.billsec / 60,
    "buy_cost": lambda row: float(row.buy_cost),
    "sell_cost": lambda row: float(row.sell_cost),
}
LEADERS = len(charts.SERIES) - 1


@dataclass(frozen=True)
class Choice:
    view: str
    by: str
    measure: str


def controls() -> Choice:
    """Which view, by what, which sum."""
    with st.container(horizontal=True, vertical_alignment="center"):
        view = filters.choose("View", list(health.VIEWS), "view")
        by = filters.choose("By", list(BY), "by")
        measure = filters.choose("Sum", list(frame.offered(SUMS)), "sum")
    return Choice(view, by, measure)


def step_for(view: str, window: Window) -> ViewStep:
    """The step in which a view is drawn."""
    if view == "Minute" and window.length <= timedelta(hours=6):
        return "minute"
    step = figures.step_for(window)
    return "hour" if step == "quarter" else step


def chart(viewer: Viewer, choice: Choice, period: Period, zone: ZoneInfo, names: Names) -> None:
    """The view over time, its largest keys by colour."""
    if not _readable(health.VIEWS[choice.view].name):
        return
    window = period.window
    step = step_for(choice.view, window)
    column = NAMED[BY[choice.by]]
    rows = frame.read(view_rows, viewer.scope, choice.view, window, column, step, zone.key)
    named = names.of(column)
    with show.card(f"{choice.measure} by {choice.by.lower()}"):
        if not rows:
            show.empty(
                "The view holds nothing of this period.",
                "Widen the period, or see below when the view is refreshed next.",
            )
            return
        order, values = grouped(rows, choice, named, zone)
        show.chart(
            "stacked",
            figures.stack(figures.spans(window, step, zone), values, order, step),
            f"{choice.measure} a {step}",
            tuple(order),
            tuple(charts.SERIES[: len(order)]),
            320,
            alt=f"{choice.measure} by {choice.by.lower()}, from the view itself",
            key="chart_view",
            on_pick=lambda: _to_calls(choice, step, period, zone),
            marks=marking.noted(viewer.scope, window, Filters(), zone),
        )


def _readable(name: str) -> bool:
    """Whether the view `name` can be read; where it cannot, that is said."""
    view = next(view for view in frame.read_now(status) if view.name == name)
    if not view.exists:
        show.empty("This view does not exist.", f"{name} was dropped and not made anew yet.")
    elif not view.populated:
        show.empty("This view is empty.", f"{name} was made WITH NO DATA: a refresh fills it.")
    elif not view.as_it_should_be:
        show.empty("This view has other columns.", f"{name} was made by another statement.")
    else:
        return True
    return False


def grouped(
    rows: list[ViewRow], choice: Choice, named: dict[int, str], zone: ZoneInfo
) -> tuple[list[str], dict[datetime, dict[str, float]]]:
    """The names of the largest keys, largest first, and the sums of each step by name."""
    measure = MEASURES[SUMS[choice.measure]]
    sums: dict[int, float] = defaultdict(float)
    for row in rows:
        sums[row.key] += measure(row)
    ranked = sorted(sums, key=lambda key: -sums[key])
    order = {key: named.get(key, str(key)) for key in ranked[:LEADERS]}
    values: dict[datetime, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        values[as_local(row.at, zone)][order.get(row.key, OTHERS)] += measure(row)
    return [*order.values(), *([OTHERS] if len(ranked) > LEADERS else [])], values


def _to_calls(choice: Choice, step: ViewStep, period: Period, zone: ZoneInfo) -> None:
    mark = show.picked("chart_view")
    if mark is None:
        return
    span = figures.span_at(show.stamp(mark["start"]), step, zone)
    part = span.window.common(period.window) or span.window
    link = filters.link_to(zone, period, ()) | between(part, zone)
    if mark["name"] != OTHERS:
        link[BY[choice.by]] = [str(mark["name"])]
    filters.go("calls", link)


def states(zone: ZoneInfo) -> None:
    """When each view was refreshed, how far it is behind, when it is due."""
    frame.require("views")
    now = frame.now()
    found = frame.read_now(status)
    with st.grid(2, min_column_width=320):
        for view in found:
            with show.card(view.name):
                _state(view, zone, now)


def _state(view: ViewStatus, zone: ZoneInfo, now: datetime) -> None:
    if not view.exists:
        st.badge("Missing", icon=":material/error:", color="red")
        st.caption("Nobody dropped it on purpose? `python -m cdrstats db upgrade` makes it.")
        return
    with st.container(horizontal=True):
        if view.trouble:
            st.badge("Trouble", icon=":material/error:", color="red")
        elif view.behind:
            st.badge("Behind", icon=":material/schedule:", color="orange")
        else:
            st.badge("Up to date", icon=":material/check_circle:", color="green")
    facts = {
        "Refreshed": _moment(view.refreshed_at, zone, now),
        "Behind by": _behind(view, now),
        "Next due": _due(view, zone, now),
        "Took": f"{view.took_ms:,} ms" if view.took_ms is not None else format.NOTHING,
        "Rows, about": format.count(view.rows if view.rows and view.rows > 0 else None),
        "Size": format.size(view.size_bytes),
        "Owner": view.owner or format.NOTHING,
    }
    st.table(facts, border="horizontal")
    if view.trouble:
        st.warning(view.trouble, icon=":material/build:")


def _moment(instant: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    if instant is None:
        return "never by the job process"
    return f"{format.moment(instant, zone, seconds=True)} ({format.ago(instant, now)})"


def _due(view: ViewStatus, zone: ZoneInfo, now: datetime) -> str:
    if not view.behind:
        return "when calls change"
    if view.next_due_at is None or view.next_due_at <= now:
        return "at once"
    return _moment(view.next_due_at, zone, now)


def _behind(view: ViewStatus, now: datetime) -> str:
    if not view.behind:
        return "nothing"
    return format.length(now - view.changed_at) if view.changed_at else "a change just made"


def check_card(zone: ZoneInfo) -> None:
    """Compare both views with the roll-ups, day by day, when asked to."""
    with show.card(
        "Check against the roll-ups",
        help="Every sum of every day. Reads both views whole.",
    ):
        if st.button("Compare now", icon=":material/rule:"):
            with st.spinner("Comparing…"):
                st.session_state["view_check"] = frame.read_now(check), frame.now()
        if "view_check" in st.session_state:
            found, at = st.session_state["view_check"]
            _compared(found, at, zone)


def _compared(found: list[ViewDifference], at: datetime, zone: ZoneInfo) -> None:
    when = format.moment(at, zone, seconds=True)
    found = [one for one in found if frame.shown([one.column])]
    wrong = [one for one in found if not one.behind]
    if not found:
        st.success(
            f"Both views agree with the roll-ups ({when}).", icon=":material/check_circle:"
        )
        return
    if wrong:
        st.error(f"{len(wrong)} sums differ ({when}).", icon=":material/error:")
    else:
        st.info(
            f"{len(found)} sums differ, all of days changed since the last refresh ({when}).",
            icon=":material/schedule:",
        )
    config = {
        "view": tables.text("View"),
        "day": st.column_config.DatetimeColumn("Day (UTC)", format="YYYY-MM-DD"),
        "column": tables.text("Sum"),
        "shown": tables.number("In the view"),
        "counted": tables.number("In the roll-ups"),
        "behind": st.column_config.CheckboxColumn("Changed since the refresh"),
    }
    data = tables.frame_of(found[:500], tuple(config))
    tables.offer(data, config)
    st.dataframe(data, hide_index=True, alt="Sums that differ", column_config=config)
