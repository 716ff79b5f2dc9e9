"""The part of the Routes page that hints at answers which nobody gave."""

from dataclasses import replace
from typing import Any

import streamlit as st

from cdrstats import format
from cdrstats.analysis import BRIEF_S, QUICK_MS, Suspicion, answering
from cdrstats.traffic import EXACT_UP_TO, Question
from cdrstats.ui import frame, scores, show, suspects, tables
from cdrstats.ui.destinations import Value
from cdrstats.ui.route_controls import Routes

HELP = (
    "Of answered calls. “Answered too soon”: at least 30 % of the answers had a post-dial delay"
    " of at most 1 second, sooner than a line can ring. “Short calls”: calls of at most"
    " 10 seconds are at least twice as frequent as on the other routes to the same destination,"
    " by more than chance. From 30 calls on."
)
HINT = (
    "A hint, no proof: announcements, and calls within one house, look the same. Listen to some"
    " of the calls, or call a number that nobody answers."
)
CALLS = {
    "quick": f"post-dial delay <= {QUICK_MS}",
    "brief": f"talk time <= {BRIEF_S}",
}
"""The condition that the calls of a sign meet."""


def card(routes: Routes) -> None:
    """Each route to each of the first destinations, those with signs first."""
    with show.card("Signs of false answers", help=HELP):
        if routes.asked.period.window.length > EXACT_UP_TO:
            show.empty(
                "No telling for so long a period.",
                f"Calls are looked through for up to {EXACT_UP_TO.days} days.",
            )
            return
        found = suspects.ranked(
            frame.read_calls(answering, routes.asked.scope, _question(routes))
        )[: suspects.ROWS]
        if not found:
            show.empty(
                "No answered calls.", "Signs are looked for in calls that were answered."
            )
            return
        _table(routes, found)
        st.caption(HINT)
        if not any(row.own.timed for _, row in found):
            st.caption("No switch tells the post-dial delay of these calls.")


def _question(routes: Routes) -> Question:
    """About the destinations of the matrix, or the chosen one."""
    place, _ = routes.question.by
    first = (
        tuple(routes.destinations)[: scores.DESTINATIONS]
        if routes.destination is None
        else (routes.destination,)
    )
    question = routes.question
    return replace(question, filters=question.filters.only(place, *first))


def _table(routes: Routes, found: list[tuple[Value, Suspicion]]) -> None:
    data = suspects.table(found, routes.destinations, routes.routes)
    config = {
        "destination": tables.text("Destination", width=130),
        "route": tables.text(routes.kind, width=120),
        "signs": tables.text("Sign", width=200),
        "answered": tables.number("Answered"),
        "quick": _share("PDD ≤ 1 s"),
        "quick_others": _share("PDD ≤ 1 s, others"),
        "brief": _share("≤ 10 s"),
        "brief_others": _share("≤ 10 s, others"),
    }
    tables.offer(data, config)
    st.dataframe(
        data,
        key="table_suspects",
        hide_index=True,
        placeholder=format.NOTHING,
        height="content" if len(data) < 9 else 318,
        on_select=lambda: _to_row(routes, found),
        selection_mode="single-row",
        alt="How calls were answered, by destination and route",
        column_config=config,
    )


def _share(label: str) -> Any:
    return st.column_config.NumberColumn(label, format="%.1f %%")


def _to_row(routes: Routes, found: list[tuple[Value, Suspicion]]) -> None:
    """To the calls that are the sign, or to all answered ones if there is none."""
    for at in tables.chosen_rows("table_suspects"):
        destination, row = found[at]
        where = [CALLS[row.signs[0]]] if row.signs else []
        routes.to_calls(int(row.key[0]), destination, where, result="Answered")
