"""Asterisk's channel event log (CEL): what befell each channel, put together to calls.

Out of cel_custom's CSV, of the table `cel` as psql prints it, or of a dump. Events of one call
have one linkedid: the uniqueid of the channel that called. A file's order is not that of time.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from cdrstats.sources.asterisk import ASTERISK, CAUSES, looks_like_uniqueid
from cdrstats.sources.fields import (
    INT4,
    BadRow,
    clean_tree,
    in_time,
    instant_or_stamp,
    seconds_between,
    shown,
)
from cdrstats.sources.named import key_of
from cdrstats.sources.parts import Item, joined
from cdrstats.sources.record import Options, Part, Record
from cdrstats.sources.tables import Table, read_table

FEED = "asterisk:cel"
TABLES = frozenset({"cel"})
NEEDED = frozenset({"eventtype", "eventtime", "uniqueid", "linkedid"})

_NAMES = {
    "eventextra": "extra",
    "acctcode": "accountcode",
    "channel": "channame",
    "bridgepeer": "peer",
    "peeracct": "peeraccount",
    "usereventname": "userdeftype",
}
"""Names that a column has in one set-up, to those that it has in the tables; without signs."""

_LEGACY = (
    *("eventtype", "eventtime", "cidname", "cidnum", "cidani", "cidrdnis", "ciddnid"),
    *("exten", "context", "channame", "appname", "appdata", "amaflags", "accountcode"),
    *("uniqueid", "linkedid", "peer", "userfield", "userdeftype", "extra"),
)
_ADVANCED = (
    *("eventtype", "eventenum", "literal", "eventtime", "userdeftype", "cidname", "cidnum"),
    *("exten", "context", "channame", "appname", "appdata", "amaflags", "accountcode"),
    *("uniqueid", "userfield", "cidani", "cidrdnis", "ciddnid", "peer", "linkedid"),
    *("peeraccount", "extra", "tenantid"),
)
ORDERS = {
    18: _LEGACY[:18],
    20: _LEGACY,
    21: (_LEGACY[0], "literal", *_LEGACY[1:]),
    24: _ADVANCED,
}
"""The mappings of cel_custom.conf's samples, by their number of columns."""

DISPOSITIONS = {
    "NOANSWER": "NO ANSWER",
    "CANCEL": "NO ANSWER",
    "BUSY": "BUSY",
    "CONGESTION": "FAILED",
    "CHANUNAVAIL": "FAILED",
}
"""What Asterisk's records say of the outcome of a Dial, if set up as it comes."""

SAYS_NOTHING = frozenset({0, 16, 127})
"""Causes of which a call that nobody answered has any, whatever kept it from it."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a channel, with its time."""

    kind: str
    at: datetime
    local: str | None  # the time as text, where it has no zone
    data: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.data.get(name, "")

    @property
    def extra(self) -> dict[str, Any]:
        """The members of its JSON; none where it has none, or nobody can read it."""
        text = self["extra"]
        if not text.startswith("{"):
            return {}
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            return {}
        return told if isinstance(told, dict) else {}


def name_of(column: str) -> str:
    """A column's name, however it is written."""
    key = key_of(column)
    return _NAMES.get(key, key)


def is_header(names: Iterable[str]) -> bool:
    """Whether columns by these names are those of events."""
    return set(map(name_of, names)) >= NEEDED


def looks_like(cells: list[str]) -> bool:
    """Whether a line is an event in one of the usual mappings."""
    order = ORDERS.get(len(cells))
    return order is not None and all(
        looks_like_uniqueid(cells[order.index(name)]) for name in ("uniqueid", "linkedid")
    )


def read(stream: BinaryIO, options: Options) -> Iterator[Item]:
    """Records of calls that are whole in the file, and parts of others.

    `options.columns` names the fields of cel_custom where the mapping is not a sample's.
    """
    given = tuple(map(name_of, options.columns))
    usual = {len(given): given} if given else ORDERS
    table = Table(TABLES, is_header, _part, name_of, usual)
    rows = read_table(stream, table)
    return joined(rows, assemble)


def _part(fields: dict[str, str], line: int) -> Part:
    if "cid_num" in fields:  # a dump's columns have the names of the table
        fields = {name_of(name): text for name, text in fields.items()}
    kind = fields.get("eventtype", "")
    if not kind or kind.isdecimal():
        raise BadRow(f'its event "{shown(kind)}" is not told by name')
    linkedid = fields.get("linkedid", "")
    if not (linkedid and fields.get("uniqueid")):
        raise BadRow("it has no uniqueid or no linkedid")
    instant_or_stamp(fields.get("eventtime", ""), "event's time")  # raises
    data = {name: text for name, text in fields.items() if text and name != "id"}
    return Part(line, linkedid, data, ends=kind == "LINKEDID_END")


def assemble(parts: Sequence[Part]) -> list[Record]:
    """The record of a call whose beginning and end are known."""
    if not parts:
        return []
    events = sorted(map(_event, parts), key=lambda event: in_time(event.at))
    linkedid = parts[0].key
    ours = [event for event in events if event["uniqueid"] == linkedid]
    start = next((event for event in ours if event.kind == "CHAN_START"), None)
    end = _end(events, ours)
    if start is None or end is None:
        return []
    return [_call(parts, events, ours, start, end)]


