"""What a record's own call id says about its start, whatever the clock on the wall said."""

import re
import uuid
from datetime import UTC, datetime, timedelta

FREESWITCH = 3
ASTERISK = 4

_UNIQUEID = re.compile(r"(?:^|[^\d])(\d{9,10})\.\d+$")
_GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)


def proven_start(source_type: int, callid: str) -> datetime | None:
    """The instant that `callid` carries, or None.

    An Asterisk uniqueid is `[system-]epoch.n` of the channel's creation; many FreeSWITCH builds
    use version 1 UUIDs, whose time is UTC (RFC 9562).
    """
    if source_type == ASTERISK and (found := _UNIQUEID.search(callid)):
        return datetime.fromtimestamp(int(found.group(1)), UTC)
    if source_type == FREESWITCH:
        try:
            parsed = uuid.UUID(callid)
        except ValueError:
            return None
        if parsed.version == 1:
            return _GREGORIAN + timedelta(microseconds=parsed.time // 10)
    return None
