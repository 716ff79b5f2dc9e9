"""Telnyx: CDR reports of its portal (CSV), and pages of its detail records (JSON). All in UTC.

`call_sec` is how long it was talked, `billed_sec` what is paid for.
"""

from collections.abc import Iterator
from typing import BinaryIO

from cdrstats.sources.fields import (
    BadRow,
    fitting,
    is_unset,
    money,
    seconds_between,
    whole_or_none,
)
from cdrstats.sources.named import API, Named, moment, read_named
from cdrstats.sources.record import BadLine, Options, Record

FEED = "telnyx"
NEEDED = (
    ("cli", "originating number", "caller id number"),
    ("cld", "terminating number", "dest number", "destination number"),
    ("started at", "start timestamp", "start time", "call start"),
)


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of a report, or of pages of detail records."""
    del options
    return read_named(stream, NEEDED, _record)


def _record(call: Named, line: int) -> Record:
    id = call.take("id", "call uuid", "uuid", "call leg id", "telnyx leg id", "call id")
    if not id:
        raise BadRow("it has no id")
    start = moment(call.take(*NEEDED[2]), "start")
    answer_text = call.take("answered at", "answer timestamp", "answer time")
    answer = None if is_unset(answer_text) else moment(answer_text, "answer time")
    end_text = call.take("finished at", "end timestamp", "end time", "completed at")
    end = None if is_unset(end_text) else moment(end_text, "end")
    talk = whole_or_none(call.take("call sec", "call duration", "duration"), "duration") or 0
    billed = whole_or_none(call.take("billed sec", "billable time"), "billed seconds")
    lasted = int((end - start).total_seconds()) if end else 0
    direction = call.take("direction", "call type").lower()
    pdd = whole_or_none(call.take("pdd", "post dial delay ms"), "post-dial delay")
    return Record(
        line,
        API,
        FEED,
        id,
        True,
        callid=id,
        caller_id_number=call.take(*NEEDED[0]),
        caller_id_name=call.take("caller name", "caller id name"),
        destination_number=call.take(*NEEDED[1]),
        start=start,
        duration=fitting(max(lasted, talk), "duration"),
        billsec=talk,
        answered=answer is not None if answer_text or talk == 0 else None,
        answersec=seconds_between(start, answer) if answer else None,
        pdd_ms=pdd,
        hangup_cause_id=whole_or_none(call.take("hangup code", "q850 code"), "hangup code"),
        hangup_cause=call.take("hangup cause", "hangup details", "termination cause"),
        direction=1 if direction.startswith("in") else 2 if direction.startswith("out") else 0,
        buy_rate=money(call.take("rate"), "rate"),
        buy_cost=money(call.take("cost", "amount", "total cost"), "cost"),
        extra=call.rest() | ({} if billed is None else {"billed_seconds": str(billed)}),
    )
