"""Calls as SIP proxies account for them: transactions, of which an INVITE and a BYE are a call.

Kamailio and OpenSIPS log the same: method, tags, Call-ID, the final reply and its time, and
further columns of the administrator's choice. The matching is that of siremis' kamailio_cdrs().
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cdrstats.sources.fields import INT4, BadRow, in_time, instant_or_stamp, seconds_between
from cdrstats.sources.record import Part, Record

METHODS = frozenset({"INVITE", "ACK", "BYE"})

CHALLENGES = frozenset({"401", "407"})
"""The proxy asked who it is; the caller tries again, and this is no failed call."""

CALLER = ("src_user", "src_username", "caller", "caller_id", "from_user", "account")
CALLEE = (
    *("dst_ouser", "dst_ousername", "dst_user", "dst_username", "destination"),
    *("callee", "callee_id", "to_user"),
)
"""Columns that tell who calls, and what was dialled; the first that holds something counts."""

FIELDS = frozenset({"method", "from_tag", "to_tag", "callid", "sip_code", "sip_reason", "time"})

_OF_TABLE = frozenset({"id", "cdr_id"})
"""Columns that tell of the row, and may change."""

# RFC 3398, 8.2.6.1; those that it does not know by convention.
Q850 = {
    **dict.fromkeys((401, 402, 403, 407, 603), 21),
    **dict.fromkeys((404, 604), 1),
    405: 63,
    406: 79,
    **dict.fromkeys((408, 504), 102),
    410: 22,
    **dict.fromkeys((413, 414, 416, 420, 421, 423, 505, 488, 606), 127),
    **dict.fromkeys((415, 501), 79),
    480: 18,
    481: 41,
    **dict.fromkeys((482, 483), 25),
    484: 28,
    485: 1,
    **dict.fromkeys((486, 600), 17),
    487: 16,
    **dict.fromkeys((500, 503), 41),
    502: 38,
}


@dataclass(frozen=True, slots=True)
class Transaction:
    """A line of the log, with its time."""

    part: Part
    at: datetime | None
    local: str | None  # the time as text, where it has no zone

    @property
    def data(self) -> dict[str, str]:
        return self.part.data

    @property
    def tags(self) -> tuple[str, str]:
        return self.data.get("from_tag", ""), self.data.get("to_tag", "")


def part_of(fields: dict[str, str], line: int) -> Part:
    """A line of the log. Raises BadRow if no call is told of by it."""
    method = fields.get("method", "").upper()
    if method not in METHODS:
        raise BadRow(f'its method is "{method[:20]}", not INVITE, ACK or BYE')
    if not fields.get("callid"):
        raise BadRow("it has no Call-ID")
    if "from_tag" not in fields or "to_tag" not in fields:
        raise BadRow("it has no tags")
    code = fields.get("sip_code", "")
    if not (len(code) == 3 and code.isdecimal()):
        raise BadRow(f'its SIP code "{code[:20]}" is none')
    if fields.get("time"):
        instant_or_stamp(fields["time"], "time")  # raises
    elif method != "INVITE":
        raise BadRow("it has no time")
    failed = method == "INVITE" and code >= "300" and code not in CHALLENGES
    data = {name: text for name, text in fields.items() if text and name not in _OF_TABLE}
    return Part(line, fields["callid"], data, method == "BYE" or failed)


@dataclass(frozen=True, slots=True)
class SipCalls:
    """Puts the transactions of a Call-ID together.

    Attributes:
        source_type, feed: of the records.
    """

    source_type: int
    feed: str

    def __call__(self, parts: Sequence[Part]) -> list[Record]:
        """A record for each dialog that a BYE ends, else one for an attempt that failed."""
        lines = _in_order(map(_transaction, parts))
        invites = [one for one in lines if one.data["method"].upper() == "INVITE"]
        rest = [one for one in lines if one.data["method"].upper() != "INVITE"]
        records: list[Record] = []
        used: set[int] = set()  # what several dialogs share is a part of the first
        dialogs: dict[tuple[str, str], Transaction] = {}
        for one in invites:
            if one.data["sip_code"] < "300":
                dialogs.setdefault(one.tags, one)
        for tags, answer in dialogs.items():
            of_dialog = [one for one in rest if one.tags in (tags, tags[::-1])]
            ends = next((one for one in of_dialog if one.data["method"].upper() == "BYE"), None)
            acks = [one for one in of_dialog if one.data["method"].upper() == "ACK"]
            answered = answer if answer.at else next(iter(acks), None)
            if ends is None or answered is None or answered.at is None:
                continue
            tries = [one for one in invites if one.tags[0] == tags[0]]
            own = [one for one in tries if one.tags == tags or one.data["sip_code"] >= "300"]
            told = [one for one in (*own, *of_dialog) if id(one.part) not in used]
            used.update(id(one.part) for one in told)
            records.append(self._call(told, tries, answer, answered, ends))
        for caller in dict.fromkeys(one.tags[0] for one in invites):
            tries = [one for one in invites if one.tags[0] == caller]
            final = [
                one
                for one in tries
                if one.data["sip_code"] >= "300" and one.data["sip_code"] not in CHALLENGES
            ]
            is_answered = any(one.data["sip_code"] < "300" for one in tries)
            if final and not is_answered and final[-1].at is not None:
                records.append(self._call(tries, tries, final[-1], None, final[-1]))
        return records

    def _call(
        self,
        told: Sequence[Transaction],
        tries: Sequence[Transaction],
        told_by: Transaction,
        answered: Transaction | None,
        ends: Transaction,
    ) -> Record:
        """The record of a call out of all that is `told` of it.

        Args:
            tries: the INVITEs, of which `told_by` tells who called whom.
            answered: what tells the time of the answer; None: nobody answered.
        """
        data = told_by.data
        begun = next(one for one in (*tries, answered, ends) if one and one.at is not None)
        code = int(data["sip_code"])
        extra = {name: text for name, text in data.items() if name not in FIELDS}
        extra["sip_term_status"] = data["sip_code"]
        extra["from_tag"], extra["to_tag"] = told_by.tags
        if answered is not None:
            extra["answer"] = answered.data["time"]
        line = max(one.part.line for one in (told_by, ends))
        return Record(
            line,
            self.source_type,
            self.feed,
            "|".join((data["callid"], *(told_by.tags if answered else told_by.tags[:1]))),
            switch=told_by.part.switch,
            callid=data["callid"],
            caller_id_number=first_of(data, CALLER),
            destination_number=first_of(data, CALLEE),
            start=begun.at if begun.local is None else None,
            start_text=begun.local,
            duration=_seconds(begun, ends),
            billsec=_seconds(answered, ends) if answered else 0,
            answered=answered is not None,
            answersec=_seconds(begun, answered) if answered else None,
            hangup_cause_id=16 if answered else Q850.get(code),
            hangup_cause=f"{data['sip_code']} {data.get('sip_reason', '')}".strip(),
            extra=extra,
            made_of=tuple(one.part for one in told),
        )


def _in_order(lines: Iterable[Transaction]) -> list[Transaction]:
    """By time; an INVITE whose time stands in its ACK comes first."""
    given = list(lines)
    timed = [(in_time(one.at), at) for at, one in enumerate(given) if one.at is not None]
    return [
        *(one for one in given if one.at is None),
        *(given[at] for _, at in sorted(timed)),
    ]


def _transaction(part: Part) -> Transaction:
    if not part.data.get("time"):
        return Transaction(part, None, None)
    return Transaction(part, *instant_or_stamp(part.data["time"], "time"))


def _seconds(start: Transaction, end: Transaction) -> int:
    """Whole seconds; 0 where the clock was set back in between, or only one has a zone."""
    if start.at is None or end.at is None:
        return 0
    return min(seconds_between(start.at, end.at) or 0, INT4)


def first_of(data: dict[str, str], names: Iterable[str]) -> str:
    return next((data[name] for name in names if data.get(name)), "")
