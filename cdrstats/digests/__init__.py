"""Digests: what people are mailed of their calls, each day, week or month, or by a cron line.

    digest --due--> period --read--> contents --blocks_of--> mails, one for each who gets it

Each period is told of once; of several that were missed, the last. A digest sees the calls of
its owner, and no others.
"""

from cdrstats.digests.contents import calls_of
from cdrstats.digests.language import LANGUAGES, Language, nearest
from cdrstats.digests.leaving import LANGUAGE, leave, meant
from cdrstats.digests.rules import (
    EVERY,
    FILES,
    PARTS,
    Digest,
    check,
    due,
    last_run,
    latest,
    next_run,
)
from cdrstats.digests.sending import drafted, preview, send_due, send_now
from cdrstats.digests.store import (
    OPERATOR,
    TIMES,
    Stored,
    add,
    change,
    find,
    list_digests,
    pause,
    remove,
    resume,
    scope_of,
    usual_language,
    without_times,
)

__all__ = [
    "EVERY",
    "FILES",
    "LANGUAGE",
    "LANGUAGES",
    "OPERATOR",
    "PARTS",
    "TIMES",
    "Digest",
    "Language",
    "Stored",
    "add",
    "calls_of",
    "change",
    "check",
    "drafted",
    "due",
    "find",
    "last_run",
    "latest",
    "leave",
    "list_digests",
    "meant",
    "nearest",
    "next_run",
    "pause",
    "preview",
    "remove",
    "resume",
    "scope_of",
    "send_due",
    "send_now",
    "usual_language",
    "without_times",
]
