"""What a figure is: a formula over parts that add up, and what people are told of it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal, cast

from cdrstats import format
from cdrstats.metrics.parts import Parts

Number = int | float | Decimal
Better = Literal["up", "down", "neutral"]
Unit = Literal["count", "minutes", "seconds", "score", "percent", "money"]
Top = Callable[[Parts], int | Decimal]


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure: `scale` * `top` / `bottom`, or just `top` where nothing divides it.

    `above` and `below` say in words what these are, for whoever asks how a figure came about.
    """

    name: str
    label: str
    definition: str
    unit: Unit
    better: Better  # which direction is good news
    top: Top
    bottom: Top | None = None
    scale: Decimal = Decimal(1)
    above: str = ""
    below: str = ""
    leaves_out: str = ""  # which calls are not in it, and why
    above_calls: str = ""  # which calls are above, by cdrstats.counting; "": all
    below_calls: str = ""  # and which below
    percentile: float | None = None  # 0.5: the median; such a figure comes from no parts
    adds_up: bool = True  # a sum or a ratio of sums; no maximum, and no percentile
    fine: bool = False  # of so few seconds that tenths count

    @property
    def is_ratio(self) -> bool:
        """Whether what divides it grows with the calls; minutes are seconds / 60."""
        return self.below != ""

    @property
    def is_share(self) -> bool:
        """Whether it is a share of calls, so that chance has bounds."""
        return self.unit == "percent" and self.above_calls != ""

    @property
    def parts(self) -> frozenset[str]:
        """The parts that it is made of, and calls: found by watching its formula."""
        return _parts_of(self.top) | (_parts_of(self.bottom) if self.bottom else frozenset())

    def written(self, value: Number | None) -> str:
        """A value of it as people read it."""
        if value is None:
            return format.NOTHING
        match self.unit:
            case "count":
                return format.count(int(value))
            case "minutes":
                return format.minutes(float(value) * 60)
            case "seconds":
                return format.seconds(float(value)) if self.fine else format.clock(float(value))
            case "percent":
                return format.percent(float(value) / 100)
            case "score":
                return f"{value:.2f}"
            case "money":
                return format.money(Decimal(value))

    def of(self, parts: Parts) -> Number | None:
        """The figure; None if it divides by nothing. Money is Decimal, percentages 0 to 100.

        A percentile comes from no parts, and is None here: `cdrstats.traffic.measure` has it.
        """
        if self.percentile is not None:
            return None
        above = self.top(parts)
        if above is None:  # the parts of an answer are None but for those that were asked for
            raise ValueError(f"{self.label} was not asked for.")
        if self.bottom is None:
            return above
        below = self.bottom(parts)
        return float(self.scale * above / below) if below else None


class _Watched:
    """Parts that remember which of them were looked at."""

    def __init__(self) -> None:
        self.seen = {"calls"}

    def __getattr__(self, name: str) -> int:
        self.seen.add(name)
        return 1


@cache
def _parts_of(formula: Top) -> frozenset[str]:
    watched = _Watched()
    formula(cast(Parts, watched))
    return frozenset(watched.seen)
