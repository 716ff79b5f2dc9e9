"""What a rule is, and what a window of it is judged to be. Pure.

    Rule, Seen --verdict--> Verdict --judge, State--> State, Decision    a fold, oldest first

Live and in a back-test the same windows go through the same fold, so that both say the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from cdrstats.clock import Window
from cdrstats.metrics import METRICS, Metric

Length = Literal["5min", "quarter", "hour", "day", "week", "month"]
Condition = Literal[
    "less",
    "greater",
    "decrease",
    "increase",
    "decrease_percent",
    "increase_percent",
    "low",
    "high",
    "unusual",
]
Compare = Literal["", "previous", "day", "week"]
Severity = Literal["warning", "critical"]

LENGTHS: tuple[Length, ...] = get_args(Length)
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
COMPARES: tuple[Compare, ...] = get_args(Compare)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

LEVELS = frozenset({"less", "greater"})
"""Conditions on the figure itself; its threshold is in the figure's own unit."""

USUAL = frozenset({"low", "high", "unusual"})
"""Conditions on the robust z against the same time of the eight weeks before."""

CHANGES = frozenset(CONDITIONS) - LEVELS - USUAL
"""Conditions on how far the figure moved; signed: an increase is no decrease."""

BELOW = frozenset({"less"})
"""Conditions that hold below their threshold; all others hold above it."""

LEAST_CALLS_OF_A_RATIO = 50
"""What a rule on a ratio asks for, unless it says otherwise: attempts in the window."""

SHARE = replace(
    METRICS["abr"],
    name="share",
    label="Share",
    definition="Calls that a second filter lets through, of the calls of the rule.",
    better="neutral",
)
"""Calls that are of the part count as the answered ones of their Parts: see `reading`."""


CONCURRENCY = Metric(
    "concurrency",
    "Concurrent calls",
    "The most calls at once: channels, each held from the start of a call to its end.",
    "count",
    "neutral",
    lambda parts: parts.longest,
    adds_up=False,
)
"""The peak stands where the longest call does in Parts, of which the greater counts too: see
`reading`. Where nobody calls it is 0."""

