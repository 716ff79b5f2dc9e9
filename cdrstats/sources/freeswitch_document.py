"""A call of FreeSWITCH as mod_json_cdr and mod_xml_cdr tell it: one document, one tree.

Epochs are UTC and 0 means "never"; stamps are the switch's local time. With several callflows
(transfers) the oldest is the original call, which is what the caller dialled.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from cdrstats.sources.fields import BadRow, clean, fitting, is_unset, stamp, whole
from cdrstats.sources.freeswitch import FEED, FREESWITCH, cause_code
from cdrstats.sources.record import Record

Tree = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_3000 = 32_503_680_000 * 1_000_000  # microseconds after 1970
_PERCENT = re.compile("%[0-9A-Fa-f]{2}")
_ESCAPED = re.compile(r"[\s@\"<>:;]")

_KEPT = (
    "sip_call_id",
    "read_codec",
    "read_rate",
    "write_codec",
    "write_rate",
    "bridge_uuid",
    "last_bridge_to",
    "last_app",
    "last_arg",
    "sip_hangup_disposition",
    "sip_term_status",
    "sip_network_ip",
    "sip_user_agent",
    "sip_gateway_name",
    "carrier",
    "trunk",
    "billmsec",
    "billusec",
    "answer_stamp",
    "end_stamp",
    "hangup_cause_q850",
)
_PROFILE_KEPT = ("context", "network_addr", "rdnis")
_QUALITY = (
    "mos",
    "quality_percentage",
    "jitter_min_variance",
    "jitter_max_variance",
    "jitter_loss_rate",
    "mean_interval",
    "flaw_total",
    "packet_count",
    "skip_packet_count",
    "flush_packet_count",
)


def record_of(document: Tree, index: int, encoded: bool | None = None) -> Record:
    """The record of a document.

    Args:
        encoded: whether the values of variables are percent-encoded; None: see for yourself.

    Raises:
        BadRow: it lacks a uuid, a start, or a duration, or they cannot be read.
    """
    raw = {name: _text(value) for name, value in _tree(document.get("variables")).items()}
    if encoded is None:
        encoded = _is_encoded(raw)
    told = _Variables({name: unquote(text) for name, text in raw.items()} if encoded else raw)
    flows = _callflows(document.get("callflow"))
    original = flows[-1] if flows else {}
    profile = _tree(original.get("caller_profile"))
    told.times = _tree(flows[0].get("times")) if flows else {}
    uuid = told.get("uuid") or _text(profile.get("uuid"))
    if not uuid:
        raise BadRow("it names no uuid")
    start, start_text = _start(told, _tree(original.get("times")))
    extra = _extra(document, told, profile)
    direction = told.get("direction") or _text(
        _tree(document.get("channel_data")).get("direction")
    )
    if direction:
        extra["leg_direction"] = direction
    answered = told.reached("answer", "answered_time")
    duration = told.span("duration", "start", "end")
    billsec = told.span("billsec", "answer", "end") or 0
    if duration is None:
        raise BadRow("it tells no duration")
    name = told.get("hangup_cause")
    return Record(
        index,
        FREESWITCH,
        FEED,
        uuid,
        True,
        switch=_text(document.get("switchname")) or told.get("FreeSWITCH-Switchname") or None,
        callid=uuid,
        caller_id_number=_text(profile.get("caller_id_number")) or told.get("sip_from_user"),
        caller_id_name=_text(profile.get("caller_id_name")),
        destination_number=_text(profile.get("destination_number"))
        or told.get("destination_number")
        or told.get("sip_req_user"),
        start=start,
        start_text=start_text,
        duration=duration,
        billsec=billsec,
        answered=answered,
        answersec=told.number("answersec") if answered else None,
        progresssec=told.number("progresssec")
        if told.reached("progress", "progress_time")
        else None,
        waitsec=told.number("waitsec") if told.reached("bridge", "bridged_time") else None,
        pdd_ms=_pdd_ms(told),
        hangup_cause_id=cause_code(name, told.get("hangup_cause_q850")),
        hangup_cause=name,
        # An outbound leg that is a call of its own was placed by the switch. An inbound leg is
        # one that the switch received, from a carrier or from a telephone of its own.
        direction=2 if direction == "outbound" else 0,
        channel=told.get("channel_name") or _text(profile.get("chan_name")),
        accountcode=told.get("accountcode") or told.get("account_code"),
        leg_of=_originating_leg(told, flows, uuid, direction),
        extra=extra,
    )


class _Variables:
    """The variables of a document, decoded; `times` are those of its newest callflow."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = {name: clean(text) for name, text in values.items()}
        self.times: Tree = {}

    def get(self, name: str) -> str:
        return self._values.get(name, "")

    def number(self, name: str) -> int | None:
        text = self.get(name)
        return whole(text, name) if text else None

    def micros(self, what: str) -> int:
        """Microseconds of `start`, `answer`, `end`, ... since 1970; 0 if never or not told."""
        for name, factor in ((f"{what}_uepoch", 1), (f"{what}_epoch", 1_000_000)):
            text = self.get(name)
            if text.isdecimal() and len(text) < 20 and int(text):
                return int(text) * factor
        return 0

    def reached(self, what: str, time: str) -> bool | None:
        """Whether the call came to `what`; None if the document does not say."""
        told = [
            self.get(f"{what}_uepoch"),
            self.get(f"{what}_epoch"),
            _text(self.times.get(time)),
        ]
        numbers = [int(text) for text in told if text.isdecimal() and len(text) < 20]
        stamped = self.get(f"{what}_stamp")
        if any(numbers) or (stamped and not is_unset(stamped)):
            return True
        return False if numbers or self.get("end_stamp") else None

    def span(self, name: str, since: str, until: str) -> int | None:
        """Seconds as told, else the difference of epochs, as FreeSWITCH makes it."""
        told = self.number(name)
        if told is not None:
            return told
        begin, end = self.micros(since), self.micros(until)
        if not begin or not end:
            return None
        return fitting(end // 1_000_000 - begin // 1_000_000, name)


def _start(told: _Variables, times: Tree) -> tuple[datetime | None, str | None]:
    micros = told.micros("start")
    if not micros:
        created = _text(times.get("created_time"))
        micros = int(created) if created.isdecimal() and len(created) < 20 else 0
    if micros:
        if micros >= _YEAR_3000:
            raise BadRow(f"the start, {micros} microseconds after 1970, is not a date")
        return _EPOCH + timedelta(microseconds=micros), None
    moment, text = stamp(told.get("start_stamp"), "start")
    return (moment, None) if text is None else (None, text)


def _pdd_ms(told: _Variables) -> int | None:
    """Post-dial delay (definitions d.1); None where neither ringing nor media was reached."""
    if not (
        told.reached("progress", "progress_time")
        or told.reached("progress_media", "progress_media_time")
    ):
        return None
    parts = [told.number("progressmsec"), told.number("progress_mediamsec")]
    if parts == [None, None]:
        return None
    return fitting(sum(part or 0 for part in parts), "progressmsec")


def _originating_leg(
    told: _Variables, flows: list[Tree], uuid: str, direction: str
) -> str | None:
    """The A leg that a B leg names; a leg that the switch received is never a B leg."""
    if direction == "inbound":
        return None
    candidates = [told.get("originating_leg_uuid"), told.get("cc_member_session_uuid")]
    for flow in reversed(flows):
        originator = _tree(_tree(flow.get("caller_profile")).get("originator"))
        for value in originator.values():
            profiles = value if isinstance(value, list) else [value]
            candidates += [_text(_tree(item).get("uuid")) for item in profiles]
    if direction == "outbound":
        candidates.append(told.get("call_uuid"))
    return next((leg for leg in candidates if leg and leg != uuid), None)


def _extra(document: Tree, told: _Variables, profile: Tree) -> dict[str, Any]:
    extra: dict[str, Any] = {name: told.get(name) for name in _KEPT if told.get(name)}
    for name in _PROFILE_KEPT:
        if _text(profile.get(name)):
            extra[name] = _text(profile.get(name))
    statistics = _tree(document.get("callStats") or document.get("call-stats"))
    inbound = _tree(_tree(statistics.get("audio")).get("inbound"))
    for name in _QUALITY:
        value = _figure(inbound.get(name))
        if value is None:
            value = _figure(told.get(f"rtp_audio_in_{name}"))
        if value is not None:
            extra[name] = value
    return extra


def _figure(value: Any) -> float | int | None:
    """A finite number, or None: without media FreeSWITCH writes nan."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _is_encoded(raw: Mapping[str, str]) -> bool:
    """Whether values are percent-encoded; FreeSWITCH does all of a document, or none."""
    known = raw.get("start_stamp")
    if known:
        return _PERCENT.search(known) is not None
    if any(_ESCAPED.search(text) for text in raw.values()):
        return False
    return any(_PERCENT.search(text) for text in raw.values())


def _callflows(value: Any) -> list[Tree]:
    """The callflows, newest first; older versions write a single one without an array."""
    flows = [flow for flow in (value if isinstance(value, list) else [value]) if _tree(flow)]
    indexes = [_text(flow.get("profile_index")) for flow in flows]
    if all(text.isdecimal() and len(text) < 10 for text in indexes):
        flows.sort(key=lambda flow: -int(flow["profile_index"]))
    return flows


def _tree(value: Any) -> Tree:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    """A scalar as text; the first of an array, since XML repeats what JSON says once."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clean(str(value))
