"""Write the demo's calls as the files of their switches.

`pbx-madrid` writes Asterisk's Master.csv with 21 columns, `sbc-london` FreeSWITCH's mod_cdr_csv
by its template "asterisk" and its latest calls as mod_json_cdr documents, `carrier-x` our
import CSV with prices. Each tells by which carrier a call left in the way of its format.
Each file holds what one month's calls left, in the order they ended.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from cdrstats.demo import rows, world
from cdrstats.demo.plan import Traffic
from cdrstats.demo.world import DemoSwitch

JSON_DOCUMENTS = 12


@dataclass(frozen=True, slots=True)
class DemoFile:
    path: Path
    source: str
    switch: DemoSwitch
    until: int  # when its last call ended, seconds since 1970


def write(traffics: list[Traffic], folder: Path) -> list[DemoFile]:
    """Write every call into `folder`/<switch>/; return the files, oldest first."""
    files: list[DemoFile] = []
    for traffic in traffics:
        place = folder / traffic.switch.name
        place.mkdir(parents=True, exist_ok=True)
        match traffic.switch:
            case world.ASTERISK:
                files += _write_months(traffic, place, "Master", "", _asterisk_lines(traffic))
            case world.FREESWITCH:
                early, late = _split(traffic, JSON_DOCUMENTS)
                lines = _freeswitch_lines(early)
                files += _write_months(early, place, "cdr-csv", "", lines)
                files += _write_documents(late, place, len(early.start))
            case _:
                lines = _import_lines(traffic)
                files += _write_months(traffic, place, "calls", _IMPORT_HEADER, lines)
    return sorted(files, key=lambda file: file.until)


def _write_months(
    traffic: Traffic, place: Path, stem: str, header: str, lines: Iterator[str]
) -> list[DemoFile]:
    by_month: dict[str, list[str]] = {}
    until: dict[str, int] = {}
    ends = traffic.end.tolist()
    for month, line, end in zip(rows.months(traffic), lines, ends, strict=True):
        by_month.setdefault(month, [header] if header else []).append(line)
        until[month] = end
    files = []
    for month, written in by_month.items():
        path = place / f"{stem}-{month}.csv"
        _place(path, "".join(written))
        files.append(DemoFile(path, traffic.switch.source, traffic.switch, until[month]))
    return files


def _place(path: Path, text: str) -> None:
    """Write under a name that nobody watches, then move: the file appears whole."""
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_text(text, encoding="utf-8", newline="")
    unfinished.replace(path)


def _split(traffic: Traffic, last: int) -> tuple[Traffic, Traffic]:
    """All calls but the `last`, and those."""
    count = len(traffic.start)
    cut = max(0, count - last)

    def part(begin: int, end: int) -> Traffic:
        arrays: dict[str, Any] = {
            name: value[begin:end]
            for name in traffic.__slots__
            if isinstance(value := getattr(traffic, name), np.ndarray)
        }
        return replace(traffic, **arrays)

    return part(0, cut), part(cut, count)


def _asterisk_lines(traffic: Traffic) -> Iterator[str]:
    """cdr_csv with uniqueid, userfield and the three new columns; `"` is doubled."""
    for call in rows.calls(traffic):
        src, dst = call.numbers
        ours, trunk = call.rank * 2, call.rank * 2 + 1  # each call has two channels
        caller, called = _ends(call)
        dialled = f"{dst}@{called}" if called == call.carrier else called
        context = "from-trunk" if call.inbound else "from-internal"
        answer = f'"{call.answer}"' if call.talk else ""
        unique = f"{call.epoch}.{ours}"
        yield (
            f'"{call.account}","{src}","{dst}","{context}","""{call.name}"" <{src}>",'
            f'"PJSIP/{caller}-{ours:08x}","PJSIP/{called}-{trunk:08x}",'
            f'"Dial","PJSIP/{dialled},60","{call.start}",{answer},"{call.end}",'
            f'{call.ring + call.talk},{call.talk},"{call.cause.asterisk}","DOCUMENTATION",'
            f'"{unique}","","","{unique}",{ours}\n'
        )


def _ends(call: rows.Call) -> tuple[str, str]:
    """The caller's peer and the one that is called: a telephone or a trunk."""
    if not call.carrier:
        return call.numbers
    ends = call.telephone, call.carrier
    return ends[::-1] if call.inbound else ends


