"""One call in full, in a drawer at the right."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from cdrstats.calls import CallDetail, detail
from cdrstats.choices import Names
from cdrstats.choices.names import CALL_TYPES, DIRECTIONS
from cdrstats.ui import filters, format, frame
from cdrstats.ui.calls import RESULT_COLOURS, result_of

STAGED_WORDS = {
    "duplicate": "The same record, again",
    "leg": "A leg of this call",
    "call": "A call of the same id",
}


def drawer(names: Names) -> None:
    """Open the call that the URL names, if it names one."""
    given = st.query_params.get("call")
    if given:
        _drawer(given, names)


def _close() -> None:
    st.query_params.pop("call", None)
    st.session_state["calls_version"] = st.session_state.get("calls_version", 0) + 1


@st.dialog("Call", position="right", width="medium", on_dismiss=_close)
def _drawer(given: str, names: Names) -> None:
    viewer = frame.require("calls")
    place = _place(given)
    found = frame.read(detail, viewer.scope, *place) if place else None
    if found is None:
        st.markdown("**This call is not there.**")
        st.caption("It may have been mediated anew, or its file was undone.")
        return
    _call(found, names, filters.zone())


def _place(given: str) -> tuple[datetime, uuid.UUID] | None:
    stamp, _, key = given.partition("~")
    try:
        moment = datetime.fromisoformat(stamp)
        return (moment, uuid.UUID(key)) if moment.tzinfo else None
    except ValueError:
        return None


def _call(found: CallDetail, names: Names, zone: ZoneInfo) -> None:
    call = found.call
    result = result_of(call, names)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"`{call['caller_id_number'] or 'unknown'}` :material/arrow_forward:"
            f" `{call['destination_number'] or 'unknown'}`",
            width="content",
        )
        st.badge(result, color=RESULT_COLOURS[result])  # type: ignore[arg-type]
    sections = {
        "When": _when(call, zone),
        "Who": _who(found),
        "How it ended": _ended(found, names),
        "Money": _money(call),
        "Where it came from": _origin(found),
    }
    for title, facts in sections.items():
        st.markdown(f"**{title}**")
        st.table({key: value for key, value in facts.items() if value}, border="horizontal")
    _raw(found)


def _when(call: Mapping[str, Any], zone: ZoneInfo) -> dict[str, str]:
    return {
        "Start": f"{format.moment(call['starting_date'], zone, seconds=True)} ({zone.key})",
        "Answered": format.moment(call["answered_at"], zone, seconds=True),
        "Duration": format.clock(call["duration"]),
        "Talk time": format.clock(call["billsec"]),
        "Post-dial delay": f"{call['pdd_ms']:,} ms" if call["pdd_ms"] is not None else "",
        "Progress, answer, wait": _seconds(call, "progresssec", "answersec", "waitsec"),
    }


def _seconds(call: Mapping[str, Any], *columns: str) -> str:
    values = [call[column] for column in columns]
    if all(value is None for value in values):
        return ""
    return ", ".join(format.NOTHING if value is None else f"{value} s" for value in values)


def _who(found: CallDetail) -> dict[str, str]:
    call, names = found.call, found.names
    return {
        "Caller number": call["caller_id_number"],
        "Caller name": call["caller_id_name"],
        "Destination": call["destination_number"],
        "International number": f"+{call['destination_e164']}"
        if call["destination_e164"]
        else "",
        "Country": names["country"] or "",
        "Dial code": names["dialcode"] or "",
        "Customer": names["customer"] or "",
        "Account code": call["accountcode"],
    }


def _ended(found: CallDetail, names: Names) -> dict[str, str]:
    call = found.call
    return {
        "Hangup cause": names.causes.get(call["hangup_cause_id"], str(call["hangup_cause_id"])),
        "Direction": DIRECTIONS.get(call["direction"], ""),
        "Call type": CALL_TYPES.get(call["call_type"], ""),
        "Authorized": "yes" if call["authorized"] else "no",
        "State": call["state"],
        "Channel": call["channel"],
    }


def _money(call: Mapping[str, Any]) -> dict[str, str]:
    return {
        "Buy cost": _priced(call["buy_cost"], call["buy_rate"]),
        "Sell cost": _priced(call["sell_cost"], call["sell_rate"]),
        "Margin": format.rate(call["sell_cost"] - call["buy_cost"]),
    }


def _priced(cost: Decimal, rate: Decimal) -> str:
    at = f" at {format.rate(rate)} a minute" if rate else ""
    return f"{format.rate(cost)}{at}"


def _origin(found: CallDetail) -> dict[str, str]:
    call, names = found.call, found.names
    return {
        "Switch": names["switch"] or "",
        "Source": names["source_type"] or "",
        "File": found.file
        or ("pushed by another program" if found.staged else "no longer kept"),
        "Call id": call["callid"],
        "Key": str(call["dedup_key"]),
    }


def _raw(found: CallDetail) -> None:
    if found.call["data"]:
        with st.expander("Further fields of the record", expanded=True):
            st.json(found.call["data"])
    if found.staged:
        with st.expander("The record as it was staged"):
            st.json(_plain(found.staged))
    for number, related in enumerate(found.related):
        with st.expander(f"{STAGED_WORDS[related.kind]} ({number + 1})"):
            st.json(_plain(related.row))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value if isinstance(value, dict | list | int | bool | str) else str(value)
        for key, value in row.items()
        if value is not None
    }
