"""Routes that may report answers nobody gave, as rows of a table. Pure."""

from collections.abc import Mapping, Sequence

import pandas as pd

from cdrstats.analysis import Answering, Suspicion, rank, suspicions
from cdrstats.traffic import Key
from cdrstats.ui.destinations import Value
from cdrstats.ui.scores import WORDS

ROWS = 100
SIGNS = {"quick": "answered too soon", "brief": "short calls"}
CLEAR = "no sign"


def ranked(found: Mapping[Key, Answering]) -> list[tuple[Value, Suspicion]]:
    """Each destination with each of its routes, as `suspicions` orders them."""
    by_destination: dict[Value, dict[Key, Answering]] = {}
    for (where, route), counts in found.items():
        by_destination.setdefault(where, {})[route,] = counts
    rows = [(where, row) for where, of in by_destination.items() for row in suspicions(of)]
    return sorted(rows, key=lambda pair: (rank(pair[1]), pair[0]))


def table(
    rows: Sequence[tuple[Value, Suspicion]],
    destinations: Mapping[Value, str],
    routes: Mapping[Value, str],
) -> pd.DataFrame:
    """A row for each pair: the two shares, those of the other routes, and the signs."""
    return pd.DataFrame(
        {
            "destination": [destinations[where] for where, _ in rows],
            "route": [routes[row.key[0]] for _, row in rows],
            "signs": [signs_of(row) for _, row in rows],
            "answered": [row.own.answered for _, row in rows],
            "quick": [row.own.quick_share for _, row in rows],
            "quick_others": [row.others.quick_share for _, row in rows],
            "brief": [row.own.brief_share for _, row in rows],
            "brief_others": [row.others.brief_share for _, row in rows],
        }
    )


def signs_of(row: Suspicion) -> str:
    """The signs of a route in words."""
    if row.signs:
        return ", ".join(SIGNS[sign] for sign in row.signs)
    return CLEAR if row.told else WORDS["too few calls"]
