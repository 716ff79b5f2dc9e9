"""What is known of a call, as people read it, by the names of its columns."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cdrstats import format
from cdrstats.accounts import Scope
from cdrstats.calls import CallDetail
from cdrstats.choices import Names
from cdrstats.choices.names import CALL_TYPES, DIRECTIONS
from cdrstats.ui.call_html import Fact
from cdrstats.ui.calls import result_of

SECTIONS = {
    "When": ("starting_date", "answered_at", "duration", "billsec", "pdd_ms", "seconds"),
    "Who": (
        "caller_id_number",
        "caller_id_name",
        "destination_number",
        "destination_e164",
        "call_type",
        "dialcode_id",
        "country_id",
        "direction",
        "carrier_id",
        "user_id",
        "accountcode",
    ),
    "How it ended": (
        "answered",
        "hangup_cause_id",
        "sip_status",
        "ner",
        "mos",
        "authorized",
        "state",
        "channel",
    ),
    "Money": ("billed_s", "buy_cost", "sell_cost", "cost"),
    "Where it came from": ("switch_id", "cdr_source_type", "file", "callid", "dedup_key"),
}
"""The fields of each part of the drawer, in order."""


def facts(
    found: CallDetail, names: Names, zone: ZoneInfo, scope: Scope, file: str
) -> dict[str, Fact]:
    """Label and value of every field; a value that is not there, or not to be seen, is ''."""
    call, named = found.call, found.names
    return {
        "starting_date": (
            "Start",
            f"{format.moment(call['starting_date'], zone, seconds=True)} ({zone.key})",
        ),
        "answered_at": (
            "Answered at",
            format.moment(call["answered_at"], zone, seconds=True)
            if call["answered_at"]
            else "",
        ),
        "duration": ("Duration", format.clock(call["duration"])),
        "billsec": ("Talk time", format.clock(call["billsec"])),
        "pdd_ms": (
            "Post-dial delay",
            format.NOTHING if call["pdd_ms"] is None else f"{call['pdd_ms']:,} ms",
        ),
        "seconds": (
            "Progress, answer, wait",
            _seconds(call, "progresssec", "answersec", "waitsec"),
        ),
        "caller_id_number": ("Caller number", call["caller_id_number"]),
        "caller_id_name": ("Caller name", call["caller_id_name"]),
        "destination_number": ("Destination", call["destination_number"]),
        "destination_e164": (
            "International number",
            f"+{call['destination_e164']}" if call["destination_e164"] else format.NOTHING,
        ),
        "call_type": ("Call type", CALL_TYPES.get(call["call_type"], "")),
        "dialcode_id": ("Dial code", _dialcode(call["dialcode_id"], named["dialcode"])),
        "country_id": ("Country", named["country"] or ""),
        "direction": ("Direction", DIRECTIONS.get(call["direction"], "")),
        "carrier_id": ("Carrier", named["carrier"] or ""),
        "user_id": ("Customer", named["customer"] or ""),
        "accountcode": ("Account code", call["accountcode"]),
        "answered": ("Result", result_of(call, names)),
        "hangup_cause_id": (
            "Hangup cause",
            names.causes.get(call["hangup_cause_id"], str(call["hangup_cause_id"])),
        ),
        "ner": ("NER", ""),
        "sip_status": ("SIP status", _known(call["sip_status"], "d")),
        "mos": ("MOS", _known(call["mos"], ".2f")),
        "authorized": ("Authorized", _authorized(call["authorized"], named["list_entry"])),
        "state": ("State", call["state"]),
        "channel": ("Channel", call["channel"] or ""),
        "billed_s": ("Billable time", format.clock(call["billed_s"])),
        "buy_cost": ("Buy cost", _priced(call["buy_cost"], call["buy_rate"])),
        "sell_cost": ("Sell cost", _priced(call["sell_cost"], call["sell_rate"])),
        "cost": (
            "Margin",
            format.rate(call["sell_cost"] - call["buy_cost"]) if scope.shows("margin") else "",
        ),
        "switch_id": ("Switch", named["switch"] or ""),
        "cdr_source_type": ("Source", named["source_type"] or ""),
        "file": ("File", file),
        "callid": ("Call id", call["callid"]),
        "dedup_key": ("Key", str(call["dedup_key"])),
    }


def _authorized(authorized: bool, entry: str | None) -> str:
    answer = "yes" if authorized else "no"
    return f"{answer}, by the list entry {entry}" if entry else answer


def _known(value: int | Decimal | None, spec: str) -> str:
    return "" if value is None else f"{value:{spec}}"


def _seconds(call: Mapping[str, Any], *columns: str) -> str:
    values = [call[column] for column in columns]
    if all(value is None for value in values):
        return ""
    return ", ".join(format.NOTHING if value is None else f"{value} s" for value in values)


def _dialcode(id_: int, name: str | None) -> str:
    return f"{id_} {name or ''}".strip() if id_ else format.NOTHING


def _priced(cost: Decimal | None, rate: Decimal | None) -> str:
    if cost is None:
        return ""
    at = f" at {format.rate(rate)} a minute" if rate else ""
    return f"{format.rate(cost)}{at}"
