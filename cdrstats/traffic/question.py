"""What can be asked of the traffic, and what the answer looks like."""

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from cdrstats.clock import Window
from cdrstats.errors import BadRequest
from cdrstats.filters import COLUMNS, Filters
from cdrstats.metrics import Parts

Step = Literal["quarter", "hour", "day", "week", "month"]
Key = tuple[int | str, ...]

DIMENSIONS = tuple(COLUMNS.values())
"""The columns of a call that figures can be split by."""

OTHER: Key = ()
"""The key of what is left when only the largest keys are kept; no question gives it."""


@dataclass(frozen=True, slots=True)
class Question:
    """The parts of the calls that started in `window`, split by `by` and cut into steps.

    `by` names columns of a call. Steps are those of the clocks of `zone`; `step=None` is one
    answer for the whole window.
    """

    window: Window
    by: tuple[str, ...] = ()
    step: Step | None = None
    zone: tzinfo = field(default_factory=lambda: ZoneInfo("UTC"))
    filters: Filters = field(default_factory=Filters)

    def __post_init__(self) -> None:
        for column in self.by:
            if column not in DIMENSIONS:
                raise BadRequest(
                    f"Traffic cannot be split by {column!r}; use {', '.join(DIMENSIONS)}."
                )


@dataclass(frozen=True, slots=True)
class Answer:
    """The parts of one step and one key; a step or key without calls has no answer.

    `at` is the start of the step, also where the window begins later in it; None without
    steps. `key` holds one value for each of the question's `by`.
    """

    at: datetime | None
    key: Key
    parts: Parts
