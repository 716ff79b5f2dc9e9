"""The filter bar: the same on every page that shows calls, each choice in the URL.

with bar.row("Compare"):     title, period, filters; then what the page adds
    ...
asked = bar.asked(viewer)    dates, chips, caption; and what the page is asked
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec
from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats import format, health
from cdrstats.accounts import Scope, Viewer
from cdrstats.choices import Names, Period, between, filters_of, names
from cdrstats.clock import Window
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters, newest_start, searches_masked
from cdrstats.health import Freshness
from cdrstats.metrics import SUMS, parts_for
from cdrstats.traffic import Question, Step, ask, first_slot, from_calls
from cdrstats.ui import conditions, filters, frame, periods, saved, share, show

P = ParamSpec("P")

FIELDS = (
    "switch",
    "customer",
    "carrier",
    "country",
    "cause",
    "direction",
    "type",
    "source",
    "result",
)
"""The filters with a box of their own; the others are conditions."""

CHIPS = (*FIELDS, "where", *filters.LINKED)
COUNTS = ("Each attempt", "Retries and legs as one")
COUNT_HELP = (
    "As one: records with the same call id on a switch, and a call from and to the same numbers"
    " within a minute after an unanswered one. Such figures are read from the calls."
)
KEYS = ("zone", "period", "from", "to", "count", *CHIPS)
"""The parameters of the URL that say which calls are meant."""

CALLS_DAYS, CALLS_AS_ONE_DAYS = 31, 7
"""Of what no roll-up can answer, calls of so many days are read unless the viewer wants all."""

NARROWED = "narrowed"
"""Whether a part of the page has changed what the whole page is about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is asked: which calls of which period, for whom."""

    scope: Scope
    period: Period
    zone: ZoneInfo
    filters: Filters
    names: Names
    collapsed: bool  # retries and legs are one call
    whole: bool  # the viewer waits for all of the period, if it takes long
    fresh: Freshness = field(repr=False)
    since: datetime | None = None  # the quarter-hour of the first call; None: there is none

    @property
    def known(self) -> Window:
        """The period as far as there are data."""
        known = self.period.window.known(self.fresh.last_call)
        start = known.start if self.since is None else max(known.start, self.since)
        return Window(min(start, known.end), known.end)

    def question(
        self, *by: str, step: Step | None = None, parts: frozenset[str] = SUMS
    ) -> Question:
        """The question about this period and these calls, split by columns of a call."""
        return Question(
            self.period.window,
            by,
            step,
            self.zone,
            self.filters,
            collapsed=self.collapsed,
            parts=parts,
        )

    def before(self, question: Question) -> Question:
        """The same question about the period that this one is compared with."""
        return replace(question, window=self.period.before)


def freshness(viewer: Viewer) -> Freshness:
    """How current the figures are that the viewer sees."""
    last_call = frame.read(newest_start, viewer.scope, begun=True)
    return frame.read_of_house(health.freshness, last_call)


@contextmanager
def row(title: str) -> Iterator[None]:
    """Title left; period, filters and sharing right, and what the page writes inside."""
    named = frame.read(names, frame.viewer().scope)
    filters.zone()
    with show.header(title):
        periods.control()
        with st.popover("Filters", icon=":material/tune:", key="filters", help="Which calls"):
            _filters(named)
        saved.menu(title)
        share.menu()
        yield


def _filters(named: Names) -> None:
    with st.grid(2, min_column_width=200, gap="small"):
        filters.name_filters(named, FIELDS[:-1])
        filters.result_filter()
    st.caption("Numbers, account and dial codes, durations, amounts:")
    conditions.controls()
    st.caption("What counts as a call", help=COUNT_HELP)
    filters.choose("Count", COUNTS, "count")
    st.button(
        "Reset all",
        icon=":material/restart_alt:",
        type="tertiary",
        on_click=_reset,
        key="reset",
    )


def _reset() -> None:
    filters.clear(CHIPS)
    st.session_state["count"] = COUNTS[0]


def asked(
    viewer: Viewer,
    *more: str,
    compared: bool = True,
    collapses: bool = True,
    days: int | None = None,
) -> Asked:
    """Dates of a custom period, chips and caption below the row; returns what is asked.

    What makes no sense is told in a sentence, and ends the page there.

    Args:
        more: what the caption says beside period, zone and the newest call.
        compared: whether the page compares with the period before, and says so.
        collapses: whether the page can count retries and legs as one call.
        days: so many of a longer period are shown, unless the viewer asks for all of it.
    """
    zone = filters.zone()
    periods.custom_dates(zone)
    filters.chips(CHIPS)
    period = periods.chosen(zone)
    named = frame.read(names, frame.viewer().scope)
    fresh = freshness(viewer)
    collapsed = st.session_state.get("count") == COUNTS[1]
    refused = None
    try:
        chosen = filters_of(viewer.scope, filters.params(KEYS), named)
    except BadRequest as exc:
        refused, chosen = exc, Filters()
    since = frame.read(first_slot, viewer.scope)
    found = Asked(viewer.scope, period, zone, chosen, named, collapsed, False, fresh, since)
    if days is not None:
        found = _parted(found, days)
    elif collapses:
        found = _quick(found, found.question())
    words = [format.span(found.period.window.start, found.period.window.end, zone)]
    if compared:
        words.append(f"compared with {found.period.compared_with}")
    if collapsed:
        words.append("retries and legs " + ("are one call" if collapses else "count each"))
    if searches_masked(viewer.scope, chosen.texts):
        words.append(f"numbers are searched without their last {viewer.scope.masked} digits")
    show.caption([*words, *more], fresh, zone, frame.now())
    filters.complain()
    if refused:
        frame.tell(refused)
    return found


def quick(asked: Asked, question: Question) -> Asked:
    """What a part of a page is asked, or its last days where `question` reads many calls."""
    found = _quick(asked, question)
    if found.period != asked.period:
        window = found.period.window
        st.caption(f"Shown: {format.span(window.start, window.end, asked.zone)}")
    return found


def _quick(asked: Asked, question: Question) -> Asked:
    days = CALLS_AS_ONE_DAYS if asked.collapsed else CALLS_DAYS
    if asked.whole or from_calls(question, asked.scope) <= timedelta(days=days):
        return asked
    return _parted(asked, days)


def _parted(asked: Asked, days: int) -> Asked:
    period = periods.parted(asked.period, asked.zone, days)
    return replace(asked, period=period, whole=period == asked.period)


def part(permission: str | None = None) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """A part of a page that runs by itself when its own controls change.

    Such a run goes past app.py and the page's guard, so it asks for itself who is looking.

    Args:
        permission: what it takes to see it; None: it is for whoever is signed in.
    """

    def made(body: Callable[P, None]) -> Callable[P, None]:
        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            viewer = frame.require(permission) if permission else frame.whoever()
            asked = [one.scope for one in args if isinstance(one, Asked)]
            if st.session_state.pop(NARROWED, False) or asked not in ([], [viewer.scope]):
                st.rerun()
            body(*args, **kwargs)
            filters.leave()

        return st.fragment(wraps(body)(guarded))

    return made


def narrow(chosen: Mapping[str, str | list[str]]) -> None:
    """Set filters, by their parameters of the URL; for callbacks, the page then follows."""
    st.session_state.update(chosen)
    st.session_state[NARROWED] = True


def narrow_to(asked: Asked, window: Window) -> None:
    """Let the period be the window; for callbacks, the page then follows."""
    filters.show_between(window, asked.zone)
    st.session_state[NARROWED] = True


def stop_without_calls(asked: Asked, collapses: bool = True) -> None:
    """End a page there, told why, where no call is in the period and filters.

    Args:
        collapses: as for `asked`.
    """
    question = asked.question(parts=parts_for("calls"))
    if not collapses:
        question = replace(question, collapsed=False)
    if not frame.read_calls(ask, asked.scope, question):
        nothing_found(asked)
        st.stop()


def nothing_found(asked: Asked) -> None:
    """What stands where no call is in the period and filters."""
    filters.nothing_found(asked.fresh, asked.zone, CHIPS)


def to_calls(asked: Asked, **more: str | list[str]) -> None:
    """Lead to the calls of this page, narrowed by `more` parameters of the URL."""
    to_page("calls", asked, **more)


def to_page(page: str, asked: Asked, **more: str | list[str]) -> None:
    """Lead to another page with this page's period and filters, and `more`."""
    counted = {"count": COUNTS[1]} if asked.collapsed else {}
    filters.go(page, filters.link_to(asked.zone, asked.period, CHIPS, **counted, **more))


def to_calls_of(asked: Asked, window: Window | None, **more: str | list[str]) -> None:
    """Lead to the calls of a window; None: of the period."""
    to_calls(asked, **(between(window, asked.zone) if window else {}), **more)
