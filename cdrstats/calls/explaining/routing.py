"""Which trunk or gateway a call went out by, or came in by. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from cdrstats.calls.explaining.case import Case, Explained, plain, said, written
from cdrstats.numbers import INTERNAL, NumberRules
from cdrstats.sources.proof import ASTERISK, FREESWITCH

NAMED = ("carrier", "trunk", "sip_gateway_name")
"""Keys of a record's data that name a carrier; the first counts."""

DIALLED = {FREESWITCH: "last_arg", ASTERISK: "dstchannel"}
"""Keys that tell where the switch sent the call."""

LONGEST_NAME = 200
GATEWAY = "sofia/gateway/"
BLANKS = " \t\r\n"


class Told(NamedTuple):
    """What a record's data tell of its carrier."""

    name: str
    """'' if it is not known."""
    key: str
    """What told it; '' if nothing did."""
    telephone: bool = False
    """The call went to a channel that is called like an extension."""


def carrier(case: Case) -> Explained | None:
    """What in the record named the carrier, which is for staff alone to know."""
    if case.rules is None:
        return None
    data = case.found.data
    own = case.rules.switch.rules if case.rules.switch else NumberRules()
    told = carrier_of(
        data, case.call["cdr_source_type"], case.rules.number.call_type, own.extension_digits
    )
    stored = case.name("carrier") if case.call["carrier_id"] else ""
    given = written(data, told.key) if told.key else ()
    named = case.rules.carrier
    if named != stored:
        how = f"The carrier was {stored or 'not known'} when the call was mediated."
        today = f"It would be {named or 'not known'}."
        return Explained("carrier_id", how, given, today=today)
    how = _how(told, _text(data, told.key))
    if named != told.name:
        how += f" That is a trunk of {named}."
    return Explained("carrier_id", how, given)


def authorized(case: Case) -> Explained | None:
    """By which list entry it was decided whether the call may go there."""
    entry = case.found.names["list_entry"]
    if entry is None:
        return None
    did = "allowed" if case.call["authorized"] else "refused"
    how = f"The list entry {entry}, {did} it when it was mediated."
    return Explained("authorized", how)


def _how(told: Told, text: str) -> str:
    if told.key in NAMED:
        return f"The record names {said(told.name)}."
    if told.telephone:
        return f"{said(text)} is called like an extension, so it is a telephone, not a carrier."
    if told.key == "last_arg":
        return f"FreeSWITCH sent the call to {said(text)}: by the gateway {told.name}."
    if told.key:
        return f"Asterisk sent the call out by the channel {said(text)}: by {told.name}."
    return "The record names neither a trunk nor a gateway that the call went by."


def carrier_of(
    data: Mapping[str, Any], source_type: int, call_type: int, extension_digits: int
) -> Told:
    """The carrier of a call, as `mediation/sql/decide.sql` finds it.

    Args:
        data: further fields of its record.
        source_type, call_type: as in `voip_cdr`.
        extension_digits: of its switch, see `NumberRules`.
    """
    for key in NAMED:
        if name := plain(_text(data, key).strip(BLANKS)):
            return Told(_cut(name), key)
    key = DIALLED.get(source_type, "")
    if not key or call_type == INTERNAL:
        return Told("", "")
    dialled = _text(data, key)
    if source_type == FREESWITCH:
        name = _cut(_gateway(dialled))
        return Told(name, key if name else "")
    name = _peer(dialled)
    if name.isascii() and name.isdigit() and len(name) <= extension_digits:
        return Told("", key, telephone=True)
    return Told(_cut(name), key if name else "")


def _gateway(dialled: str) -> str:
    """acme of sofia/gateway/acme/34650123456; '' if it may have been another one."""
    parts = dialled.split(GATEWAY)
    return parts[1].partition("/")[0] if len(parts) == 2 else ""


def _peer(channel: str) -> str:
    """acme of PJSIP/acme-0000001a; DAHDI/i1 of DAHDI/i1/5551234-5."""
    technology, _, rest = channel.partition("/")
    if technology == "Local":
        return ""
    if technology in ("PJSIP", "SIP", "IAX2"):
        return rest.partition("/")[0].rpartition("-")[0]
    line = re.match("[^/]+/[^/-]+", channel)
    return line[0] if line else ""


def _cut(name: str) -> str:
    return name[:LONGEST_NAME].rstrip(" ")


def _text(data: Mapping[str, Any], key: str) -> str:
    """A value of JSON as PostgreSQL's ->> writes it; '' for none."""
    value = data.get(key)
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)
