"""Windows of a rule as what charts and tables take. Pure: no Streamlit, no queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from cdrstats import format
from cdrstats.alarms import Decided, Decision, Rule, words
from cdrstats.alarms.rules import BELOW, LEVELS
from cdrstats.clock import Window, as_local

VERDICTS = {
    "fires": "Fires",
    "calm": "Calm",
    "between": "Between",
    "insufficient": "Too few calls",
    "maintenance": "Maintenance",
    "holiday": "Holiday",
}


@dataclass(frozen=True, slots=True)
class Watched:
    """What is drawn of one window, judged live or in a back-test."""

    window: Window
    value: float | None
    calls: int
    verdict: str
    firing: bool


def of_decisions(decisions: Iterable[Decision]) -> list[Watched]:
    """The windows of a back-test."""
    return [
        Watched(each.seen.window, each.seen.value, each.seen.calls, each.verdict, each.firing)
        for each in decisions
    ]


def of_decided(decided: Iterable[Decided]) -> list[Watched]:
    """The windows that were decided live."""
    return [
        Watched(each.window, each.value, each.calls, each.verdict, each.firing)
        for each in decided
    ]


def drawn(rule: Rule, windows: Sequence[Watched]) -> pd.DataFrame:
    """The data of the chart `watched`; times as the clocks of the rule's zone showed them."""
    zone, metric = rule.zone, rule.figure

    def shown_at(moment: datetime) -> datetime:
        return as_local(moment, zone).replace(tzinfo=UTC)

    return pd.DataFrame(
        {
            "start": [shown_at(each.window.start) for each in windows],
            "end": [shown_at(each.window.end) for each in windows],
            "mid": [shown_at(each.window.start + each.window.length / 2) for each in windows],
            "value": pd.array([each.value for each in windows], dtype="Float64"),
            "firing": [each.firing for each in windows],
            "fires": [each.verdict == "fires" for each in windows],
            "when": [format.span(each.window.start, each.window.end, zone) for each in windows],
            "shown": [metric.written(each.value) for each in windows],
            "state": [VERDICTS[each.verdict] for each in windows],
            "calls": [each.calls for each in windows],
        }
    )


def levels(rule: Rule) -> tuple[tuple[float, str], ...]:
    """The lines of a chart at which a rule on the figure itself fires and clears."""
    if rule.condition not in LEVELS:
        return ()
    side = "below" if rule.condition in BELOW else "above"
    fires = (rule.threshold, f"Fires {side} {words.limit(rule)}")
    if rule.clear_at == rule.threshold:
        return (fires,)
    return (fires, (rule.clear_at, f"Clears at {words.size(rule, rule.clear_at)}"))


def when(rule: Rule, window: Window) -> str:
    """Which window it was, shortly: of hours and less, when it began."""
    if rule.length in ("day", "week", "month"):
        return format.span(window.start, window.end, rule.zone)
    return format.moment(window.start, rule.zone)


def history(rule: Rule, decided: Iterable[Decided]) -> list[dict[str, object]]:
    """What happened, newest first: where it fired or cleared, and what people were told."""
    metric = rule.figure
    return [
        {
            "state": [words.TOLD[each.told or each.event]],
            "when": when(rule, each.window),
            "value": metric.written(each.value),
            "calls": each.calls,
            "who": ", ".join(f"{one['name']} ({one['calls']:,})" for one in each.contributors),
            "acknowledged": _noted(each),
            "note": each.note,
        }
        for each in decided
        if each.event or each.told
    ][::-1]


def _noted(decided: Decided) -> str:
    if decided.acknowledged_by is None:
        return ""
    why = f": {decided.acknowledged_why}" if decided.acknowledged_why else ""
    return f"{decided.acknowledged_by}{why}"
