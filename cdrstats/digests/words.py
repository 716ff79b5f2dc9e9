"""All that a digest says, in one place: another language would be another of these. Pure."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from cdrstats import format
from cdrstats.analysis import Mark
from cdrstats.choices import NAMED
from cdrstats.clock import Window
from cdrstats.digests.rules import Digest
from cdrstats.metrics import Metric, Parts, change

OF = {"day": "day", "week": "week", "month": "month", "cron": "time since the last digest"}
BEFORE = {
    "day": "the day before",
    "week": "the week before",
    "month": "the month before",
    "cron": "as much time before",
}
WHEN = {
    "day": "Each day at {at}",
    "week": "Mondays at {at}",
    "month": "The first of each month at {at}",
    "cron": "By the cron line {cron}",
}
FILTERS = (*NAMED, "where", "result", "counted")
"""Of a view's address, what says which calls it shows."""

STEPS = {"quarter": "quarter of an hour", "hour": "hour", "day": "day", "week": "week"}
MANY = {"quarter": "quarters of an hour", "hour": "hours", "day": "days"}
TOLD = {
    "fired": "Fired",
    "again": "Still firing",
    "escalated": "Still firing, after long",
    "cleared": "Over",
}

NO_CALLS = "No call was made."
TOO_LONG = "Who called most is left out: reading it takes too long for so many calls."
NOTHING_UNUSUAL = "Nothing was unusual, beside the same time of the weeks before."
NO_HISTORY = "What is unusual cannot be told: there are not enough weeks before."
HEAVY = (
    "The calls do not come with this mail as a file: they are too many. The link shows them."
)
UNNAMED = "Unknown"
OPEN, LEAVE = "Open this view", "Get no more of these mails"
WHY_YOU = "You get this because your address is among those of the digest “{name}”, of {owner}."

HEADS = {
    "causes": ("Hangup causes", ("", "Calls", "Share")),
    "countries": ("Top countries", ("", "Calls", "Minutes", "ASR", "Calls before")),
    "talkers": ("Top callers", ("", "Calls", "Minutes", "ASR")),
    "alarms": ("Alarms", ("", "State", "Window", "Figure")),
}


def schedule(digest: Digest) -> str:
    """When it is sent: 'Mondays at 07:00'."""
    return WHEN[digest.every].format(at=f"{digest.at:%H:%M}", cron=digest.cron)


def calls_of(query: str) -> str:
    """Of which calls, from the address of a view: 'switch pbx1, country Spain'; or 'all'."""
    pairs = parse_qsl(query, keep_blank_values=True)
    told = [
        value if name == "where" else f"{name} {value}"
        for name, value in pairs
        if name in FILTERS
    ]
    return ", ".join(told) or "all"


def subject(name: str, period: Window, zone: ZoneInfo) -> str:
    """What the mail is called."""
    return f"{name}: {format.span(period.start, period.end, zone)}"


def moved(metric: Metric, now: Parts, before: Parts) -> str:
    """A figure and how far it moved: '1,234 (+5.6 %; 1,168 before)'."""
    said = metric.written(metric.of(now))
    by = change(metric, now, before)
    old = metric.written(metric.of(before))
    if by.by is None:
        return f"{said} ({old} before)"
    unit = "%" if by.unit == "percent" else "points"
    return f"{said} ({by.by:+,.1f} {unit}; {old} before)"


def chart(step: str, before: str) -> str:
    """What the chart shows."""
    return f"Calls by {STEPS.get(step, step)}: answered, not answered, and {before} as a line"


def unusual(marks: Sequence[Mark], step: str, zone: ZoneInfo) -> str:
    """What was unusual, in a sentence."""
    struck = [mark for mark in marks if mark.verdict in ("high", "low", "missing")]
    if not struck:
        known = any(mark.verdict == "usual" for mark in marks)
        return NOTHING_UNUSUAL if known else NO_HISTORY
    worst = max(struck, key=lambda mark: abs(mark.z or 0))
    count = f"{len(struck)} of {len(marks)} {MANY[step]}"
    be = "was" if len(struck) == 1 else "were"
    usual = format.NOTHING if worst.usual is None else f"{worst.usual:,.0f}"
    return (
        f"{count} {be} unusual, most of all {_at(worst.at, step, zone)}: {_calls(worst)},"
        f" usually {usual}."
    )


def _calls(mark: Mark) -> str:
    if not mark.value:
        return "no call"
    return "1 call" if mark.value == 1 else f"{mark.value:,} calls"


def _at(at: datetime, step: str, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%A}, {local.day} {local:%b}" if step == "day" else format.moment(at, zone)
