"""Cisco CUCM's flat files: a call (CDR) a line, or what was measured of a leg of one (CMR).

A line of names comes first, then one of types. Times are epochs, addresses signed integers
whose lowest byte is the first. CDR and CMR come in files of their own, in either order.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, BinaryIO

from cdrstats.sources.cucm_columns import CDR_14, CMR_14, KEPT_OF_CALL, KEPT_OF_LEG
from cdrstats.sources.fields import BadRow, fitting, shown
from cdrstats.sources.lines import columns, csv_cells, read_rows
from cdrstats.sources.parts import Item, joined
from cdrstats.sources.record import Options, Part, Record

CSV = 1
FEED = "cucm"
HELD = 2_000
"""Calls of a file that wait for what was measured of them while it is read."""

CALL, LEG = "1", "2"
RECORDING = "27"
SIDES = (
    ("orig", "origLegCallIdentifier", "origMediaCap_payloadCapability"),
    ("dest", "destLegIdentifier", "destMediaCap_payloadCapability"),
)
ADDRESSES = (
    "origIpAddr",
    "destIpAddr",
    "origMediaTransportAddress_IP",
    "destMediaTransportAddress_IP",
)

CODECS = {
    "1": "non-standard",
    "2": "G.711 A-law",
    "3": "G.711 A-law 56k",
    "4": "G.711 u-law",
    "5": "G.711 u-law 56k",
    "6": "G.722",
    "7": "G.722 56k",
    "8": "G.722 48k",
    "9": "G.723.1",
    "10": "G.728",
    "11": "G.729",
    "12": "G.729A",
    "15": "G.729B",
    "16": "G.729AB",
    "18": "GSM",
    "25": "wideband 256k",
    "40": "G.722.1 32k",
    "41": "G.722.1 24k",
    "42": "AAC",
    "43": "AAC-LD",
    "82": "G.726 32k",
    "83": "G.726 24k",
    "84": "G.726 16k",
    "86": "iLBC",
    "89": "iSAC",
    "90": "Opus",
}

OWN_CAUSES = {
    126: (16, "Call split"),
    128: (16, "Conference drop"),
    0x40000: (47, "Conference full"),
    0x60000: (16, "Call split"),
    0x70000: (16, "Conference drop"),
}
"""Causes of Cisco's own, the Q.850 causes that they stand for, and what they are called."""

SIP_STATUS = {0x5A: 513, 0xA1: 600, 0xA2: 603, 0xA3: 604, 0xA4: 606, 0xA7: 503}
"""The statuses that a cause's first byte stands for, where it is not a matter of counting."""

_NUMBERS = frozenset(
    {"callingPartyNumber", "originalCalledPartyNumber", "finalCalledPartyNumber"}
)
"""Columns whose 0 is a number that was dialled; in others it is nothing."""

_TYPE = re.compile(r"[A-Z]+(\(\d+\))?", re.ASCII)
_MOS = re.compile(r"(?:^|;)\s*MLQKav=([1-4](?:\.\d+)?|5(?:\.0+)?)\s*(?:;|$)", re.ASCII)
_TOLD = frozenset(
    {
        "pkid",
        "globalCallID_callManagerId",
        "globalCallID_callId",
        "dateTimeOrigination",
        "dateTimeDisconnect",
        "duration",
        "callingPartyNumber",
        "origDeviceName",
        "origMediaCap_payloadCapability",
        "destMediaCap_payloadCapability",
        *ADDRESSES,
    }
)
"""Columns that are told under another name, or in another form."""

USUAL = {len(names): names for names in (CDR_14, CMR_14)}
"""The columns of lines without a header, by their number."""

_split = csv_cells()


def read(stream: BinaryIO, options: Options) -> Iterator[Item]:
    """Records of calls, and Parts: calls whose quality may come, and quality without a call."""
    del options
    return joined(read_rows(stream, _split, _Rows().parse), assemble, HELD)


class Layout:
    """Which column holds what; `type_at` is where a line says whether it is a CDR or a CMR."""

    def __init__(self, names: Sequence[str]) -> None:
        at = {name.strip().lower(): place for place, name in enumerate(names)}
        if "destlegcallidentifier" in at:
            at["destlegidentifier"] = at["destlegcallidentifier"]
        self.type = CALL if "datetimeorigination" in at else LEG
        self.type_at = at["cdrrecordtype"]
        self.kept = KEPT_OF_CALL if self.type == CALL else KEPT_OF_LEG
        # -1: the empty cell that is put behind the others.
        self.pick = itemgetter(*(at.get(name.lower(), -1) for name in self.kept))


