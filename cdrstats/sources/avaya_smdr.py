"""Avaya IP Office's SMDR: a segment of a call a line, of 17 columns or more, by local clocks.

A call that is passed on goes on in another line with its id and start, perhaps of a later file;
`continuation` is 1 in all but the last. Ids begin anew when the system restarts.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from cdrstats.sources.fields import INT4, BadRow, fitting, shown, stamp, whole
from cdrstats.sources.lines import columns, csv_cells, read_rows
from cdrstats.sources.parts import Item, joined
from cdrstats.sources.record import Options, Part, Record

CSV = 1
FEED = "avaya_smdr"
COLUMNS = (
    "start",
    "connected",
    "ring",
    "caller",
    "direction",
    "called",
    "dialled",
    "account",
    "internal",
    "callid",
    "continuation",
    "party1",
    "party1_name",
    "party2",
    "party2_name",
    "hold",
    "park",
    "auth_valid",
    "auth_code",
    "user_charged",
    "charge",
    "currency",
    "charge_at_change",
    "units",
    "units_at_change",
    "unit_cost",
    "markup",
    "targeting_cause",
    "targeter",
    "targeted_number",
    "caller_server",
    "caller_ucid",
    "called_server",
    "called_ucid",
    "recorded",
)
LEAST = 17
"""Columns of the oldest version."""

MAY_FOLLOW = "may_follow"
"""What a Part notes of a call that began before the first line of its file was written: earlier
segments of it may stand in another file."""

DIRECTIONS = {"I": 1, "O": 2}

_SECRET = frozenset({"auth_code", "auth_valid"})
_NOTHING = frozenset({"", "0", "0.00", "n/a"})
"""What tells nothing, and is left out; but who dials 0 has dialled something."""

_NUMBERS = frozenset({"caller", "called", "dialled", "account"})

_OF_FIRST = ("called", "party1", "party1_name", "party2", "party2_name")
_OF_LAST = frozenset(COLUMNS[COLUMNS.index("user_charged") :])
"""What the last segment tells of all of the call."""

_KNOWN = frozenset(COLUMNS) | {MAY_FOLLOW}

_CLOCK = re.compile(r"(\d{1,5}):([0-5]\d):([0-5]\d)", re.ASCII)
_split = csv_cells()


def read(stream: BinaryIO, options: Options) -> Iterator[Item]:
    """Records of calls that are whole, and Parts of those that go on or began elsewhere."""
    del options
    return joined(read_rows(stream, _split, _Rows().parse), assemble)


def looks_like(cells: Sequence[str]) -> bool:
    """Whether cells are a segment, for all that can be told of one line."""
    return (
        len(cells) >= LEAST
        and _CLOCK.fullmatch(cells[1]) is not None
        and cells[4] in DIRECTIONS
        and cells[10] in ("0", "1")
    )


class _Rows:
    """Makes Parts of lines, and notes which calls may have begun in another file."""

    def __init__(self) -> None:
        self._written_first: datetime | None = None

    def parse(self, cells: list[str], line: int) -> Part:
        if len(cells) < LEAST:
            raise BadRow(f"it has {columns(len(cells))}; a segment has {LEAST} at least")
        data = {
            name: text
            for name, text in zip(COLUMNS, cells, strict=False)
            if text and (text not in _NOTHING or name in _NUMBERS) and name not in _SECRET
        }
        for number, text in enumerate(cells[len(COLUMNS) :], len(COLUMNS) + 1):
            if text not in _NOTHING:
                data[f"column {number}"] = text
        callid, continuation = data.get("callid", ""), cells[10]
        if not callid.isdecimal():
            raise BadRow(f'the call id "{shown(callid)}" is not a number')
        if continuation not in ("0", "1"):
            raise BadRow(f'the continuation "{shown(continuation)}" is neither 0 nor 1')
        if data.get("direction") not in DIRECTIONS:
            raise BadRow(f'the direction "{shown(data.get("direction", ""))}" is not I or O')
        start, _ = _start(data)
        lasted = timedelta(seconds=_lasted(data))
        if self._written_first is None:
            self._written_first = start + lasted
        if start < self._written_first:
            data[MAY_FOLLOW] = "1"
        return Part(line, f"{callid} {data['start']}", data, ends=continuation == "0")


def assemble(parts: Sequence[Part]) -> list[Record]:
    """The record of a call whose last segment is there."""
    call = _distinct(parts) if len(parts) > 1 else parts
    if not call or "continuation" in call[-1].data:
        return []
    record = _record(call)
    record.made_of = tuple(parts)
    record.awaits_more = any(MAY_FOLLOW in part.data for part in call)
    return [record]


def _distinct(parts: Sequence[Part]) -> list[Part]:
    """Segments in their order, those once that stand in several files."""
    segments: dict[tuple[str, ...], Part] = {}
    for part in sorted(parts, key=_place):
        told = tuple(text for name, text in part.data.items() if name != MAY_FOLLOW)
        segments.setdefault(told, part)
    return list(segments.values())


def _place(part: Part) -> tuple[bool, str]:
    return "continuation" not in part.data, part.data.get("recorded", "")


def _record(call: Sequence[Part]) -> Record:
    first, last = call[0].data, call[-1].data
    start, start_text = _start(first)
    talked = [_clock(part.data) for part in call]
    talk = sum(talked)
    answered = talk > 0
    is_internal = first.get("internal") == "1"
    caller, dialled = first.get("caller", ""), first.get("dialled") or first.get("called", "")
    extra: dict[str, Any] = {
        name: first[name] for name in _OF_FIRST if name in first and first[name] != dialled
    }
    for name, text in last.items():
        if name in _OF_LAST or name not in _KNOWN:
            extra[name] = text
    for name in ("hold", "park"):
        if seconds := sum([_seconds(part.data, name) for part in call]):
            extra[name] = seconds
    if len(call) > 1:
        extra["segments"] = [_devices(part.data) for part in call]
    if not is_internal and (trunk := _trunk(call)):
        extra["trunk"] = trunk
    if "@" in caller:
        extra["caller"] = caller
    if answered:
        extra["hangup_cause_derived"] = True
    is_from_extension = first["direction"] == "O" and first.get("party1", "").startswith("E")
    return Record(
        call[-1].line,
        CSV,
        FEED,
        call[-1].key,
        switch=call[-1].switch,
        callid=first["callid"],
        caller_id_number=caller.partition("@")[0],
        caller_id_name=first.get("party1_name", "") if is_from_extension else "",
        destination_number=dialled,
        start=start if start_text is None else None,
        start_text=start_text,
        duration=_fitting(sum([_lasted(part.data) for part in call])),
        billsec=_fitting(talk),
        answered=answered,
        answersec=_rang(call, talked) if answered else None,
        hangup_cause_id=16 if answered else None,
        direction=0 if is_internal else DIRECTIONS[first["direction"]],
        channel=first.get("party1", ""),
        accountcode=_account(call),
        extra=extra,
    )


def _trunk(call: Sequence[Part]) -> str:
    """The first trunk of a call; "" if it has none."""
    for part in call:
        for name in ("party1", "party2"):
            device = part.data.get(name, "")
            if device.startswith("T"):
                return device
    return ""


def _account(call: Sequence[Part]) -> str:
    for part in call:
        if "account" in part.data:
            return part.data["account"]
    return ""


def _rang(call: Sequence[Part], talked: Sequence[int]) -> int:
    """Seconds until it was answered first."""
    answer = next(place for place, seconds in enumerate(talked) if seconds)
    before = sum(_lasted(part.data) for part in call[:answer])
    return _fitting(before + _seconds(call[answer].data, "ring"))


def _devices(data: dict[str, str]) -> str:
    sides = (
        " ".join(filter(None, (data.get(party), data.get(f"{party}_name"))))
        for party in ("party1", "party2")
    )
    return ", ".join(filter(None, sides))


def _start(data: dict[str, str]) -> tuple[datetime, str | None]:
    return stamp(data.get("start", "").replace("/", "-"), "start")


def _lasted(data: dict[str, str]) -> int:
    """Seconds of a segment in all."""
    waited = _seconds(data, "ring") + _seconds(data, "hold") + _seconds(data, "park")
    return fitting(_clock(data) + waited, "duration")


def _clock(data: dict[str, str]) -> int:
    text = data.get("connected", "")
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise BadRow(f'the connected time "{shown(text)}" is not H:MM:SS')
    hours, minutes, seconds = map(int, found.groups())
    return hours * 3600 + minutes * 60 + seconds


def _seconds(data: dict[str, str], name: str) -> int:
    text = data.get(name)
    if text is None:
        return 0
    seconds = (
        whole(text, f"{name} time") if not text.isdecimal() or len(text) > 9 else int(text)
    )
    if seconds < 0:
        raise BadRow(f"the {name} time {seconds:,} is below 0")
    return seconds


def _fitting(seconds: int) -> int:
    """A sum over segments, each of which fits; cut where they are too many to be true."""
    return min(seconds, INT4)