def _event(part: Part) -> Event:
    data = part.data
    return Event(data["eventtype"], *instant_or_stamp(data["eventtime"], "time"), data)


def _end(events: Sequence[Event], ours: Sequence[Event]) -> Event | None:
    """The caller's last hangup once all is over, or the end of the linkedid."""
    over = [event for event in events if event.kind == "LINKEDID_END"]
    hangups = [event for event in ours if event.kind == "HANGUP"]
    if not over:
        begun = {event["uniqueid"] for event in events if event.kind == "CHAN_START"}
        gone = {event["uniqueid"] for event in events if event.kind in ("HANGUP", "CHAN_END")}
        if begun - gone:
            return None
    return hangups[-1] if hangups else over[-1] if over else None


def _call(
    parts: Sequence[Part],
    events: Sequence[Event],
    ours: Sequence[Event],
    start: Event,
    end: Event,
) -> Record:
    answer = next((event for event in ours if event.kind == "ANSWER"), None)
    bridged = next((e for e in ours if e.kind in ("BRIDGE_ENTER", "BRIDGE_START")), None)
    answer = answer or bridged
    told = end.extra
    disposition = "ANSWERED" if answer else DISPOSITIONS.get(str(told.get("dialstatus")), "")
    cause, derived = _cause(told.get("hangupcause"), disposition)
    extra = _further(events, ours, start, end, answer)
    if derived:
        extra["hangup_cause_derived"] = True
    return Record(
        max(part.line for part in parts),
        ASTERISK,
        FEED,
        start["linkedid"],
        switch=parts[0].switch,
        callid=start["uniqueid"],
        caller_id_number=_first(ours, "cidnum") or _first(ours, "cidani"),
        caller_id_name=_first(ours, "cidname"),
        destination_number=_dialled(start, ours),
        start=start.at if start.local is None else None,
        start_text=start.local,
        duration=_seconds(start, end),
        billsec=_seconds(answer, end) if answer else 0,
        answered=answer is not None,
        answersec=_seconds(start, answer) if answer else None,
        waitsec=_seconds(start, bridged) if bridged else None,
        hangup_cause_id=cause,
        hangup_cause=disposition,
        channel=start["channame"],
        accountcode=_first(ours, "accountcode"),
        extra=extra,
        made_of=tuple(parts),
    )


def _cause(told: object, disposition: str) -> tuple[int | None, bool]:
    """The Q.850 cause, and whether only the outcome tells it."""
    known = told if isinstance(told, int) and 0 < told <= 127 else None
    if disposition in ("ANSWERED", "") and known:
        return known, False
    if known is not None and known not in SAYS_NOTHING:
        return known, False
    derived = CAUSES.get(disposition)
    return derived, derived is not None


def _dialled(start: Event, ours: Sequence[Event]) -> str:
    """The extension that the call began with; that of an `s` is the number it came to."""
    exten = start["exten"]
    if exten in ("", "s"):
        return _first(ours, "ciddnid") or exten or _first(ours, "exten")
    return exten


def _further(
    events: Sequence[Event],
    ours: Sequence[Event],
    start: Event,
    end: Event,
    answer: Event | None,
) -> dict[str, Any]:
    """What else is told of a call: who took it, how long it rang, where it was sent on to."""
    others = [event for event in events if event["uniqueid"] != start["uniqueid"]]
    rung = next((event for event in others if event.kind == "CHAN_START"), None)
    real = [event for event in others if not event["channame"].startswith("Local/")]
    taken = next((event for event in real if event.kind == "ANSWER"), None)
    called = taken or next(iter(real or others), None)
    told = end.extra
    extra: dict[str, Any] = {
        "linkedid": start["linkedid"],
        "dcontext": start["context"],
        "dstchannel": called["channame"] if called else "",
        "answer": answer["eventtime"] if answer else "",
        "end": end["eventtime"],
        "dialstatus": str(told.get("dialstatus") or ""),
        "hangupsource": str(told.get("hangupsource") or ""),
        "peeraccount": _first(ours, "peeraccount"),
        "userfield": _first(ours, "userfield"),
        "transfers": "; ".join(filter(None, map(_transfer, events))),
    }
    extra = clean_tree({name: text for name, text in extra.items() if text})
    if rung is not None:
        extra["ring_seconds"] = _seconds(rung, taken or answer or end)
    return extra


def _transfer(event: Event) -> str:
    """Where an event sent the call on to; "" for any other."""
    told = event.extra
    if event.kind == "BLINDTRANSFER":
        return f"blind to {told.get('extension') or event['exten']}"
    if event.kind == "ATTENDEDTRANSFER":
        names = ("transfer_target_channel_name", "channel2_name", "app")
        return f"attended to {next((told[name] for name in names if told.get(name)), '?')}"
    if event.kind == "FORWARD":
        return f"forwarded to {told.get('forward') or event['appdata'] or event['userfield']}"
    if event.kind == "PICKUP":
        return f"picked up by {told.get('pickup_channel') or event['channame']}"
    return ""


def _seconds(start: Event, end: Event) -> int:
    return min(seconds_between(start.at, end.at) or 0, INT4)


def _first(events: Iterable[Event], name: str) -> str:
    return next((event[name] for event in events if event[name]), "")
