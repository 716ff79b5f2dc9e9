"""Rules, and what they found, as people are told of it. Pure."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from cdrstats import format
from cdrstats.alarms.history import Event
from cdrstats.alarms.rules import LEVELS, USUAL, Rule

WINDOWS = {
    "5min": "5 minutes",
    "quarter": "quarter of an hour",
    "hour": "hour",
    "day": "day",
    "week": "week",
    "month": "month",
}
AGAINST = {
    "previous": "the one before",
    "day": "the same time the day before",
    "week": "the same time a week before",
}
MOVES = {
    "less": "is below",
    "greater": "is above",
    "decrease": "fell by more than",
    "increase": "rose by more than",
    "decrease_percent": "fell by more than",
    "increase_percent": "rose by more than",
    "low": "is unusually low: its robust z is below -",
    "high": "is unusually high: its robust z is above ",
    "unusual": "is unusual: its robust z is beyond ±",
}
TOLD = {
    "fired": "Fired",
    "again": "Still firing",
    "escalated": "Still firing, after long",
    "cleared": "Over",
}


def condition(rule: Rule) -> str:
    """When it fires: 'ASR is below 40.0 % in an hour'."""
    said = f"{rule.figure.label} {MOVES[rule.condition]}"
    said += size(rule, rule.threshold) if rule.condition in USUAL else f" {limit(rule)}"
    said += f" in {'an' if rule.length == 'hour' else 'a'} {WINDOWS[rule.length]}".replace(
        "a 5", "5"
    )
    return f"{said}, against {AGAINST[rule.compare]}" if rule.compare else said


def limit(rule: Rule) -> str:
    """The threshold in its unit."""
    return size(rule, rule.threshold)


def size(rule: Rule, amount: float) -> str:
    """An amount as the condition measures it: the figure, how far it moved, or a z."""
    metric = rule.figure
    if rule.condition in USUAL:
        return f"{amount:g}"
    if rule.condition.endswith("_percent"):
        return f"{amount:g} %"
    if rule.condition not in LEVELS and metric.unit == "percent":
        return f"{amount:g} points"
    if metric.unit == "count":
        return f"{amount:,.6g}"
    return metric.written(amount)


def calls_of(query: str) -> str:
    """Of which calls, from the filters of a page's address: 'switch pbx1, country Spain'."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return ", ".join(f"{name} {value}" for name, value in pairs) or "all"


def headline(event: Event) -> str:
    """What happened, on one line: 'ASR of pbx1: ASR 31.2 %'."""
    rule = event.rule.rule
    said = f"{rule.name}: {rule.figure.label} {rule.figure.written(event.value)}"
    if event.told != "fired":
        said = f"{TOLD[event.told]}: {said}"
    return f"Critical: {said}" if rule.severity == "critical" else said


def facts(event: Event) -> list[tuple[str, str]]:
    """All that is known of a window that people are told of, as labels and values."""
    rule, zone = event.rule.rule, event.rule.rule.zone
    metric = rule.figure
    found = [
        ("State", TOLD[event.told]),
        ("Rule", rule.name),
        ("Fires when", condition(rule)),
        ("Calls", calls_of(rule.query)),
        *([("Of these", calls_of(rule.part))] if rule.part else []),
        ("Window", f"{format.span(event.window.start, event.window.end, zone)} ({zone.key})"),
        (metric.label, metric.written(event.value)),
        ("Number of calls", format.count(event.calls)),
    ]
    if rule.compare:
        found.append((f"{metric.label} before", metric.written(event.previous)))
    if rule.condition in USUAL:
        z = format.NOTHING if event.z is None else f"{event.z:.1f}"
        found += [("Usually", metric.written(event.usual)), ("Robust z", z)]
    if event.note:
        found.append(("Late calls", event.note))
    return found


def contributors(event: Event) -> list[tuple[str, str, str]]:
    """Who has most to do with it: name, calls, figure."""
    metric = event.rule.rule.figure
    return [
        (one.name, format.count(one.calls), metric.written(one.value))
        for one in event.contributors
    ]


def course(events: Sequence[Event]) -> list[tuple[str, str, str]]:
    """What happened before, oldest first: state, window, figure."""
    return [
        (
            TOLD[each.told],
            format.span(each.window.start, each.window.end, each.rule.rule.zone),
            each.rule.rule.figure.written(each.value),
        )
        for each in events
    ]
