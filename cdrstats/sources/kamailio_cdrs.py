"""Calls as Kamailio's databases have them: `acc_cdrs` of its module acc, `cdrs` of siremis.

`cdrs` is made of answered calls alone: its start is the answer. `acc_cdrs` has failed calls
too, with a duration of 0, and its start is the INVITE unless `cdr_start_on_confirmed` is set:
the file does not tell which, its duration counts as talked, and `billsec_derived` says so.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cdrstats.sources.fields import BadRow, instant_or_stamp, milliseconds, money
from cdrstats.sources.kamailio_acc import KAMAILIO
from cdrstats.sources.record import BadLine, Options, Record
from cdrstats.sources.sip import CALLEE, CALLER, Q850, first_of
from cdrstats.sources.tables import Table, read_table

TABLES = frozenset({"acc_cdrs", "cdrs"})
CALLID = ("sip_call_id", "callid", "call_id")
FROM_TAG = ("sip_from_tag", "from_tag")
TO_TAG = ("sip_to_tag", "to_tag")
START = ("call_start_time", "start_time")
_TOLD = frozenset({"id", "cdr_id", "duration", *CALLID, *FROM_TAG, *TO_TAG, *START})


def is_header(names: Iterable[str]) -> bool:
    """Whether columns by these names, in lower case, are those of either table."""
    known = set(names)
    return "duration" in known and (
        {"call_start_time", "sip_call_id"} <= known or {"start_time", "end_time"} <= known
    )


def _record(row: dict[str, str], line: int) -> Record:
    start = first_of(row, START)
    if not start:
        raise BadRow("it has no start time")
    at, local = instant_or_stamp(start, "start time")
    milli = milliseconds(row.get("duration", ""), "duration")
    code = row.get("sip_code", "")
    is_code = len(code) == 3 and code.isdecimal() and code.isascii()
    of_answered = "call_start_time" in row
    answered = of_answered or (code < "300" if is_code else milli > 0)
    callid, caller_tag = first_of(row, CALLID), first_of(row, FROM_TAG)
    caller, callee = first_of(row, CALLER), first_of(row, CALLEE)
    extra: dict[str, object] = {
        name: text for name, text in row.items() if text and name not in _TOLD
    }
    if caller_tag:
        extra["from_tag"], extra["to_tag"] = caller_tag, first_of(row, TO_TAG)
    if is_code:
        extra["sip_term_status"] = code
    if answered and not of_answered:
        extra["billsec_derived"] = True
    if callid and caller_tag:
        feed = "kamailio"
        tags = (caller_tag, first_of(row, TO_TAG)) if answered else (caller_tag,)
        identity = "|".join((callid, *tags))
    else:
        feed = "kamailio:cdrs"
        number = row.get("id") or row.get("cdr_id", "")
        identity = "|".join((callid, number, start, row.get("duration", ""), caller, callee))
    return Record(
        line,
        KAMAILIO,
        feed,
        identity,
        callid=callid,
        caller_id_number=caller,
        destination_number=callee,
        start=at if local is None else None,
        start_text=local,
        duration=milli // 1000,
        billsec=milli // 1000 if answered else 0,
        answered=answered,
        hangup_cause_id=16 if answered else Q850.get(int(code)) if is_code else None,
        hangup_cause=f"{code} {row.get('sip_reason', '')}".strip(),
        sell_cost=money(row.get("cost", ""), "cost") if row.get("rated") == "1" else None,
        extra=extra,
    )


_TABLE = Table(TABLES, is_header, _record)


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of a table, a row each."""
    del options
    return read_table(stream, _TABLE)
