"""Whether a rule makes sense: said where it is entered, and again before it is judged. Pure."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cdrstats.alarms.rules import (
    CHANGES,
    COMPARES,
    CONDITIONS,
    FIGURES,
    LEAST_CALLS_OF_A_RATIO,
    LENGTHS,
    LEVELS,
    SEVERITIES,
    SHARE,
    USUAL,
    Rule,
    is_ratio,
)
from cdrstats.errors import BadRequest
from cdrstats.filters import COLUMNS
from cdrstats.metrics import Metric
from cdrstats.statistics import STRIKING

LONGEST_NAME = 100
LONGEST_SPAN = timedelta(days=31)
LONGEST_LAG = timedelta(days=1)
MOST_CLEAR_WINDOWS = 100
SPLITS = {column.removesuffix("_id"): column for column in COLUMNS.values()}
"""What contributors can be told by, and the column of a call that each is."""


def zone_named(name: str) -> ZoneInfo:
    """The time zone; BadRequest if there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadRequest(
            f"There is no time zone {name!r}; an example: Europe/Madrid."
        ) from None


def with_defaults(rule: Rule, **given: Any) -> Rule:
    """`rule` with what follows from the rest where nothing is given (None).

    That is the threshold to clear (that to fire), the least number of calls (50 for a ratio),
    and whether holidays are judged (where nothing is compared with other days).
    """
    metric = FIGURES.get(rule.metric)
    least = LEAST_CALLS_OF_A_RATIO if metric is not None and is_ratio(metric) else 0
    usual: dict[str, Any] = {
        "clear_at": rule.threshold,
        "min_calls": least,
        "on_holidays": rule.condition in LEVELS,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    return replace(rule, **(usual | chosen))


def check(rule: Rule) -> None:
    """Raise BadRequest, with a sentence for whoever entered it, unless the rule makes sense."""
    if not rule.name or len(rule.name) > LONGEST_NAME or not rule.name.isprintable():
        raise BadRequest(f"A rule needs a name of at most {LONGEST_NAME} characters.")
    _one_of("metric", rule.metric, FIGURES)
    _one_of("condition", rule.condition, CONDITIONS)
    _one_of("window", rule.length, LENGTHS)
    _one_of("comparison", rule.compare, COMPARES)
    _one_of("severity", rule.severity, SEVERITIES)
    _one_of("split", rule.split, SPLITS.values())
    if bool(rule.part) != (rule.metric == SHARE.name):
        raise BadRequest(
            "A share needs a part, such as 'cause=User busy (17)'; no other figure has one."
        )
    _check_threshold(rule)
    _check_comparison(rule)
    _check_metric(rule, rule.figure)
    _check_numbers(rule)


def _one_of(what: str, value: str, known: Any) -> None:
    if value not in known:
        names = ", ".join(name for name in known if name)
        raise BadRequest(f"There is no {what} {value!r}; there are {names}.")


def _check_threshold(rule: Rule) -> None:
    if not (math.isfinite(rule.threshold) and math.isfinite(rule.clear_at)):
        raise BadRequest("A threshold is a number.")
    below = rule.condition == "less"
    if rule.clear_at < rule.threshold if below else rule.clear_at > rule.threshold:
        side = "below" if below else "above"
        raise BadRequest(
            f"The alarm would clear at {rule.clear_at:g}, {side} the threshold"
            f" {rule.threshold:g} at which it fires: it would do both at once."
        )
    if rule.condition in USUAL and rule.threshold < STRIKING:
        raise BadRequest(
            f"How far from the usual a figure lies is striking from {STRIKING:g} on: give that"
            " or more as the threshold."
        )
    if rule.condition in CHANGES and rule.threshold < 0:
        raise BadRequest(
            "By how much a figure moves is not negative: turn the condition round."
        )


def _check_comparison(rule: Rule) -> None:
    changes = rule.condition in CHANGES
    if changes != bool(rule.compare):
        raise BadRequest(
            "Say with what to compare: previous, day (the same time the day before) or week"
            " (the same time a week before)."
            if changes
            else f"The condition {rule.condition!r} compares with no other window."
        )
    too_long = {"day": ("day", "week", "month"), "week": ("week", "month")}
    if rule.length in too_long.get(rule.compare, ()):
        raise BadRequest(
            f"A window of a {rule.length} is compared with the previous one: a {rule.compare}"
            " earlier it would overlap itself, or be the previous one."
        )


def _check_metric(rule: Rule, metric: Metric) -> None:
    if rule.condition in USUAL and rule.length not in ("quarter", "hour", "day"):
        raise BadRequest(
            "What is usual is known of windows of a quarter, an hour or a day; choose one of"
            " these."
        )
    if metric.percentile is not None and (rule.condition in USUAL or rule.length == "5min"):
        raise BadRequest(
            f"{metric.label} is no sum of calls: take a window of a quarter or more, and"
            " compare it with a threshold or another window."
        )
    if rule.by_chance and not (metric.is_share and rule.condition in LEVELS):
        raise BadRequest(
            "Chance has bounds for shares of calls, such as ASR, held against a threshold;"
            " not for this rule."
        )


def _check_numbers(rule: Rule) -> None:
    if not 1 <= rule.clear_windows <= MOST_CLEAR_WINDOWS:
        raise BadRequest(f"An alarm clears after 1 to {MOST_CLEAR_WINDOWS} windows.")
    if rule.min_calls < 0:
        raise BadRequest("The least number of calls is 0 or more.")
    if not timedelta() <= rule.lag <= LONGEST_LAG:
        raise BadRequest("A window is decided within a day of its end.")
    spans = (rule.cooldown, rule.renotify, rule.escalate)
    if any(not timedelta() <= span <= LONGEST_SPAN for span in spans):
        raise BadRequest(f"Cool-down and repeats are at most {LONGEST_SPAN.days} days.")
    if (rule.quiet_from is None) != (rule.quiet_until is None):
        raise BadRequest("Quiet hours need both when they begin and when they end.")
