"""Yate's cdrfile: a line a channel, its fields in the usual template or a given one.

A call has a line for the channel that came in and one for each that went out; `billid` is the
same. Times are seconds with milliseconds, `billtime` from the answer on, `ringtime` before it.
"""

from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from cdrstats.sources.fields import BadRow, instant_or_stamp, milliseconds
from cdrstats.sources.lines import columns, csv_cells, read_rows
from cdrstats.sources.record import BadLine, Options, Record
from cdrstats.sources.streams import peeked

YATE = 5
FEED = "yate"
HEAD = 4096
WINDOW = 1_000
"""Lines within which an outgoing channel's line meets the incoming one's of its call."""

MOST_KNOWN = 100_000

ORDER = (
    *("time", "billid", "chan", "address", "caller", "called"),
    *("billtime", "ringtime", "duration", "direction", "status", "reason"),
)
COMBINED = (
    *("time", "billid", "chan", "address", "caller", "called"),
    *("billtime", "ringtime", "duration", "status", "reason"),
    *("out_leg.chan", "out_leg.address", "out_leg.billtime"),
    *("out_leg.ringtime", "out_leg.duration", "out_leg.reason"),
)
ORDERS = {len(order): order for order in (ORDER, COMBINED)}

CAUSES = {
    "unallocated": 1,
    "noroute": 3,
    "busy": 17,
    "noresponse": 18,
    "noanswer": 19,
    "offline": 20,
    "rejected": 21,
    "moved": 22,
    "out-of-order": 27,
    "invalid-number": 28,
    "normal": 31,
    "congestion": 34,
    "net-out-of-order": 38,
    "noconn": 41,
    "temporary-failure": 41,
    "noresource": 47,
    "forbidden": 21,
    "nomedia": 58,
    "service-unavailable": 63,
    "timeout": 102,
    "interworking": 127,
}
"""Yate's names of Q.850 causes."""

_TOLD = frozenset(
    {"time", "billid", "caller", "called", "billtime", "duration", "chan", "reason"}
)


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of a cdrfile; `options.columns` names its fields where the template differs."""
    head, stream = peeked(stream, HEAD)
    split = csv_cells("\t", None) if b"\t" in head.split(b"\n", 1)[0] else csv_cells()
    orders = {len(options.columns): options.columns} if options.columns else ORDERS

    def parse(cells: list[str], line: int) -> Record:
        order = orders.get(len(cells))
        if order is None:
            wanted = " or ".join(map(str, orders))
            raise BadRow(f"it has {columns(len(cells))}; the template has {wanted}")
        return _record(dict(zip(order, cells, strict=True)), line)

    return _legs_found(read_rows(stream, split, parse))


def looks_like(cells: list[str]) -> bool:
    """Whether a line is one of the usual templates."""
    if len(cells) not in ORDERS or not cells[0].replace(".", "", 1).isdecimal():
        return False
    return all(cell.replace(".", "", 1).isdecimal() for cell in cells[6:9]) and (
        len(cells) == len(COMBINED) or cells[9] in ("incoming", "outgoing", "unknown")
    )


def _record(cell: dict[str, str], line: int) -> Record:
    time = cell.get("time", "")
    at, local = instant_or_stamp(time, "time")
    lasted = milliseconds(cell.get("duration", ""), "duration")
    talked = milliseconds(cell.get("billtime", ""), "billtime")
    rang = milliseconds(cell.get("ringtime", ""), "ringtime")
    reason = cell.get("reason", "")
    billid, chan = cell.get("billid", ""), cell.get("chan", "")
    before = lasted - talked  # to the answer, or all of a call without one
    return Record(
        line,
        YATE,
        FEED,
        f"{billid}|{chan}|{time}",
        callid=billid,
        caller_id_number=cell.get("caller", ""),
        destination_number=cell.get("called", ""),
        start=at if local is None else None,
        start_text=local,
        duration=lasted // 1000,
        billsec=talked // 1000,
        answered=talked > 0,
        answersec=max(before, 0) // 1000 if talked > 0 else None,
        pdd_ms=before - rang if 0 < rang <= before <= 2_147_483_647 else None,
        hangup_cause_id=16 if talked > 0 else CAUSES.get(reason),
        hangup_cause=reason,
        channel=chan,
        extra={name: text for name, text in cell.items() if text and name not in _TOLD},
    )


def _legs_found(items: Iterator[Record | BadLine]) -> Iterator[Record | BadLine]:
    """The same; an outgoing channel is a leg of the call that came in, else a call itself."""
    held: deque[Record | BadLine] = deque()
    alone: dict[str, list[Record]] = {}
    came_in: dict[str, None] = {}
    for item in items:
        if isinstance(item, Record) and item.callid:
            billid = item.callid
            if item.extra.get("direction") != "outgoing":
                came_in[billid] = None
                if len(came_in) > MOST_KNOWN:
                    del came_in[next(iter(came_in))]
                for leg in alone.pop(billid, ()):
                    leg.leg_of = billid
            elif billid in came_in:
                item.leg_of = billid
            else:
                alone.setdefault(billid, []).append(item)
        held.append(item)
        if len(held) > WINDOW:
            yield _let_go(held.popleft(), alone)
    while held:
        yield _let_go(held.popleft(), alone)


def _let_go(item: Record | BadLine, alone: dict[str, list[Record]]) -> Record | BadLine:
    if isinstance(item, Record):
        alone.pop(item.callid, None)
        if item.leg_of is None and item.extra.get("direction") == "outgoing":
            item.direction = 2  # the switch placed it itself
    return item