FIGURES = METRICS | {own.name: own for own in (SHARE, CONCURRENCY)}
"""What a rule can be about, by its name."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When to raise an alarm. What it may be is said by `checking.check`.

    Attributes:
        metric: of FIGURES; `share` is of the calls that `part` lets through, of all of `query`.
        query: which calls, as the pages write it behind the ? of their address.
        split: by which column of a call the message names who contributed.
        clear_at: from here on, the other way round, a window counts as calm.
        clear_windows: so many calm windows one after the other clear the alarm.
        min_calls: of fewer calls nothing is concluded.
        by_chance: fire only where chance alone does not explain it (Wilson's bounds, 95 %).
        on_holidays: whether windows of a holiday are judged.
        lag: how long after its end a window is decided, for calls that are told of late.
        cooldown: so long after people were told they are not told of another firing.
        renotify, escalate: told again every so often, and once more after so long; 0: never.
        quiet_from, quiet_until: by the clocks of `zone`; only critical rules tell then.
    """

    name: str
    metric: str
    condition: Condition
    threshold: float
    length: Length
    zone: ZoneInfo
    clear_at: float
    query: str = ""
    part: str = ""
    split: str = "country_id"
    clear_windows: int = 1
    compare: Compare = ""
    min_calls: int = 0
    by_chance: bool = False
    on_holidays: bool = True
    severity: Severity = "warning"
    lag: timedelta = timedelta(minutes=5)
    cooldown: timedelta = timedelta()
    renotify: timedelta = timedelta()
    escalate: timedelta = timedelta()
    quiet_from: time | None = None
    quiet_until: time | None = None
    muted_until: datetime | None = None

    @property
    def figure(self) -> Metric:
        """The metric; the rule has been checked."""
        return FIGURES[self.metric]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one window held. A figure over nothing is None.

    Attributes:
        previous, previous_calls: of the window that it is compared with; None, 0 without one.
        usual, z: the median of the weeks before, and how far off the figure lies.
        bounds: between which the figure lies by chance, if it is a share of calls.
    """

    window: Window
    value: float | None
    calls: int
    previous: float | None = None
    previous_calls: int = 0
    usual: float | None = None
    z: float | None = None
    bounds: tuple[float, float] | None = None


Verdict = Literal["fires", "calm", "between", "insufficient", "maintenance", "holiday"]
"""fires: the condition holds. calm: it is over by the threshold to clear. between: neither.
insufficient: too few calls, or nothing to compare with. The last two were not judged."""

Told = Literal["", "fired", "again", "escalated", "cleared"]


@dataclass(frozen=True, slots=True)
class State:
    """What a rule's windows so far have led to."""

    firing: bool = False
    calm: int = 0  # calm windows in a row while it fires
    since: datetime | None = None  # when the first window of this firing was decided
    told: bool = False  # whether people know of a firing, and not yet of its end
    told_at: datetime | None = None  # when they were told last of one
    escalated: bool = False
    acknowledged: bool = False  # somebody has taken note: they need not be told again


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of one window, once and for all."""

    seen: Seen
    verdict: Verdict
    firing: bool
    event: Literal["", "fired", "cleared"]
    told: Told


def measured(rule: Rule, seen: Seen) -> float | None:
    """What is held against the threshold; None if it cannot be said.

    A percentage of change is of the previous figure: 80 -> 40 is a decrease of 50 %.
    """
    match rule.condition:
        case "less" | "greater":
            return seen.value
        case "low":
            return None if seen.z is None else -seen.z
        case "high":
            return seen.z
        case "unusual":
            return None if seen.z is None else abs(seen.z)
    if seen.value is None or seen.previous is None:
        return None
    rise = seen.value - seen.previous
    change = rise if rule.condition.startswith("increase") else -rise
    if not rule.condition.endswith("_percent"):
        return change
    return change / abs(seen.previous) * 100 if seen.previous else None


def verdict(rule: Rule, seen: Seen) -> Verdict:
    """What a window is, whatever the ones before it were."""
    value = measured(rule, seen)
    if value is None or counted(rule, seen) < rule.min_calls:
        return "insufficient"
    certain = value
    if rule.by_chance:
        if seen.bounds is None:
            return "insufficient"
        low, high = seen.bounds
        certain = high if rule.condition in BELOW else low
    below = rule.condition in BELOW
    if certain < rule.threshold if below else certain > rule.threshold:
        return "fires"
    return (
        "calm" if (value >= rule.clear_at if below else value <= rule.clear_at) else "between"
    )


def counted(rule: Rule, seen: Seen) -> int:
    """How many calls a window's verdict rests on.

    Two ratios must both be of enough calls; of two sums one must, else a sum that falls to
    nothing would never be noticed.
    """
    if rule.condition not in CHANGES:
        return seen.calls
    pair = (seen.calls, seen.previous_calls)
    return min(pair) if is_ratio(rule.figure) else max(pair)


def is_ratio(metric: Metric) -> bool:
    """Whether few calls make the figure worth little: no sum, and no count."""
    return metric.is_ratio or metric.percentile is not None


def judge(
    rule: Rule, state: State, seen: Seen, not_judged: Verdict | None = None
) -> tuple[State, Decision]:
    """Decide one window after the ones before it.

    What is insufficient, or not judged, says nothing: it neither fires nor clears, and does not
    break a row of calm windows.

    Args:
        not_judged: 'maintenance' or 'holiday', if the window lies in one.
    """
    found = not_judged or verdict(rule, seen)
    at = seen.window.end + rule.lag
    event: Literal["", "fired", "cleared"] = ""
    if not state.firing and found == "fires":
        event = "fired"
        state = replace(
            state, firing=True, calm=0, since=at, escalated=False, acknowledged=False
        )
    elif state.firing and found in ("fires", "between"):
        state = replace(state, calm=0)
    elif state.firing and found == "calm":
        state = replace(state, calm=state.calm + 1)
        if state.calm >= rule.clear_windows:
            event = "cleared"
            state = replace(state, firing=False, calm=0, since=None)
    state, told = tell(rule, state, at)
    return state, Decision(seen, found, state.firing, event, told)


def judge_all(
    rule: Rule, state: State, windows: Iterable[tuple[Seen, Verdict | None]]
) -> tuple[State, list[Decision]]:
    """Decide windows, oldest first, each with why it is not judged, if it is not."""
    decisions = []
    for seen, not_judged in windows:
        state, decision = judge(rule, state, seen, not_judged)
        decisions.append(decision)
    return state, decisions


def tell(rule: Rule, state: State, at: datetime) -> tuple[State, Told]:
    """Whether people are told when a window is decided at `at`, and of what.

    What is held back is not lost: a firing that goes on, or the end of one that they know of,
    is told as soon as nothing holds it back.
    """
    if is_held_back(rule, at):
        return state, ""
    if not state.firing:
        return (replace(state, told=False), "cleared") if state.told else (state, "")
    known = replace(state, told=True, told_at=at)
    since_told = None if state.told_at is None else at - state.told_at
    if not state.told:
        cooled = since_told is None or since_told >= rule.cooldown
        return (known, "fired") if cooled else (state, "")
    if state.acknowledged:
        return state, ""
    assert state.since is not None
    assert since_told is not None
    if rule.escalate and not state.escalated and at - state.since >= rule.escalate:
        return replace(known, escalated=True), "escalated"
    if rule.renotify and since_told >= rule.renotify:
        return known, "again"
    return state, ""


def is_held_back(rule: Rule, at: datetime) -> bool:
    """Whether nobody is to be told at `at`: the rule is muted, or it is quiet."""
    if rule.muted_until is not None and at < rule.muted_until:
        return True
    if rule.severity == "critical" or rule.quiet_from is None or rule.quiet_until is None:
        return False
    shown = at.astimezone(rule.zone).time()
    if rule.quiet_from <= rule.quiet_until:
        return rule.quiet_from <= shown < rule.quiet_until
    return shown >= rule.quiet_from or shown < rule.quiet_until  # over midnight
