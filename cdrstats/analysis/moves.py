"""Why did it move: what each key contributed to the change of a figure. Pure.

    two windows, each {key: parts}  --move_of-->  Move  --sentence-->  "ASR fell by 9.0 ..."

All sums are of fractions, so that the effects add up to the change exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from cdrstats.errors import BadRequest
from cdrstats.metrics import Metric, Parts, total
from cdrstats.traffic import Key

ZERO = Fraction(0)
DIGITS = 18
"""Decimals of a mix effect. What rounding takes from it, the rate effect gets."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one key did to a figure, in the figure's own unit (points for percentages).

    `mix` is None, and so are the shares, where a figure is a plain sum: there, the effect is
    the key's own difference.
    """

    key: Key
    effect: Fraction  # mix + rate
    mix: Fraction | None  # because the key's share of the traffic changed
    rate: Fraction | None  # because the key's own figure changed
    before: Fraction | None  # the key's own figure; None over nothing
    now: Fraction | None
    share_before: Fraction | None  # of what the figure divides by, 0 to 1
    share_now: Fraction | None


@dataclass(frozen=True, slots=True)
class Move:
    """The change of a figure, and the keys it came from, largest effect first.

    Without the figure in one of the windows there is no change, and there are no effects.
    """

    metric: Metric
    before: Fraction | None
    now: Fraction | None
    effects: tuple[Effect, ...]

    @property
    def change(self) -> Fraction | None:
        """By how much the figure moved: the sum of all effects, exactly."""
        return None if self.before is None or self.now is None else self.now - self.before

    @property
    def mix(self) -> Fraction | None:
        """The part of the change that is due to the mix; None for plain sums."""
        mixes = [effect.mix for effect in self.effects if effect.mix is not None]
        return sum(mixes, ZERO) if mixes else None

    @property
    def rate(self) -> Fraction | None:
        """The part of the change that is due to the keys' own figures; None for plain sums."""
        rates = [effect.rate for effect in self.effects if effect.rate is not None]
        return sum(rates, ZERO) if rates else None


def move_of(metric: Metric, now: Mapping[Key, Parts], before: Mapping[Key, Parts]) -> Move:
    """Split the change of `metric` from `before` to `now` among the keys.

    A ratio R of keys with weights w and rates r (0: before, 1: now) moves by mix + rate:

        mix  = (w1 - w0) * ((r0 + r1) / 2 - (R0 + R1) / 2)
        rate = (r1 - r0) * (w0 + w1) / 2

    Weights are shares of what the metric divides by: of the attempts for ASR and NER, of the
    answered calls for ACD and SDR, of the sell cost for margin %. A key that divides by nothing
    in one window takes its rate from the other one, so that its coming or going is all mix. One
    that has a numerator over nothing (a cost without a sale) has that part in its rate effect.

    Raises:
        BadRequest: the metric does not add up over keys, as a median or a maximum.
    """
    if not metric.adds_up:
        raise BadRequest(
            f"{metric.label} does not add up over parts of the traffic, so its change cannot"
            " be split among them. Choose a sum or a ratio."
        )
    return (_mix_and_rate if metric.is_ratio else _differences)(metric, now, before)


def _differences(metric: Metric, now: Mapping[Key, Parts], before: Mapping[Key, Parts]) -> Move:
    def figure(parts: Parts) -> Fraction:
        divisor = metric.bottom(parts) if metric.bottom else 1
        return _scaled(metric, parts) / Fraction(divisor or 1)

    def whole(window: Mapping[Key, Parts], figures: Mapping[Key, Fraction]) -> Fraction | None:
        if metric.of(total(window.values())) is None:
            return None
        return sum(figures.values(), ZERO)

    earlier, later = (
        {key: figure(parts) for key, parts in window.items()} for window in (before, now)
    )
    old, new = whole(before, earlier), whole(now, later)
    if old is None or new is None:
        return Move(metric, old, new, ())
    effects = []
    for key in {*now, *before}:
        was, is_ = earlier.get(key, ZERO), later.get(key, ZERO)
        effects.append(Effect(key, is_ - was, None, None, was, is_, None, None))
    return Move(metric, old, new, _ranked(effects))


@dataclass(frozen=True, slots=True)
class _Side:
    """A ratio in one window: the whole, and of each key the numerator and the denominator."""

    tops: Mapping[Key, Fraction]
    bottoms: Mapping[Key, Fraction]
    top: Fraction
    bottom: Fraction

    def ratio(self) -> Fraction | None:
        return self.top / self.bottom if self.bottom else None

    def ratio_of(self, key: Key) -> Fraction | None:
        below = self.bottoms.get(key, ZERO)
        return self.tops[key] / below if below else None

    def share_of(self, key: Key) -> Fraction:
        return self.bottoms.get(key, ZERO) / self.bottom

    def part_of(self, key: Key) -> Fraction:
        """What the key contributes to the ratio; over all keys these add up to it."""
        return self.tops.get(key, ZERO) / self.bottom


def _side(metric: Metric, window: Mapping[Key, Parts]) -> _Side:
    assert metric.bottom is not None
    tops = {key: _scaled(metric, parts) for key, parts in window.items()}
    bottoms = {key: Fraction(metric.bottom(parts)) for key, parts in window.items()}
    return _Side(tops, bottoms, sum(tops.values(), ZERO), sum(bottoms.values(), ZERO))


def _mix_and_rate(
    metric: Metric, now: Mapping[Key, Parts], before: Mapping[Key, Parts]
) -> Move:
    old, new = _side(metric, before), _side(metric, now)
    whole_old, whole_new = old.ratio(), new.ratio()
    if whole_old is None or whole_new is None:
        return Move(metric, whole_old, whole_new, ())
    middle = (whole_old + whole_new) / 2
    effects = []
    for key in {*now, *before}:
        rate_old, rate_new = old.ratio_of(key), new.ratio_of(key)
        known = [rate for rate in (rate_old, rate_new) if rate is not None]
        typical = sum(known, ZERO) / len(known) if known else middle
        shift = new.share_of(key) - old.share_of(key)
        whole = new.part_of(key) - old.part_of(key) - shift * middle
        # Not rounded, the sum of many keys would have all their denominators in its own.
        mix = round(shift * (typical - middle), DIGITS)
        # (r1 - r0) * (w0 + w1) / 2 where both rates exist, and exact also where one does not.
        rate = whole - mix
        effects.append(
            Effect(
                key,
                whole,
                mix,
                rate,
                rate_old,
                rate_new,
                old.share_of(key),
                new.share_of(key),
            )
        )
    return Move(metric, whole_old, whole_new, _ranked(effects))


def _scaled(metric: Metric, parts: Parts) -> Fraction:
    return Fraction(metric.scale) * Fraction(metric.top(parts))


def _ranked(effects: list[Effect]) -> tuple[Effect, ...]:
    return tuple(sorted(effects, key=lambda effect: (-abs(float(effect.effect)), effect.key)))
