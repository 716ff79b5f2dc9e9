"""Calls at once as figures, curves and tables. Pure: no Streamlit, no queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from cdrstats import format
from cdrstats.clock import Window, as_local
from cdrstats.concurrency import (
    Hour,
    Step,
    Stretch,
    Sweep,
    blocking,
    busy_hour,
    channels_for,
    clock_hours,
    time_consistent_busy_hour,
)
from cdrstats.ui import figures
from cdrstats.ui.destinations import Value
from cdrstats.ui.figures import Span

Pieces = Mapping[datetime, Sequence[Stretch]]
"""The stretches drawn at one place, by its local start: two, where the clocks went back."""

POINTS = 30
"""A sparkline has at most about so many points."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A card: a figure, what is told beside it, and what it means."""

    label: str
    value: str
    told: str
    meaning: str
    course: tuple[float, ...] = ()


def erlangs(traffic_e: float | None) -> str:
    """'12.4 E'; under 10 with two decimals."""
    if traffic_e is None:
        return format.NOTHING
    return f"{traffic_e:,.2f} E" if traffic_e < 10 else f"{traffic_e:,.1f} E"


def share(ratio: float) -> str:
    """A share of blocked calls: 0.0123 -> '1.23 %', '< 0.01 %'."""
    return "< 0.01 %" if 0 < ratio < 0.0001 else f"{ratio * 100:.2f} %"


def key_figures(found: Sweep, window: Window, zone: ZoneInfo) -> tuple[Figure, ...]:
    """The peak, the busy hours and the average."""
    busy = busy_hour(found.hours)
    usual = time_consistent_busy_hour(found.hours, zone)
    mean = found.call_seconds / window.length.total_seconds()
    return (
        Figure(
            "Peak",
            format.count(found.peak),
            format.moment(found.peak_at, zone, seconds=True),
            "The most calls at once, and the first moment of it.",
            _course([piece.most for piece in found.curve]),
        ),
        Figure(
            "Busy hour",
            erlangs(busy.traffic_e if busy else None),
            _began(busy, zone) if busy else format.NOTHING,
            "The clock hour that carried most: seconds held within it / 3600, in erlangs.",
            _course([hour.traffic_e for hour in found.hours]),
        ),
        Figure(
            "BHCA",
            format.count(busy.attempts if busy else None),
            "attempts in it",
            "Busy hour call attempts: calls that started in that hour, answered or not.",
            _course([hour.attempts for hour in found.hours]),
        ),
        Figure(
            "Usual busy hour",
            erlangs(usual.traffic_e if usual else None),
            _clock_words(usual.hour) if usual else format.NOTHING,
            "Time-consistent busy hour: the hour of the day that carried most on average over"
            " the days.",
            _course([hour.traffic_e for hour in clock_hours(found.hours, zone)]),
        ),
        Figure(
            "Average",
            f"{mean:,.1f}" if found.peak else format.NOTHING,
            f"{format.minutes(found.call_seconds)} minutes",
            "Calls at once, on average over the time of the period.",
            _course([piece.mean for piece in found.curve]),
        ),
    )


def _began(hour: Hour, zone: ZoneInfo) -> str:
    start = as_local(hour.at, zone)
    return f"{start:%a} {start.day} {start:%b}, {start:%H:%M}"


def _clock_words(hour: int) -> str:
    return f"{hour:02d}:00 {format.NOTHING} {(hour + 1) % 24:02d}:00"