def is_header(names: Sequence[str]) -> bool:
    """Whether columns by these names, in lower case, are those of CDR or CMR."""
    known = set(names)
    return known >= {"cdrrecordtype", "globalcallid_callid"} and bool(
        known & {"datetimeorigination", "callidentifier"}
    )


class _Rows:
    """Makes Parts of lines; a header tells of the lines that have as many columns."""

    def __init__(self) -> None:
        self._layouts = {number: Layout(names) for number, names in USUAL.items()}

    def parse(self, cells: list[str], line: int) -> Part | None:
        layout = self._layouts.get(len(cells))
        if layout is not None and cells[layout.type_at] == layout.type:
            return _part(layout, cells, line)
        if is_header([cell.strip().lower() for cell in cells]):
            self._layouts[len(cells)] = Layout(cells)
            return None
        if len(cells) > 1 and all(_TYPE.fullmatch(cell.strip()) for cell in cells):
            return None
        if layout is None:
            raise BadRow(f"it has {columns(len(cells))}, and no header tells what is in them")
        type = cells[layout.type_at].strip()
        if type == "0":
            return None  # the start of a call
        if type != layout.type:
            raise BadRow(f'its cdrRecordType "{shown(type)}" is not {layout.type}')
        return _part(layout, cells, line)


def _part(layout: Layout, cells: list[str], line: int) -> Part:
    picked = layout.pick([*cells, ""])
    if layout.type == LEG:
        data = {name: text for name, text in zip(layout.kept, picked, strict=True) if text}
        if "callIdentifier" not in data:
            raise BadRow("it has no callIdentifier")
    else:
        data = {
            name: text
            for name, text in zip(layout.kept, picked, strict=True)
            if text and (text != "0" or name in _NUMBERS)
        }
        if "pkid" not in data:
            raise BadRow("it has no pkid")
        _times(data)  # raises
        _cause(data)  # raises
    if "globalCallID_callId" not in data:
        raise BadRow("it has no globalCallID_callId")
    return Part(line, _call_id(data), data)


def assemble(parts: Sequence[Part]) -> list[Record]:
    """The records of the calls of a globalCallID, with what was measured of their legs."""
    calls: dict[str, list[Part]] = {}
    measured: dict[str, dict[str, Part]] = {}
    for part in parts:
        leg = part.data.get("callIdentifier")
        if leg is None:
            calls.setdefault(part.data["pkid"], []).append(part)
        else:
            measured.setdefault(leg, {})[part.data.get("pkid", f"line {part.line}")] = part
    records: list[Record] = []
    used: set[int] = set()  # a leg that is in two calls is a part of the first
    for same in calls.values():
        data = same[0].data
        sides = [list(measured.get(data.get(leg, ""), {}).values()) for _, leg, _ in SIDES]
        record = _record(same[0], sides)
        legs = {id(part): part for side in sides for part in side if id(part) not in used}
        used.update(legs)
        record.made_of = (*same, *legs.values())
        record.awaits_more = not _is_recording(data) and any(
            codec in data and not side for (_, _, codec), side in zip(SIDES, sides, strict=True)
        )
        records.append(record)
    return records


def _record(call: Part, sides: Sequence[Sequence[Part]]) -> Record:
    data = call.data
    start, answer, lasted, talked = _times(data)
    cause, name, status = _cause(data)
    extra: dict[str, Any] = {key: text for key, text in data.items() if key not in _TOLD}
    extra["linkedid"] = call.key
    for key in ADDRESSES:
        if key in data:
            extra[key] = _address(data[key])
    if name:
        extra["hangup_cause_derived"] = True
    if status:
        extra["sip_term_status"] = str(status)
    if answer:
        extra["answer"] = datetime.fromtimestamp(answer, UTC).isoformat(" ")
    codecs = [data[codec] for _, _, codec in SIDES if codec in data]
    if codecs:
        extra["codec"] = CODECS.get(codecs[0], f"codec {codecs[0]}")
        if codecs[-1] != codecs[0]:
            extra["dest_codec"] = CODECS.get(codecs[-1], f"codec {codecs[-1]}")
    if any(sides):
        extra.update(_quality(sides))
    return Record(
        call.line,
        CSV,
        FEED,
        data["pkid"],
        identity_is_global=True,
        switch=call.switch,
        callid=data["pkid"],
        caller_id_number=(
            data.get("callingPartyNumber") or data.get("callingPartyNumber_uri", "")
        ),
        destination_number=(
            data.get("originalCalledPartyNumber")
            or data.get("finalCalledPartyNumber")
            or data.get("originalCalledPartyNumber_uri", "")
        ),
        start=datetime.fromtimestamp(start, UTC),
        duration=lasted,
        billsec=talked,
        answered=answer > 0,
        answersec=max(answer - start, 0) if answer else None,
        hangup_cause_id=cause,
        hangup_cause=name,
        channel=data.get("origDeviceName", ""),
        accountcode=data.get("clientMatterCode") or data.get("authCodeDescription", ""),
        leg_of=_recorded_leg(data) if _is_recording(data) else None,
        extra=extra,
    )


