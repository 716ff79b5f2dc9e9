"""Routes laid side by side, as chart, table and matrix. Pure: no Streamlit, no queries."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from cdrstats import format
from cdrstats.analysis import LEAST_TRIALS, Score, Share, Standing, scorecard
from cdrstats.metrics import METRICS, NOTHING, Metric, Parts, change, total
from cdrstats.traffic import Answer, Key
from cdrstats.ui import cells, figures
from cdrstats.ui.destinations import Value

SHARES = ("asr", "ner", "sdr")
"""The figures by which routes are told apart: those that the scorecard tests."""

DESTINATIONS = 12
ROUTES = 8
"""The matrix has so many rows and columns."""

FIGURES = ("minutes", "acd", "pdd")

WORDS: dict[Standing, str] = {
    "better": "better",
    "worse": "worse",
    "alike": "no difference beyond chance",
    "too few calls": "no telling: too few calls",
}
ALONE = "no other route"
COLOURS: dict[Standing, str] = {
    "better": "#009e73",
    "worse": "#d55e00",
    "alike": "#2a7fc0",
    "too few calls": "#8a95a3",
}
DARK = 0.62
"""Cells above so much of the scale are so dark that their figure is white."""

Found = Mapping[Key, Parts]
"""Parts by destination and route."""


def destinations(found: Found) -> list[Value]:
    """The destinations, most calls first."""
    return _ranked(found, 0)


def routes(found: Found) -> list[Value]:
    """The routes, most calls first."""
    return _ranked(found, 1)


def _ranked(found: Found, place: int) -> list[Value]:
    calls: dict[Value, int] = {}
    for key, parts in found.items():
        calls[key[place]] = calls.get(key[place], 0) + parts.calls
    return sorted(calls, key=lambda value: (-calls[value], value))


def by_route(found: Found, destination: Value | None) -> dict[Key, Parts]:
    """The parts of each route to one destination; to all, if None."""
    kept: dict[Key, list[Parts]] = {}
    for (where, route), parts in found.items():
        if destination is None or where == destination:
            kept.setdefault((route,), []).append(parts)
    return {route: total(parts) for route, parts in kept.items()}


def share_of(score: Score, metric: Metric) -> Share:
    """The share of a route that `metric` is; one of SHARES."""
    found: Share = getattr(score, metric.name)
    return found


def words_of(share: Share, beside: int) -> str:
    """How a share stands against the others, of which there are `beside`."""
    return WORDS[share.standing] if beside else ALONE


def bounds_of(share: Share) -> str:
    """'43.1 to 47.0 %', within which the true share lies (95 %, Wilson)."""
    if share.bounds is None:
        return format.NOTHING
    low, high = share.bounds
    return f"{low:.1f} to {high:.1f} %"


def sentence(scores: Sequence[Score], metric: Metric, names: Mapping[Value, str]) -> str:
    """Who is better and who worse than the others, by more than chance.

    Args:
        scores: at least one.
    """
    if len(scores) == 1:
        return (
            f"All these calls took one route, {names[scores[0].key[0]]}:"
            " there is none to compare it with."
        )
    those: dict[Standing, list[str]] = {}
    for score in scores:
        those.setdefault(share_of(score, metric).standing, []).append(names[score.key[0]])
    told = [
        f"{standing} than the others: {', '.join(those[standing])}"
        for standing in ("better", "worse")
        if standing in those
    ]
    if told:
        return f"By more than chance, {'; '.join(told)}."
    if "alike" not in those:
        return f"There are too few calls to tell the routes apart by their {metric.label}."
    return f"No route differs from the others in {metric.label} by more than chance."


def points(
    scores: Sequence[Score],
    metric: Metric,
    names: Mapping[Value, str],
    whole: Parts,
    beside: int,
) -> pd.DataFrame:
    """Rows for the chart "route_shares", in the order of `scores`.

    Args:
        whole: the parts of all routes.
        beside: how many other routes each was compared with.
    """
    overall = metric.of(whole)
    shares = [share_of(score, metric) for score in scores]
    return pd.DataFrame(
        {
            "key": [str(score.key[0]) for score in scores],
            "name": [names[score.key[0]] for score in scores],
            "value": _numbers(share.value for share in shares),
            "low": _numbers(share.bounds and share.bounds[0] for share in shares),
            "high": _numbers(share.bounds and share.bounds[1] for share in shares),
            "overall": _numbers(overall for _ in shares),
            "colour": [COLOURS[share.standing] for share in shares],
            "shown": [metric.written(share.value) for share in shares],
            "bounds": [bounds_of(share) for share in shares],
            "standing": [words_of(share, beside) for share in shares],
            "calls": [figures.shown("calls", score.parts) for score in scores],
            "whole": [metric.written(overall) for _ in shares],
        }
    )


def _numbers(values: Iterable[Any]) -> "pd.Series[float]":
    return pd.Series([None if value is None else float(value) for value in values], dtype=float)


def table(
    scores: Sequence[Score],
    metric: Metric,
    names: Mapping[Value, str],
    before: Mapping[Key, Parts],
    delays: Mapping[Key, Answer],
    beside: int,
) -> pd.DataFrame:
    """A row for each route: its figures, how `metric` stands and moved; costs if any is told.

    Args:
        before: the parts of each route in the period that this one is compared with.
        delays: the answers that have the percentiles of the post-dial delay.
        beside: how many other routes each was compared with.
    """
    shares = [share_of(score, metric) for score in scores]
    earlier = [before.get(score.key, NOTHING) for score in scores]
    late = METRICS["pdd_p95"]
    found: dict[str, Any] = {
        "name": [names[score.key[0]] for score in scores],
        "calls": [score.calls for score in scores],
        "change": [
            change(METRICS["calls"], score.parts, parts).by
            for score, parts in zip(scores, earlier, strict=True)
        ],
    }
    found[metric.name] = [cells.written(metric, share.value) for share in shares]
    found["standing"] = [words_of(share, beside) for share in shares]
    found["bounds"] = [bounds_of(share) for share in shares]
    found["moved"] = [
        change(metric, score.parts, parts).by
        for score, parts in zip(scores, earlier, strict=True)
    ]
    others = [name for name in SHARES if name != metric.name]
    for name in (*others, *FIGURES):
        found[name] = [cells.cell(name, score.parts) for score in scores]
    found["late"] = [
        cells.written(late, delays[score.key].of(late)) if score.key in delays else None
        for score in scores
    ]
    costs = [score.cost_per_minute for score in scores]
    if any(cost is not None for cost in costs):
        found["cost"] = [None if cost is None else float(cost) for cost in costs]
    return pd.DataFrame(found)


def matrix(
    found: Found,
    metric: Metric,
    destinations: Mapping[Value, str],
    routes: Mapping[Value, str],
) -> pd.DataFrame:
    """Rows for the chart "route_matrix": a cell for each pair that has calls.

    Args:
        destinations, routes: those that are drawn, in their order, with their names. A route is
            compared with all others to the destination, also with those that are not drawn.
    """
    rows: list[dict[str, Any]] = []
    for where, row in destinations.items():
        scores = {score.key[0]: score for score in scorecard(by_route(found, where))}
        for route, column in routes.items():
            if route in scores:
                cell = _cell(scores[route], metric, len(scores) - 1)
                if cell["value"] is not None:
                    place = {"destination": str(where), "route": str(route)}
                    rows.append(place | {"row": row, "column": column} | cell)
    data = pd.DataFrame(rows)
    if len(data):
        low, high = data["value"].min(), data["value"].max()
        ink = data["value"].gt(low + DARK * (high - low)).map({True: "white", False: "#10202e"})
        data["ink"] = ink.mask(data["few"], "#7b8794")
    return data


def _cell(score: Score, metric: Metric, beside: int) -> dict[str, Any]:
    share = share_of(score, metric)
    assert metric.bottom is not None
    differs = share.standing in ("better", "worse")
    return {
        "value": None if share.value is None else float(share.value),
        "few": metric.bottom(score.parts) < LEAST_TRIALS,
        "outline": COLOURS[share.standing] if differs else "transparent",
        "shown": metric.written(share.value),
        "standing": words_of(share, beside),
        "calls": figures.shown("calls", score.parts),
    }
