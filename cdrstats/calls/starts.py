"""When a record says its call began. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cdrstats.clock import instant_of
from cdrstats.sources.proof import proven_start


class Start(NamedTuple):
    """The start of a record, and what it was told by."""

    instant: datetime
    local: datetime | None  # the stamp as written; None: it told the instant itself
    doubtful: bool  # the clocks showed the stamp twice or never
    proof: datetime | None  # the instant in the call id, where there is doubt


def start_of(record: Mapping[str, Any], zone: str) -> Start | None:
    """The start of a row of `cdr_import`, as mediation reads it; None if it has none.

    Args:
        zone: IANA name, of a stamp that carries no zone.
    """
    local = _local(record["start_text"])
    if local is None:
        told = record["starting_date"]
        return None if told is None else Start(told, None, False, None)
    proof = proven_start(record["cdr_source_type"] or 0, record["callid"] or "")
    instant, doubtful = instant_of(local, ZoneInfo(zone), proof)
    return Start(instant, local, doubtful, proof if doubtful else None)


def _local(start_text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(start_text or "")
    except ValueError:
        return None