def _course(values: Sequence[float]) -> tuple[float, ...]:
    """The largest of each of at most POINTS parts."""
    size = max(1, -(-len(values) // POINTS))
    return tuple(max(values[at : at + size]) for at in range(0, len(values), size))


def curve(found: Sweep, step: Step, zone: ZoneInfo) -> pd.DataFrame:
    """Rows for the chart "at_once": one for each step; the first one holds the peak."""
    places = _places(found.curve, zone)
    spans = _spans(found.curve, step, zone)
    least = [min(piece.least for piece in pieces) for pieces in places.values()]
    mean = [_mean(pieces) for pieces in places.values()]
    most = [max(piece.most for piece in pieces) for pieces in places.values()]
    rows = pd.DataFrame(
        {
            "start": [_drawn(span.start) for span in spans],
            "mid": [_drawn(span.start + (span.end - span.start) / 2) for span in spans],
            "least": least,
            "mean": mean,
            "most": most,
            "when": [figures.when(span, step) for span in spans],
            "shown": [f"{value:,.1f}" for value in mean],
            "bounds": [f"{low:,} to {high:,}" for low, high in zip(least, most, strict=True)],
        }
    )
    return rows.join(pd.DataFrame([_peak(found, zone)]))


def _peak(found: Sweep, zone: ZoneInfo) -> dict[str, object]:
    """What marks the peak; its words stand on the side where there is room."""
    if found.peak_at is None:
        return {"peak": None, "peak_at": None, "peak_words": None, "side": None}
    first, last = found.curve[0].span.start, found.curve[-1].span.end
    local = as_local(found.peak_at, zone)
    return {
        "peak": found.peak,
        "peak_at": _drawn(local),
        "peak_words": f"{found.peak:,} at {local:%H:%M:%S}, {local:%a} {local.day} {local:%b}",
        "side": "right" if found.peak_at - first < (last - first) / 2 else "left",
    }


def hours(found: Iterable[Hour], zone: ZoneInfo) -> pd.DataFrame:
    """Rows for the chart "day_hours": a place that the clocks showed twice has the average."""
    given = list(found)
    places: dict[datetime, list[Hour]] = {}
    for hour in given:
        places.setdefault(as_local(hour.at, zone), []).append(hour)
    carried = [sum(hour.traffic_e for hour in some) / len(some) for some in places.values()]
    return pd.DataFrame(
        {
            "start": [_drawn(start) for start in places],
            "day": [f"{start:%a} {start.day} {start:%b}" for start in places],
            "hour": [start.hour for start in places],
            "value": carried,
            "when": [figures.when(span, "hour") for span in _spans(given, "hour", zone)],
            "shown": [erlangs(value) for value in carried],
            "more": [
                f"at most {max(hour.most for hour in some):,} at once,"
                f" {sum(hour.attempts for hour in some):,} begun"
                for some in places.values()
            ],
        }
    )


def lines(
    found: Mapping[Value, Sweep], names: Mapping[Value, str], step: Step, zone: ZoneInfo
) -> pd.DataFrame:
    """Rows for the chart "at_once_lines": the most at once of each key and step."""
    rows = [
        (names[key], span, max(piece.most for piece in pieces))
        for key, sweep in found.items()
        for span, pieces in zip(
            _spans(sweep.curve, step, zone), _places(sweep.curve, zone).values(), strict=True
        )
    ]
    return pd.DataFrame(
        {
            "start": [_drawn(span.start) for _, span, _ in rows],
            "y": [most for *_, most in rows],
            "name": [name for name, *_ in rows],
            "when": [figures.when(span, step) for _, span, _ in rows],
            "shown": [f"{most:,}" for *_, most in rows],
        }
    )


def split_rows(
    found: Mapping[Value, Sweep], names: Mapping[Value, str], window: Window
) -> pd.DataFrame:
    """A row for each key: its own peak and busy hour."""
    busy = [busy_hour(sweep.hours) for sweep in found.values()]
    length_s = window.length.total_seconds()
    return pd.DataFrame(
        {
            "name": [names[key] for key in found],
            "peak": [sweep.peak for sweep in found.values()],
            "busy": [hour.traffic_e if hour else None for hour in busy],
            "mean": [sweep.call_seconds / length_s for sweep in found.values()],
            "peak_at": [sweep.peak_at for sweep in found.values()],
        }
    )


def days(found: Iterable[Stretch], channels: int | None, zone: ZoneInfo) -> pd.DataFrame:
    """A row for each day: its peak, and the share in per cent of `channels` or its mean."""
    listed = list(found)
    rows = pd.DataFrame(
        {
            "day": [as_local(day.at, zone).date() for day in listed],
            "peak": [day.most for day in listed],
            "peak_at": [day.most_at if day.most else None for day in listed],
        }
    )
    if channels:
        return rows.assign(share=[100 * day.most / channels for day in listed])
    return rows.assign(mean=[day.mean for day in listed])


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would come of a traffic with so many channels, by Erlang-B."""

    traffic_e: float  # offered
    needed: int  # channels, so that no more than the chosen share is blocked
    channels: int
    blocked: float  # the share of calls that finds them all taken, 0 to 1


def what_if(
    carried_e: float, growth: float, most_blocked: float, channels: int | None, added: int
) -> WhatIf:
    """What would come of a busy hour.

    Args:
        carried_e: traffic of the busy hour, in erlangs.
        growth: of the traffic, in per cent.
        most_blocked: the share of calls, 0 to 1, that may find all channels taken.
        channels: that there are; None: as many as are needed today.
        added: to these.

    Raises:
        BadRequest: so much traffic cannot be worked out.
    """
    offered = carried_e * (1 + growth / 100)
    today = channels_for(carried_e, most_blocked) if channels is None else channels
    there = max(today + added, 0)
    return WhatIf(offered, channels_for(offered, most_blocked), there, blocking(offered, there))


def _spans(pieces: Sequence[Stretch | Hour], step: Step, zone: ZoneInfo) -> list[Span]:
    """The steps at which pieces that follow each other are drawn."""
    if not pieces:
        return []
    window = Window(pieces[0].span.start, pieces[-1].span.end)
    return figures.spans(window, step, zone)


def _places(stretches: Iterable[Stretch], zone: ZoneInfo) -> Pieces:
    places: dict[datetime, list[Stretch]] = {}
    for piece in stretches:
        places.setdefault(as_local(piece.at, zone), []).append(piece)
    return places


def _mean(pieces: Sequence[Stretch]) -> float:
    lasting = sum((piece.span.length for piece in pieces), timedelta())
    return sum(piece.call_seconds for piece in pieces) / lasting.total_seconds()


def _drawn(local: datetime) -> datetime:
    return local.replace(tzinfo=UTC)
