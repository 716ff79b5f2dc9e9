"""What can be asked of the calls at one time, and what the answer looks like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from cdrstats import traffic
from cdrstats.clock import Window
from cdrstats.concurrency.rules import Hour, Stretch
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters

Kind = Literal["channels", "talk"]
Step = Literal["minute", "quarter", "hour", "day"]

SPLITS = {
    "switch_id": "switch_ids",
    "carrier_id": "carrier_ids",
    "accountcode": "accountcodes",
}
"""The columns of a call that calls at once can be split by, and the filter about each."""

STEPS: tuple[Step, ...] = get_args(Step)
MOST_STEPS = 750  # as many as a screen can show, and the hours of a month
LONGEST = timedelta(days=31, hours=1)  # a month in which the clocks went back


@dataclass(frozen=True, slots=True)
class Question:
    """The calls in progress in `window`, wherever they began.

    "channels" counts a call from its start to its end, as a channel is held; "talk" from its
    answer. Steps are those of the clocks of `zone`; `step=None` is the finest that fits.

    Raises:
        BadRequest: the window is too long, or cut into too many steps.
    """

    window: Window
    kind: Kind = "channels"
    step: Step | None = None
    zone: tzinfo = field(default_factory=lambda: ZoneInfo("UTC"))
    filters: Filters = field(default_factory=Filters)

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise BadRequest(f"There are no calls at once by {self.kind!r}.")
        if self.step is not None and self.step not in STEPS:
            raise BadRequest(f"Calls at once cannot be drawn by {self.step!r}.")
        if self.window.length > LONGEST:
            raise BadRequest(
                f"Calls at once are counted over at most {LONGEST.days} days,"
                f" and this period has {self.window.length.days:,}; choose a shorter one."
            )
        if self.step and self.window.length > traffic.LENGTHS[self.step] * MOST_STEPS:
            raise BadRequest(
                f"The period is too long to be drawn by the {self.step};"
                " choose longer steps or a shorter period."
            )

    @property
    def drawn_by(self) -> Step:
        """The step of the curve."""
        if self.step is not None:
            return self.step
        return next(
            step for step in STEPS if self.window.length <= traffic.LENGTHS[step] * MOST_STEPS
        )


@dataclass(frozen=True, slots=True)
class Sweep:
    """The calls at once of a window; and of the largest values of a split, if it has one."""

    peak: int
    peak_at: datetime | None  # its first instant; None if there was no call
    call_seconds: float  # the time of all calls within the window, added up
    curve: tuple[Stretch, ...]
    hours: tuple[Hour, ...]
    days: tuple[Stretch, ...]
    largest: Mapping[int | str, "Sweep"] = field(default_factory=dict)
