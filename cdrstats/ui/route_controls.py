"""What the Routes page is about: which routes, to where, told apart by which share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from cdrstats.metrics import METRICS, Metric
from cdrstats.traffic import Question, ask, by_key
from cdrstats.ui import dimensions, filters, frame, scores, show
from cdrstats.ui.bar import Asked
from cdrstats.ui.destinations import Value
from cdrstats.ui.dimensions import DIMENSIONS, Link, Of

LEVELS = ("Country", "Dial code")
SEVERAL = {"Carrier": "carriers", "Switch": "switches"}
EVERYWHERE = "All destinations"
OFFERED = 300
"""So many destinations are offered; filters lead to the others."""

BY_LABEL = {METRICS[name].label: METRICS[name] for name in scores.SHARES}


@dataclass(frozen=True)
class Routes:
    """What the page is about: which routes, and what is known of them."""

    asked: Asked
    question: Question  # by destination and route
    found: scores.Found
    kind: str  # "Carrier" or "Switch"
    metric: Metric
    destination: Value | None  # None: all
    destinations: dict[Value, str]  # names of all that have calls, most calls first
    routes: dict[Value, str]

    @property
    def to(self) -> str:
        """'to Spain', 'to all destinations'."""
        chosen = self.destination
        return f"to {EVERYWHERE.lower() if chosen is None else self.destinations[chosen]}"

    def narrowed(self) -> Question:
        """The question by route about the calls to the destination only."""
        place, route = self.question.by
        asked_for = replace(self.question, by=(route,))
        if self.destination is None:
            return asked_for
        return replace(asked_for, filters=asked_for.filters.only(place, self.destination))

    def of(self, route: Value) -> Of:
        """What the figures of a route to the destination are of."""
        place, column = self.question.by
        to = () if self.destination is None else ((place, self.destination),)
        return (*to, (column, route))

    def to_calls(
        self,
        route: Value,
        destination: Value | None,
        where: Sequence[str] = (),
        **more: str | list[str],
    ) -> None:
        """Lead to the calls of a route to one destination, or to all.

        Args:
            where: conditions that the calls meet besides.
            more: further parameters of the URL.
        """
        place, column = self.question.by
        link: Link = {"where": filters.values_of("where")}
        if destination is not None:
            link |= dimensions.link(self.asked, place, destination) or {}
        conditions = [*link.pop("where"), *where]
        dimensions.to_calls(self.asked, column, route, None, where=conditions, **link, **more)


def controls(asked: Asked) -> Routes | None:
    """The row of choices and what they mean; None, and told, where no calls go."""
    with st.container(horizontal=True, vertical_alignment="center", key="routes"):
        level = filters.choose("Level", LEVELS, "level")
        kind = filters.choose("Route", list(SEVERAL), "route")
        metric = BY_LABEL[filters.choose("Share", list(BY_LABEL), "route_metric")]
        place, column = DIMENSIONS[level], DIMENSIONS[kind]
        question = asked.question(place, column)
        found = by_key(frame.read_calls(ask, asked.scope, question))
        ranking = scores.destinations(found)
        names = dimensions.names_of(asked, place, ranking)
        ids = {name: value for value, name in names.items()}
        with st.container(width=210):
            offered = _offered(list(ids), level == LEVELS[1])
            chosen = filters.choose("Destination", offered, "destination", box=True)
    if chosen not in (EVERYWHERE, *ids):
        show.empty(f"No calls to {chosen}.", "Choose another destination, or a longer period.")
        return None
    routes = dimensions.names_of(asked, column, scores.routes(found))
    return Routes(asked, question, found, kind, metric, ids.get(chosen), names, routes)


def _offered(names: list[str], codes: bool) -> list[str]:
    """All destinations, those with most calls, and the one that is chosen already.

    It stays when it has no calls, since all would be shown else; not one of the other level.
    """
    given = st.session_state.get("destination") or st.query_params.get("destination") or ""
    fits = given != "" and given[0].isdigit() == codes
    return list(dict.fromkeys([EVERYWHERE, *names[:OFFERED], *([given] if fits else [])]))
