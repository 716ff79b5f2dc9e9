"""Who talks most, as bars and rows. Pure: no Streamlit, no queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pandas as pd

from cdrstats import format
from cdrstats.metrics import METRICS, Parts, total
from cdrstats.talkers import (
    Figures,
    FirstSeen,
    Kind,
    Measure,
    Order,
    Role,
    Standout,
    Talker,
    Talkers,
)
from cdrstats.ui import bounds, cells

COUNTS = ("calls", "answered", "asr", "minutes")
FIGURES = (*COUNTS, "acd", "sell_cost", "buy_cost", "mcd")
"""What is told of a number."""

BARS = 10
ROWS = 50
UNKNOWN, NO_ACCOUNT = "Unknown", "No account code"


@dataclass(frozen=True, slots=True)
class Party:
    """A part that numbers play in calls, and what it is called."""

    role: Role
    one: str
    several: str
    others: str  # the numbers that they called, or that called them
    column: str  # of a call, that has it; "": two have
    nobody: str = UNKNOWN  # what stands where a call has none


PARTIES = {
    "Callers": Party("caller", "Caller", "callers", "Numbers called", "caller_id_number"),
    "Called numbers": Party(
        "callee", "Called number", "called numbers", "Callers", "destination_number"
    ),
    "Extensions": Party("extension", "Extension", "extensions", "Numbers", ""),
    "Account codes": Party(
        *("account", "Account code", "account codes", "Numbers called", "accountcode"),
        nobody=NO_ACCOUNT,
    ),
}

ORDERS: dict[str, Order] = {
    "Calls": "calls",
    "Minutes": "minutes",
    "Sell cost": "sell_cost",
    "Buy cost": "buy_cost",
    "Longest call": "mcd",
}

NEWCOMERS: dict[str, Kind] = {
    "Countries": "country",
    "Dial codes": "dialcode",
    "Callers": "caller",
    "Called numbers": "callee",
}


def bars(found: Talkers, party: Party, order: Order, colour: str) -> pd.DataFrame:
    """Rows for the chart "number_bars": the first BARS, `key` is their place."""
    leaders = found.leaders[:BARS]
    values = [_value(one.figures, order) for one in leaders]
    return pd.DataFrame(
        {
            "key": [str(at) for at in range(len(leaders))],
            "name": [one.number or party.nobody for one in leaders],
            "value": values,
            "end": values,
            "colour": colour,
            "shown": [_shown(one.figures, order) for one in leaders],
            "more": [_summary(one.figures) for one in leaders],
        }
    )


def _value(figures: Figures, order: Order) -> float:
    return float(figures.of(order) or 0)


def _shown(figures: Figures, name: str) -> str:
    return METRICS[name].written(figures.of(name))


def _summary(figures: Figures) -> str:
    """'26 calls, 42.3 % answered, 33.0 minutes'."""
    count = figures.parts.calls
    calls = "1 call" if count == 1 else f"{count:,} calls"
    return f"{calls}, ASR {_shown(figures, 'asr')}, {_shown(figures, 'minutes')} minutes"


def table(found: Talkers, party: Party, told: Sequence[str]) -> pd.DataFrame:
    """A row for each leading number.

    Args:
        told: those of FIGURES that are in it.
    """
    figures = [one.figures for one in found.leaders]
    return pd.DataFrame(
        {
            "number": [one.number or party.nobody for one in found.leaders],
            **_columns(figures, *told),
            "counterparts": [one.counterparts for one in found.leaders],
            "last_call": [one.last_call for one in figures],
        }
    )


def _columns(figures: Sequence[Figures], *names: str) -> Mapping[str, list[Any]]:
    parts = [one.parts for one in figures]
    found: dict[str, list[Any]] = {}
    for name in names:
        found[name] = [cells.cell(name, one) for one in parts]
        found |= bounds.column(name, parts)
    return found


def shares(found: Talkers) -> pd.DataFrame:
    """A row for the first BARS, the next of the table, all others, and all: their shares."""
    first, more = found.leaders[:BARS], found.leaders[BARS:]
    groups = {f"First {len(first)}": _added(first)}
    if more:
        groups[f"Next {len(more)}"] = _added(more)
    if found.rest_numbers:
        groups["All others"] = found.rest_numbers, found.rest
    whole = total(parts for _, parts in groups.values())
    groups["All"] = sum(count for count, _ in groups.values()), whole
    parts_of = [parts for _, parts in groups.values()]
    return pd.DataFrame(
        {
            "Numbers": [format.count(count) for count, _ in groups.values()],
            "Calls": [_of(format.count(p.calls), p.calls, whole.calls) for p in parts_of],
            "Minutes": [
                _of(format.minutes(p.billsec), p.billsec, whole.billsec) for p in parts_of
            ],
        },
        index=list(groups),
    )


def _added(several: Sequence[Talker]) -> tuple[int, Parts]:
    """How many they are, and what their calls come to."""
    return len(several), total(one.figures.parts for one in several)


def _of(shown: str, part: int, whole: int) -> str:
    """'1,466 · 4.7 %'."""
    return f"{shown} · {format.percent(part / whole if whole else None)}"


def standouts(found: Sequence[Standout], measure: Measure) -> pd.DataFrame:
    """A row for each call that stands out, by its talk time or by one of its costs."""
    costs = {}
    if measure != "billsec":
        costs = {"cost": [float(getattr(call, measure)) for call in found]}
    return pd.DataFrame(
        {
            **costs,
            "talk": [timedelta(seconds=call.billsec) for call in found],
            "caller": [call.caller_id_number or UNKNOWN for call in found],
            "destination": [call.destination_number or UNKNOWN for call in found],
            "start": [call.starting_date for call in found],
        }
    )


def newcomers(found: FirstSeen, places: Mapping[int, str]) -> pd.DataFrame:
    """A row for each newcomer, newest first.

    Args:
        places: names of the dial codes or countries; of numbers none, and they have no column.
    """
    met = found.newcomers
    figures = [one.figures for one in met]
    ids = [one.country_id if one.dialcode_id is None else one.dialcode_id for one in met]
    nobody = NO_ACCOUNT if places else UNKNOWN
    named_places = [places.get(id_ or 0, str(id_)) for id_ in ids]
    return pd.DataFrame(
        {
            **({"place": named_places} if places else {}),
            "number": [one.number or nobody for one in met],
            "first_call": [one.first_call for one in met],
            **_columns(figures, *COUNTS, "sell_cost"),
        }
    )