def _freeswitch_lines(traffic: Traffic) -> Iterator[str]:
    """mod_cdr_csv's template "asterisk", which escapes nothing."""
    for call in rows.calls(traffic):
        src, dst = call.numbers
        answer = call.answer if call.talk else ""
        yield (
            f'"{call.account}","{src}","{dst}","public",""{call.name}" <{src}>",'
            f'"sofia/internal/{src}","","bridge","{_bridged(call)}","{call.start}","{answer}",'
            f'"{call.end}","{call.ring + call.talk}","{call.talk}","{call.cause.freeswitch}",'
            f'"DOCUMENTATION","{call.uuid}",""\n'
        )


def _bridged(call: rows.Call) -> str:
    """What FreeSWITCH dials: a gateway, or a telephone of its own."""
    _, dst = call.numbers
    if call.inbound or not call.carrier:
        return f"user/{call.telephone if call.inbound else dst}@sbc-london"
    return f"sofia/gateway/{call.carrier}/{dst}"


_IMPORT_HEADER = (
    "switch,cdr_source_type,callid,caller_id_number,destination_number,starting_date,"
    "duration,billsec,progresssec,answersec,hangup_cause_id,hangup_cause,direction,"
    "accountcode,buy_rate,buy_cost,sell_rate,sell_cost,carrier\n"
)


def _import_lines(traffic: Traffic) -> Iterator[str]:
    """CDR-Stats' import CSV: columns of cdr_import by name, stamps in the switch's zone."""
    for call, price in zip(rows.calls(traffic), rows.prices(traffic), strict=True):
        yield (
            f"{traffic.switch.name},1,{call.uuid},{','.join(call.numbers)},{call.start},"
            f"{call.ring + call.talk},{call.talk},{min(call.ring, 2)},"
            f"{call.ring if call.talk else ''},{call.cause.code},{call.cause.freeswitch},2,"
            f"{call.account},{','.join(price)},{call.carrier}\n"
        )


def _write_documents(traffic: Traffic, place: Path, first: int) -> list[DemoFile]:
    """One mod_json_cdr document a call; `first` calls of the switch are in other files."""
    files = []
    for call in rows.calls(traffic, first):
        path = place / f"{call.uuid}.cdr.json"
        _place(path, json.dumps(_document(call, traffic.switch.name), ensure_ascii=False))
        end = call.epoch + call.ring + call.talk
        files.append(DemoFile(path, "freeswitch_json", traffic.switch, end))
    return files


def _document(call: rows.Call, switch: str) -> dict[str, Any]:
    """As mod_json_cdr writes it, values percent-encoded as by default."""
    caller, dialled = call.numbers
    answer = call.epoch + call.ring if call.talk else 0
    end = call.epoch + call.ring + call.talk
    variables = {
        "uuid": call.uuid,
        "direction": "inbound",
        "accountcode": call.account,
        "start_stamp": call.start,
        "start_epoch": call.epoch,
        "start_uepoch": call.epoch * 1_000_000,
        "progress_epoch": call.epoch + min(call.ring, 2),
        "progress_uepoch": (call.epoch + min(call.ring, 2)) * 1_000_000,
        "answer_epoch": answer,
        "answer_uepoch": answer * 1_000_000,
        "end_epoch": end,
        "end_uepoch": end * 1_000_000,
        "duration": call.ring + call.talk,
        "billsec": call.talk,
        "progresssec": min(call.ring, 2),
        "answersec": call.ring if call.talk else 0,
        "waitsec": call.ring if call.talk else 0,
        "hangup_cause": call.cause.freeswitch,
        "hangup_cause_q850": call.cause.code if call.cause.code <= 127 else 16,
        "read_codec": "PCMA",
        "last_app": "bridge",
        "last_arg": _bridged(call),
        "sip_hangup_disposition": "recv_bye" if call.talk else "send_refuse",
        "sip_call_id": f"{call.uuid}@192.0.2.10",
    }
    profile = {
        "caller_id_name": call.name,
        "caller_id_number": caller,
        "destination_number": dialled,
        "uuid": call.uuid,
        "context": "public",
        "network_addr": "192.0.2.10",
    }
    quality = {"mos": 4.5 - call.epoch % 7 / 10, "quality_percentage": 100 - call.epoch % 7}
    return {
        "core-uuid": "5f0c1a52-6f0e-4f0f-9a57-0d3f3a2f7c11",
        "switchname": switch,
        "channel_data": {"state": "CS_REPORTING", "direction": "inbound"},
        "variables": {key: quote(str(value)) for key, value in variables.items()},
        "callflow": [{"profile_index": "1", "caller_profile": profile}],
    } | ({"callStats": {"audio": {"inbound": quality}}} if call.talk else {})