def _call_id(data: dict[str, str]) -> str:
    """The globalCallID: what all records of a call have in common."""
    return "-".join(
        (
            data.get("globalCallId_ClusterID", ""),
            data.get("globalCallID_callManagerId", ""),
            data["globalCallID_callId"],
        )
    )


def _is_recording(data: dict[str, str]) -> bool:
    return data.get("joinOnBehalfOf") == RECORDING


def _recorded_leg(data: dict[str, str]) -> str:
    return f"leg {data.get('origConversationId', 'not told')}"


def _times(data: dict[str, str]) -> tuple[int, int, int, int]:
    """Start and answer (0: never) as epochs, seconds in all and seconds talked."""
    start = _epoch(data, "dateTimeOrigination")
    if not start:
        raise BadRow("it has no dateTimeOrigination")
    end = _epoch(data, "dateTimeDisconnect")
    talked = data.get("duration", "0")
    if not (talked.isdecimal() and len(talked) < 10):
        raise BadRow(f'the duration "{shown(talked)}" is not a number of seconds')
    seconds = int(talked)
    lasted = fitting(end - start, "duration") if end else seconds
    return start, _epoch(data, "dateTimeConnect"), max(lasted, seconds), seconds


def _epoch(data: dict[str, str], name: str) -> int:
    text = data.get(name)
    if text is None:
        return 0
    if text.isdecimal() and len(text) in (9, 10):
        return int(text)
    raise BadRow(f'the {name} "{shown(text)}" is not an epoch')


def _cause(data: dict[str, str]) -> tuple[int | None, str, int]:
    """The Q.850 cause; what a cause of Cisco's own is called; the SIP status it stands for."""
    text = data.get("destCause_value") or data.get("origCause_value")
    if text is None:
        return (16 if "dateTimeConnect" in data else None), "", 0
    if not (text.removeprefix("-").isdecimal() and len(text) < 12):
        raise BadRow(f'the cause "{shown(text)}" is not a number')
    return _meaning(int(text) & 0xFFFFFFFF)


@lru_cache(maxsize=1000)
def _meaning(code: int) -> tuple[int, str, int]:
    if code in OWN_CAUSES:
        return *OWN_CAUSES[code], 0
    if code < 128:
        return code, "", 0
    low, high = code & 0x7F, code >> 24
    status = SIP_STATUS.get(high, 0)
    if high <= 0x22:
        status = high + 399 if high else 0
    elif 0x40 <= high < 0x5A:
        status = high + 416
    if status:
        return low or 127, f"SIP {status}", status
    return 127, f"Cisco {code}", 0


@lru_cache(maxsize=10_000)
def _address(text: str) -> str:
    """An IPv4 address; as it is written if it is none."""
    if not (text.removeprefix("-").isdecimal() and len(text) < 12):
        return text
    number = int(text) & 0xFFFFFFFF
    return ".".join(str(number >> shift & 0xFF) for shift in (0, 8, 16, 24))


def _quality(sides: Sequence[Sequence[Part]]) -> dict[str, Any]:
    """What was measured on either side, and for the call the worse of the two."""
    told: dict[str, Any] = {}
    of_sides: dict[str, list[Any]] = {}
    for (side, _, _), parts in zip(SIDES, sides, strict=True):
        for name, values in _measured(parts).items():
            told[f"{side}_{name}"] = value = _worst(name, values)
            of_sides.setdefault(name, []).append(value)
    return told | {name: _worst(name, values) for name, values in of_sides.items()}


def _measured(parts: Sequence[Part]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for part in parts:
        data = part.data
        if mos := _MOS.search(data.get("varVQMetrics", "")):
            found.setdefault("mos", []).append(float(mos.group(1)))
        if data.get("numberPacketsReceived", "0") == "0":
            continue  # nothing to measure: its noughts tell nothing
        for name, column in (("jitter_ms", "jitter"), ("packets_lost", "numberPacketsLost")):
            text = data.get(column, "")
            if text.isdecimal() and len(text) < 10:
                found.setdefault(name, []).append(int(text))
        latency = data.get("latency", "0")
        if latency.isdecimal() and len(latency) < 10 and int(latency):
            found.setdefault("latency_ms", []).append(int(latency))
    return found


def _worst(name: str, values: Sequence[Any]) -> Any:
    return min(values) if name == "mos" else max(values)
