"""What can be asked of the traffic, and what the answer looks like."""

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from cdrstats.clock import Window
from cdrstats.errors import BadRequest
from cdrstats.filters import COLUMNS, Filters
from cdrstats.metrics import ALL, Metric, Number, Parts

Step = Literal["minute", "quarter", "hour", "day", "week", "month"]
Key = tuple[int | str, ...]

DIMENSIONS = tuple(COLUMNS.values())
"""The columns of a call that figures can be split by."""

OTHER: Key = ()
"""The key of what is left when only the largest keys are kept; no question gives it."""


@dataclass(frozen=True, slots=True)
class Question:
    """The parts of the calls that started in `window`, split by `by` and cut into steps.

    `by` names columns of a call. Of a question with one of them, only the values in `kept` are
    told apart, if that is given; the others are OTHER together. Steps are those of the clocks
    of `zone`; `step=None` is one answer for the whole window. `collapsed`: retries and legs are
    one call (see `cdrstats.traffic.collapsing`), not an attempt each. Of `parts` are the
    answers, the others are None there: fewer take less. The longest call takes most, since it
    does not add up: days and weeks of the clocks cannot be had from days of UTC then.
    """

    window: Window
    by: tuple[str, ...] = ()
    step: Step | None = None
    zone: tzinfo = field(default_factory=lambda: ZoneInfo("UTC"))
    filters: Filters = field(default_factory=Filters)
    kept: tuple[int | str, ...] | None = None
    collapsed: bool = False
    parts: frozenset[str] = ALL

    def __post_init__(self) -> None:
        for column in self.by:
            if column not in DIMENSIONS:
                raise BadRequest(
                    f"Traffic cannot be split by {column!r}; use {', '.join(DIMENSIONS)}."
                )
        if "calls" not in self.parts:  # a step or key without calls has no answer
            raise ValueError("calls are always asked for")
        if self.kept is not None and len(self.by) != 1:
            raise BadRequest("Values can be kept only of a question split by one column.")


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles of the post-dial delay, in seconds, and how far off they may be."""

    median: float
    p95: float
    calls: int  # that have a post-dial delay
    error: float = 0.0  # as a ratio: 0.05 is 5 % either way, or 25 ms; 0: exact

    def at(self, percentile: float) -> float:
        """The percentile 0.5 or 0.95."""
        return {0.5: self.median, 0.95: self.p95}[percentile]


class Answer(NamedTuple):
    """The parts of one step and one key; a step or key without calls has no answer.

    `at` is the start of the step, also where the window begins later in it; None without
    steps. `key` holds one value for each of the question's `by`. `spread` is there only where
    percentiles were asked for and calls have a post-dial delay. A tuple, since some thousands
    of them are made for a page.
    """

    at: datetime | None
    key: Key
    parts: Parts
    spread: Spread | None = None

    def of(self, metric: Metric) -> Number | None:
        """The figure; None over nothing."""
        if metric.percentile is None:
            return metric.of(self.parts)
        return None if self.spread is None else self.spread.at(metric.percentile)
