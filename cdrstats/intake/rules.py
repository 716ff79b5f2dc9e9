"""What is decided about a record before it is staged: its key, and the instant of its start."""

import hashlib
import re
from bisect import bisect_right
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cdrstats.clock import ZoneSpan, instant_of, zone_spans
from cdrstats.sources import Record
from cdrstats.sources.proof import proven_start

_UUID = re.compile("[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}").fullmatch


def is_uuid(text: str) -> bool:
    """Whether PostgreSQL reads `text` as a uuid."""
    return _UUID(text) is not None


def dedup_key(record: Record, switch_id: int) -> str:
    """The key of the call that `record` tells of, as the text of a UUID.

    It is made of what the switch wrote, before zones and rules, and never changes: the same
    record read again, from whatever file, has the same key. Rows that others
    stage get theirs in `mediation/sql/decide.sql`.
    """
    if record.identity_is_global and is_uuid(record.identity):
        return record.identity
    return hashlib.md5(
        f"{record.feed}|{switch_id}|{record.identity}".encode("utf-8", "surrogatepass"),
        usedforsecurity=False,
    ).hexdigest()


class LocalStamps:
    """Turns the zone-less stamps of one zone into stamps with an offset, quickly.

    Stamps are ISO text, so they sort as text; a year's changes of offset are looked up once.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._years: dict[str, tuple[list[str], list[ZoneSpan], list[str]]] = {}

    def with_offset(self, start_text: str, source_type: int, callid: str) -> str:
        """`start_text` (ISO, local) followed by its offset from UTC.

        Raises:
            ValueError: it is not a date.
        """
        year = start_text[:4]
        if year not in self._years:
            self._years[year] = self._spans_of(int(year))
        firsts, spans, suffixes = self._years[year]
        index = bisect_right(firsts, start_text) - 1
        if spans[index].doubtful:
            proof = proven_start(source_type, callid)
            local = datetime.fromisoformat(start_text)
            return instant_of(local, self._zone, proof)[0].isoformat()
        return start_text + suffixes[index]

    def _spans_of(self, year: int) -> tuple[list[str], list[ZoneSpan], list[str]]:
        first = datetime(year, 1, 1)  # noqa: DTZ001 (local by intent)
        spans = zone_spans(self._zone, first, datetime(year, 12, 31, 23, 59, 59))  # noqa: DTZ001
        firsts = [span.first.isoformat(sep=" ") for span in spans]
        return firsts, spans, [offset_text(span.offset) for span in spans]


def offset_text(offset: timedelta) -> str:
    """An offset as PostgreSQL reads it behind a stamp: +01:00, -03:30."""
    seconds = round(offset.total_seconds())
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{sign}{hours:02d}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")
