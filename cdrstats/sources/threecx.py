"""3CX's CDR output: `Call` and the fields in the order that its page of settings was given.

Without `columns` that is its usual order. Numbers of telephones are written `Ext.100`. Stamps
are the switch's local time, and `duration` may be all of a call or its talk alone.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

from cdrstats.sources.fields import BadRow, fitting, is_unset, seconds_between, shown, stamp
from cdrstats.sources.lines import columns, csv_cells, read_rows
from cdrstats.sources.record import BadLine, Options, Record

CSV = 1
FEED = "3cx"
EXTENSION = "Ext."

ORDER = (
    "historyid",
    "callid",
    "duration",
    "time-start",
    "time-answered",
    "time-end",
    "reason-terminated",
    "from-no",
    "to-no",
    "from-dn",
    "to-dn",
    "dial-no",
    "reason-changed",
    "final-number",
    "final-dn",
    "bill-code",
    "bill-rate",
    "bill-cost",
    "bill-name",
    "chain",
    "from-type",
    "to-type",
    "final-type",
    "from-dispname",
    "to-dispname",
    "final-dispname",
    "missed-queue-calls",
)
LEAST = 9
"""Fields of a record in the usual order, of which the later ones may be left out."""

CAUSES = {
    "terminatedbysrc": 16,
    "terminatedbydst": 16,
    "srcparticipantterminated": 16,
    "dstparticipantterminated": 16,
    "noanswer": 19,
    "busy": 17,
    "declined": 21,
    "rejected": 21,
    "noroute": 3,
    "notfound": 1,
    "failed": 41,
    "failedcantransfer": 41,
}
"""The Q.850 causes that a reason stands for, written without case and signs."""

_TOLD = (
    "duration",
    "time-start",
    "time-answered",
    "from-no",
    "to-no",
    "dial-no",
    "reason-terminated",
    "from-dispname",
    "bill-code",
    "callid",
)
_split = csv_cells()


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of a log; `options.columns` names its fields where the order is not usual."""
    order = options.columns or ORDER
    return read_rows(stream, _split, lambda cells, line: _record(order, cells, line))


def _record(order: tuple[str, ...], cells: list[str], line: int) -> Record:
    first = cells[0].strip() if cells else ""
    if first.startswith("Call "):
        cells = [first.removeprefix("Call "), *cells[1:]]
    while len(cells) > len(order) and not cells[-1]:
        cells.pop()
    if not (LEAST if order is ORDER else len(order)) <= len(cells) <= len(order):
        wanted = f"{LEAST} to {len(order)}" if order is ORDER else f"{len(order)}"
        raise BadRow(f"it has {columns(len(cells))}; a record of 3CX has {wanted}")
    cell = {name: text.strip() for name, text in zip(order, cells, strict=False)}
    start, start_text = stamp(cell.get("time-start", ""), "time-start")
    end, _ = stamp(cell.get("time-end", ""), "time-end")
    answer = cell.get("time-answered", "")
    answered_at = None if is_unset(answer) else stamp(answer, "time-answered")[0]
    reason = cell.get("reason-terminated", "")
    talk = _between(answered_at, end) if answered_at else 0
    caller, callee = cell.get("from-no", ""), cell.get("to-no", "")
    ours, theirs = caller.startswith(EXTENSION), callee.startswith(EXTENSION)
    kept = ((name, text) for name, text in cell.items() if text and name not in _TOLD)
    extra: dict[str, Any] = dict(kept)
    if answer:
        extra["answer"] = answer
    cause = CAUSES.get("".join(sign for sign in reason.lower() if sign.isalnum()))
    if cause is not None:
        extra["hangup_cause_derived"] = True
    return Record(
        line,
        CSV,
        FEED,
        "|".join((cell.get("historyid", ""), cell["callid"], cell["time-start"], callee)),
        callid=cell["callid"],
        caller_id_number=caller.removeprefix(EXTENSION),
        caller_id_name=cell.get("from-dispname", ""),
        destination_number=(cell.get("dial-no") or callee).removeprefix(EXTENSION),
        start=start if start_text is None else None,
        start_text=start_text,
        duration=max(_seconds(cell.get("duration", "")), _between(start, end)),
        billsec=talk,
        answered=talk > 0,
        answersec=seconds_between(start, answered_at) if answered_at and talk else None,
        hangup_cause_id=cause,
        hangup_cause=reason,
        direction={(True, False): 2, (False, True): 1}.get((ours, theirs), 0),
        accountcode=cell.get("bill-code", ""),
        extra=extra,
    )


def _between(start: datetime, end: datetime) -> int:
    return fitting(seconds_between(start, end) or 0, "duration")


def _seconds(text: str) -> int:
    """A time as H:MM:SS, with fractions or none; 0 where it is empty. Raises BadRow."""
    parts = ["0", "0", *text.split(":")][-3:]
    try:
        hours, minutes, seconds = (float(part or 0) for part in parts)
        whole = int(hours * 3600 + minutes * 60 + seconds)
    except (ValueError, OverflowError):  # as of nan and inf, which float takes
        raise BadRow(f'the duration "{shown(text)}" is not H:MM:SS') from None
    return fitting(whole, "duration")
