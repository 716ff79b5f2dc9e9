"""Carriers, or any other key, side by side: figures, their bounds, and who differs. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cdrstats.metrics import METRICS, Metric, Number, Parts, total
from cdrstats.statistics import difference_p, wilson
from cdrstats.traffic import Key

LEAST_TRIALS = 30
"""Shares of fewer calls, on either side, are not compared."""

SIGNIFICANT = 0.05

Standing = Literal["better", "worse", "alike", "too few calls"]


@dataclass(frozen=True, slots=True)
class Share:
    """A share of calls, what may well be behind it, and how it stands against the others."""

    value: Number | None  # 0 to 100; None over nothing
    bounds: tuple[float, float] | None  # 95 %, 0 to 100
    standing: Standing
    p: float | None  # how often chance alone makes such a difference; None without others


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one key. `parts` has all others."""

    key: Key
    parts: Parts
    calls: int
    asr: Share
    ner: Share
    sdr: Share
    acd: Number | None  # seconds
    pdd: Number | None  # seconds
    cost_per_minute: Decimal | None  # what a minute is bought at, not rounded; None: not seen


def scorecard(found: Mapping[Key, Parts]) -> list[Score]:
    """A row for each key, most calls first.

    Each key's ASR, NER and SDR is compared with that of all other keys together (see
    `cdrstats.statistics.difference_p`). It is better or worse if chance makes such a difference
    less often than SIGNIFICANT, and alike otherwise; with fewer than LEAST_TRIALS calls (for
    SDR: answered calls) on either side there are too few to tell.

    Args:
        found: the parts of each carrier, switch or other key; all of one destination, so that
            like is compared with like.
    """
    everything = total(found.values())
    ranked = sorted(found.items(), key=lambda item: (-item[1].calls, item[0]))
    return [_score(key, parts, everything) for key, parts in ranked]


def _score(key: Key, parts: Parts, everything: Parts) -> Score:
    asr, ner, sdr = (_share(METRICS[name], parts, everything) for name in ("asr", "ner", "sdr"))
    return Score(
        key,
        parts,
        parts.calls,
        asr,
        ner,
        sdr,
        METRICS["acd"].of(parts),
        METRICS["pdd"].of(parts),
        parts.buy_cost * 60 / parts.billsec if parts.billsec and _is_seen(parts) else None,
    )


def _is_seen(parts: Parts) -> bool:
    """Whether the costs may be seen: a part that may not is None."""
    return parts.buy_cost is not None


def _share(metric: Metric, parts: Parts, everything: Parts) -> Share:
    hits, trials = _counts(metric, parts)
    all_hits, all_trials = _counts(metric, everything)
    others, of_others = all_hits - hits, all_trials - trials
    bounds = wilson(hits, trials)
    p = difference_p(hits, trials, others, of_others)
    standing: Standing = "alike"
    if p is None or min(trials, of_others) < LEAST_TRIALS:
        standing = "too few calls"
    elif p < SIGNIFICANT:
        more = hits * of_others > others * trials
        standing = "better" if more == (metric.better == "up") else "worse"
    return Share(metric.of(parts), bounds and (bounds[0] * 100, bounds[1] * 100), standing, p)


def _counts(metric: Metric, parts: Parts) -> tuple[int, int]:
    assert metric.bottom is not None
    return int(metric.top(parts)), int(metric.bottom(parts))
