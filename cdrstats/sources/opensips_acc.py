"""OpenSIPS' tables `acc` and `missed_calls` since 2.x: a dialog a row, or a transaction a row.

With `do_accounting("db", "cdr")` OpenSIPS fills `created` (the INVITE), `setuptime` and
`duration`, and a row is a call; `time` is then the answer, of a failed call its final reply.
Without, `created` stays empty, and rows are transactions as Kamailio's are.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import BinaryIO

from cdrstats.sources.fields import INT4, BadRow, instant_or_stamp, is_unset, whole
from cdrstats.sources.kamailio_acc import NEEDED, TABLES
from cdrstats.sources.parts import Item, joined
from cdrstats.sources.record import Options, Part, Record
from cdrstats.sources.sip import (
    CALLEE,
    CALLER,
    CHALLENGES,
    FIELDS,
    Q850,
    SipCalls,
    first_of,
    part_of,
)
from cdrstats.sources.tables import Table, read_table

OPENSIPS = 7
FEED = "opensips"
SIGNS = frozenset({"setuptime", "created"})
"""Columns that Kamailio's tables do not have."""

_TOLD = FIELDS | {"id", "duration", "setuptime"}
_transactions = SipCalls(OPENSIPS, FEED)


def is_header(names: Iterable[str]) -> bool:
    """Whether columns by these names, in lower case, are those of OpenSIPS."""
    return set(names) >= NEEDED | SIGNS


def assemble(parts: Sequence[Part]) -> list[Record]:
    """A record for each row that is a call; what else there is, is put together."""
    told = [part for part in parts if _is_call(part.data)]
    if not told:
        return _transactions(parts)
    answered = {_caller(part) for part in told if _is_answer(part)}
    callers = {_caller(part) for part in told}
    # A challenge before a call, and a branch of it that failed, are no calls of their own.
    beside: dict[str, list[Part]] = {caller: [] for caller in callers}
    rest: list[Part] = []
    for part in parts:
        if _is_call(part.data) and (_is_answer(part) or _caller(part) not in answered):
            continue
        beside.get(_caller(part), rest).append(part)
    records = []
    for part in told:
        if _is_answer(part) or _caller(part) not in answered:
            records.append(_call(part, beside[_caller(part)]))
            beside[_caller(part)] = []
    return records + _transactions(rest)


def _caller(part: Part) -> str:
    return part.data.get("from_tag", "")


def _is_answer(part: Part) -> bool:
    return part.data["sip_code"] < "300"


def _is_call(data: dict[str, str]) -> bool:
    if data["sip_code"] in CHALLENGES:
        return False
    return data.get("duration", "") not in ("", "0") or not is_unset(data.get("created", ""))


def _part(fields: dict[str, str], line: int) -> Part:
    part = part_of(fields, line)
    if not _is_call(fields):
        return part
    if not fields.get("time"):
        raise BadRow("it has no time")
    for name in ("duration", "setuptime"):
        whole(fields.get(name) or "0", name)
    if not is_unset(fields.get("created", "")):
        instant_or_stamp(fields["created"], "created")
    part.ends = True
    return part


def _call(part: Part, beside: Sequence[Part]) -> Record:
    """The record of a row that is a call, and what stands `beside` it of the same caller."""
    data = part.data
    answered = _is_answer(part)
    talk = whole(data.get("duration") or "0", "duration") if answered else 0
    setup = whole(data.get("setuptime") or "0", "setuptime")
    if is_unset(data.get("created", "")):
        at, local = instant_or_stamp(data["time"], "time")
        if abs(setup) < 86_400:
            at -= timedelta(seconds=setup)
        local = local and at.isoformat(" ")
    else:
        at, local = instant_or_stamp(data["created"], "created")
    extra = {name: text for name, text in data.items() if text and name not in _TOLD}
    extra["sip_term_status"] = data["sip_code"]
    tags = (data.get("from_tag", ""), data.get("to_tag", ""))
    extra["from_tag"], extra["to_tag"] = tags
    if answered:
        extra["answer"] = data["time"]
    return Record(
        part.line,
        OPENSIPS,
        FEED,
        "|".join((data["callid"], *(tags if answered else tags[:1]))),
        switch=part.switch,
        callid=data["callid"],
        caller_id_number=first_of(data, CALLER),
        destination_number=first_of(data, CALLEE),
        start=at if local is None else None,
        start_text=local,
        duration=min(setup + talk, INT4),
        billsec=talk,
        answered=answered,
        answersec=setup if answered else None,
        hangup_cause_id=16 if answered else Q850.get(int(data["sip_code"])),
        hangup_cause=f"{data['sip_code']} {data.get('sip_reason', '')}".strip(),
        extra=extra,
        made_of=(part, *beside),
    )


_TABLE = Table(TABLES, is_header, _part)


def read(stream: BinaryIO, options: Options) -> Iterator[Item]:
    """Records of calls, and parts of calls that are not whole in the file."""
    del options
    rows = read_table(stream, _TABLE)
    return joined(rows, assemble)
