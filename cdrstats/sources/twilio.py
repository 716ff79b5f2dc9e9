"""Twilio's call log: the console's CSV, and pages of its API (Calls, 2010-04-01).

Stamps are RFC 2822 or ISO 8601 with an offset, else UTC. `duration` is the time that is billed:
none as long as a call goes on. There is no hangup cause, only a status.
"""

from collections.abc import Iterator
from typing import BinaryIO

from cdrstats.sources.fields import BadRow, fitting, money, whole
from cdrstats.sources.named import API, Named, moment, read_named
from cdrstats.sources.record import BadLine, Options, Record

FEED = "twilio"
NEEDED = (("sid", "call sid"), ("from",), ("to",), ("status", "call status"))

CAUSES = {"completed": 16, "busy": 17, "no-answer": 19, "failed": 41, "canceled": 16}
"""The Q.850 causes that a status stands for."""

ON_THEIR_WAY = frozenset({"queued", "initiated", "ringing", "in-progress"})


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of a log; each leg is a call of its own, as it is billed."""
    del options
    return read_named(stream, NEEDED, _record)


def _record(call: Named, line: int) -> Record:
    sid = call.take("sid", "call sid")
    if not sid:
        raise BadRow("it has no sid")
    status = call.take("status", "call status").lower().replace(" ", "-")
    if status in ON_THEIR_WAY:
        raise BadRow(f"the call goes on: it is {status}; load the log once it is over")
    start = moment(call.take("start time", "start date", "date created"), "start time")
    end_text = call.take("end time", "end date")
    talk = whole(call.take("duration", "call duration") or "0", "duration")
    lasted = (moment(end_text, "end time") - start).total_seconds() if end_text else 0
    price = money(call.take("price"), "price")
    direction = call.take("direction").lower()
    answered = status == "completed"
    return Record(
        line,
        API,
        FEED,
        sid,
        callid=sid,
        caller_id_number=_number(call.take("from")),
        caller_id_name=call.take("caller name"),
        destination_number=_number(call.take("to")),
        start=start,
        duration=fitting(max(int(lasted), talk), "duration"),
        billsec=talk if answered else 0,
        answered=answered,
        hangup_cause_id=CAUSES.get(status),
        hangup_cause=status,
        direction=1 if direction == "inbound" else 2 if direction.startswith("outbound") else 0,
        buy_cost=None if price is None else abs(price),
        extra=call.rest() | ({"hangup_cause_derived": True} if status in CAUSES else {}),
    )


def _number(text: str) -> str:
    """A number, or what a SIP address or a client is called."""
    return text.removeprefix("sip:").partition("@")[0] if text.startswith("sip:") else text
