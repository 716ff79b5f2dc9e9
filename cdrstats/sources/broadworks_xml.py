"""BroadWorks' accounting files: <cdrData> elements in a <broadWorksCDR>, version 14 and on.

Stamps are of UTC (`yyyymmddHHMMSS.mmm`), whatever the zones beside them say. Records of the
type Start and End mark a file, Interim and Long Duration tell of calls that go on: none is a
call.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

from cdrstats.sources.documents import read_documents
from cdrstats.sources.fields import (
    BadRow,
    clean_tree,
    fitting,
    in_range,
    shown,
    whole_or_none,
)
from cdrstats.sources.record import BadLine, Options, Record
from cdrstats.sources.xml_documents import Xml, tree_of

CSV = 1
FEED = "broadworks"
NO_CALLS = frozenset({"start", "end", "interim", "long duration", "duration"})
DIRECTIONS = {"originating": 2, "terminating": 1}

_TOLD = {
    "userNumber",
    "callingNumber",
    "callingName",
    "chargeNumber",
    "calledNumber",
    "dialedDigits",
    "startTime",
    "answerTime",
    "releaseTime",
    "localCallId",
    "terminationCause",
    "direction",
}
"""Members of the basic module that make the record; the others are kept beside it."""


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of the <cdrData> elements of a file; `line` is the number of the element."""
    del options
    return read_documents(stream, Xml("cdrData"), _record)


def _record(text: str, index: int) -> Record | None:
    told = clean_tree(tree_of(text))
    header, basic = _module(told, "headerModule"), _module(told, "basicModule")
    centrex, ip = _module(told, "centrexModule"), _module(told, "ipModule")
    if _text(header, "type").lower() in NO_CALLS:
        return None
    start = _moment(_text(basic, "startTime"), "startTime")
    release = _text(basic, "releaseTime")
    end = _moment(release, "releaseTime") if release else start
    answer = None
    if _text(basic, "answerIndicator").lower().startswith("yes"):
        answer = _moment(_text(basic, "answerTime"), "answerTime")
    id = _module(header, "recordId")
    is_network = _text(basic, "asCallType").lower() == "network"
    extra = {
        name: value
        for module in (basic, centrex, ip)
        for name, value in module.items()
        if isinstance(value, str) and value and name not in _TOLD
    }
    if is_network and "route" in extra:
        extra["carrier"] = extra["route"]
    if answer:
        extra["answer"] = answer.isoformat(" ")
    return Record(
        index,
        CSV,
        FEED,
        "|".join(_text(id, name) for name in ("systemId", "eventCounter", "date")),
        switch=_text(id, "systemId") or None,
        callid=_text(basic, "localCallId") or _text(ip, "networkCallID"),
        caller_id_number=_text(basic, "callingNumber") or _text(basic, "userNumber"),
        caller_id_name=_text(basic, "callingName"),
        destination_number=_text(basic, "dialedDigits") or _text(basic, "calledNumber"),
        start=start,
        duration=_seconds(start, end, "duration"),
        billsec=_seconds(answer, end, "talk time") if answer else 0,
        answered=answer is not None,
        answersec=_seconds(start, answer, "answer time") if answer else None,
        hangup_cause_id=whole_or_none(_text(basic, "terminationCause"), "terminationCause"),
        direction=DIRECTIONS.get(_text(basic, "direction").lower(), 0) if is_network else 0,
        accountcode=_text(basic, "chargeNumber") or _text(centrex, "accountCode"),
        extra=extra,
    )


def _module(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _text(module: Mapping[str, Any], name: str) -> str:
    found = module.get(name, "")
    return found.strip() if isinstance(found, str) else ""


def _moment(text: str, what: str) -> datetime:
    clock, _, fraction = text.partition(".")
    try:
        moment = datetime.strptime(clock, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        moment = moment.replace(microsecond=int(fraction.ljust(6, "0")[:6]))
    except ValueError:
        raise BadRow(f'the {what} "{shown(text)}" is not a date') from None
    in_range(moment, text, what)
    return moment


def _seconds(start: datetime, end: datetime, what: str) -> int:
    """Whole seconds from one moment to another, cut as switches do."""
    return fitting(int((end - start).total_seconds()), what)
