"""Asterisk's call detail records, whatever file they stand in (cdr/cdr_csv.c, main/cdr.c)."""

import re
from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from cdrstats.sources.fields import BadRow, is_unset, seconds_between, stamp, whole
from cdrstats.sources.record import Record

ASTERISK = 4

# The order in which a Layout hands the fields to `call`. `answer` and `end` come last in use:
# a GUI export has neither.
FIELDS = (
    "accountcode",
    "src",
    "dst",
    "clid",
    "channel",
    "start",
    "duration",
    "billsec",
    "disposition",
    "uniqueid",
    "sequence",
    "answer",
    "end",
    "dcontext",
    "dstchannel",
    "lastapp",
    "lastdata",
    "amaflags",
    "userfield",
    "linkedid",
    "peeraccount",
)
KEPT = FIELDS[10:]
"""Fields that go to `extra` under their own names, where they are not empty."""

# Asterisk logs a disposition, not a cause; these are the Q.850 causes that it stands for.
CAUSES = {
    "ANSWERED": 16,
    "ANSWER": 16,
    "BUSY": 17,
    "NO ANSWER": 19,
    "NOANSWER": 19,
    "CONGESTION": 34,
    "FAILED": 41,
    "CANCEL": 16,
    "CHANUNAVAIL": 47,
    "DONTCALL": 21,
    "TORTURE": 21,
    "INVALIDARGS": 47,
}

_UNIQUEID = re.compile(r"(?:[\w.-]+-)?\d{9,10}\.\d+", re.ASCII)


class Layout:
    """Which column of a file holds which field of FIELDS; a field that is missing is empty."""

    def __init__(self, columns: Iterable[str], feed: str) -> None:
        """`columns`: the fields in the order of the file; `feed`: unless sequence tells."""
        self.columns = tuple(columns)
        self.feed = feed
        self.has_answer = "answer" in self.columns
        at = {name: position for position, name in enumerate(self.columns)}
        # -1: the empty cell that `call` puts behind the others.
        self.pick = itemgetter(*(at.get(name, -1) for name in FIELDS))
        self.others = [
            (name, position) for name, position in at.items() if name and name not in FIELDS
        ]


def call(layout: Layout, cells: list[str], line: int) -> Record:
    """The record of a row.

    Raises:
        BadRow: its start, answer time, duration or billsec cannot be read.
    """
    picked = layout.pick([*cells, ""])
    account, src, dst, clid, channel, start, duration, billsec, disposition = picked[:9]
    uniqueid, sequence, answer = picked[9:12]
    try:
        start_at, start_text = stamp(start, "start")
    except BadRow:
        if is_unset(start):
            raise BadRow("the start is empty") from None
        raise
    answered: bool | None = None
    answersec: int | None = None
    if layout.has_answer:
        answered = not is_unset(answer)
        if answered:
            answersec = seconds_between(start_at, stamp(answer, "answer time")[0])
    if sequence and uniqueid:
        feed, identity = "asterisk:sequence", f"{uniqueid} {sequence}"
    else:
        feed, identity = layout.feed, "\x1f".join(cells)
    name, number = caller(clid) if clid else ("", "")
    extra: dict[str, Any] = {key: text for key, text in zip(KEPT, picked[10:]) if text}  # noqa: B905
    if number != src and src and number:
        extra["clid"] = clid
    for key, position in layout.others:
        if cells[position]:
            extra[key] = cells[position]
    cause = CAUSES.get(disposition) or CAUSES.get(disposition.strip().upper())
    if cause is not None:
        extra["hangup_cause_derived"] = True
    # By position, in the order of Record: by name it takes three times as long.
    return Record(
        line,
        ASTERISK,
        feed,
        identity,
        False,
        None,  # the switch
        uniqueid,
        src or number,
        name,
        dst,
        start_at if start_text is None else None,
        start_text,
        whole(duration, "duration"),
        whole(billsec, "billsec"),
        answered,
        answersec,
        None,  # progresssec
        None,  # waitsec
        None,  # pdd_ms
        cause,
        disposition,
        0,  # direction: Asterisk does not tell
        channel,
        account,
        None,  # leg_of
        None,  # names_leg
        extra,
    )


def caller(clid: str) -> tuple[str, str]:
    """Name and number out of `"Name" <number>`; either may be missing."""
    if clid.endswith(">"):
        cut = clid.rfind("<")
        if cut >= 0:
            name = clid[:cut].strip()
            if len(name) > 1 and name[0] == '"' == name[-1]:
                name = name[1:-1]
            return name, clid[cut + 1 : -1]
    text = clid.strip().strip('"')
    return ("", text) if text.lstrip("+").isdecimal() else (text, "")


def looks_like_uniqueid(text: str) -> bool:
    """Whether a cell is `[system-]epoch.counter`; tells uniqueid from userfield."""
    return _UNIQUEID.fullmatch(text) is not None
