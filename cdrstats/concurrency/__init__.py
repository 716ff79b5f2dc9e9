"""Calls at once: the peak, the busy hour, and how many channels that takes.

    Question --sweep, split--> Sweep --busy_hour, nearly_full--> pages; traffic --> channels_for
    windows --peaks--> Peaks --held_at--> alarms

Exact, from the calls: a sweep over [start, end) of each. Read-only; the scope comes right
after the connection. Definitions: docs/definitions.md, "Concurrent calls".
"""

from cdrstats.concurrency.erlang import blocking, channels_for
from cdrstats.concurrency.question import SPLITS, Kind, Question, Step, Sweep
from cdrstats.concurrency.rules import (
    NEARLY_FULL,
    ClockHour,
    Hour,
    Peak,
    Stretch,
    busy_hour,
    clock_hours,
    nearly_full,
    time_consistent_busy_hour,
)
from cdrstats.concurrency.store import MOST_CALLS, held_at, peaks, sweep

__all__ = [
    "MOST_CALLS",
    "NEARLY_FULL",
    "SPLITS",
    "ClockHour",
    "Hour",
    "Kind",
    "Peak",
    "Question",
    "Step",
    "Stretch",
    "Sweep",
    "blocking",
    "busy_hour",
    "channels_for",
    "clock_hours",
    "held_at",
    "nearly_full",
    "peaks",
    "sweep",
    "time_consistent_busy_hour",
]
