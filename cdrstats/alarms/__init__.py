"""Alarms: rules that watch figures, decide each window once, and say what people are told.

    rule --due--> windows --seen_in--> figures --judge--> decisions --events--> who sends mails
                  the past --backtest--> when it would have fired

A rule is OK until a window fires, and fires until enough calm ones cleared it; windows of too
few calls say nothing. It sees the calls of its owner, and no others.
"""

from cdrstats.alarms.backtest import Backtest, backtest, preview
from cdrstats.alarms.calendar import (
    Maintenance,
    add_holidays,
    add_maintenance,
    calendar_of,
    list_holidays,
    list_maintenance,
    remove_holidays,
    remove_maintenance,
)
from cdrstats.alarms.checking import SPLITS, check, with_defaults, zone_named
from cdrstats.alarms.evaluation import evaluate
from cdrstats.alarms.history import (
    Decided,
    Event,
    acknowledge,
    events,
    forget,
    last_decided,
    path_to,
    windows_decided,
)
from cdrstats.alarms.reading import Asked, Contributor, filter_query, understood
from cdrstats.alarms.rules import (
    COMPARES,
    CONCURRENCY,
    CONDITIONS,
    FIGURES,
    LENGTHS,
    SEVERITIES,
    SHARE,
    Decision,
    Rule,
    Seen,
    State,
    judge,
    judge_all,
    verdict,
)
from cdrstats.alarms.store import (
    Stored,
    add,
    asked_of,
    change,
    find,
    list_rules,
    mute,
    owners,
    pause,
    remove,
    resume,
    scope_of,
)
from cdrstats.alarms.windows import NO_CALENDAR, Calendar, due, windows_of

__all__ = [
    "COMPARES",
    "CONCURRENCY",
    "CONDITIONS",
    "FIGURES",
    "LENGTHS",
    "NO_CALENDAR",
    "SEVERITIES",
    "SHARE",
    "SPLITS",
    "Asked",
    "Backtest",
    "Calendar",
    "Contributor",
    "Decided",
    "Decision",
    "Event",
    "Maintenance",
    "Rule",
    "Seen",
    "State",
    "Stored",
    "acknowledge",
    "add",
    "add_holidays",
    "add_maintenance",
    "asked_of",
    "backtest",
    "calendar_of",
    "change",
    "check",
    "due",
    "evaluate",
    "events",
    "filter_query",
    "find",
    "forget",
    "judge",
    "judge_all",
    "last_decided",
    "list_holidays",
    "list_maintenance",
    "list_rules",
    "mute",
    "owners",
    "path_to",
    "pause",
    "preview",
    "remove",
    "remove_holidays",
    "remove_maintenance",
    "resume",
    "scope_of",
    "understood",
    "verdict",
    "windows_decided",
    "windows_of",
    "with_defaults",
    "zone_named",
]
