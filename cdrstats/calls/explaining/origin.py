"""Which switch a call is of, when it began, and what tells it from others. Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cdrstats.calls.explaining.case import Case, Explained, plain, said, written
from cdrstats.calls.starts import Start, start_of
from cdrstats.sources.proof import ASTERISK


def switch(case: Case) -> Explained | None:
    """By which name or address the record told its switch."""
    if case.rules is None:
        return None
    record, stored = case.record, case.name("switch")
    if record is None:
        return Explained("switch_id", case.gone("the name or address that told the switch"))
    name, today = plain(record["switch"]), case.rules.switch
    given = written(record, "switch")
    if not case.rules.named or today is None or today.id != case.call["switch_id"]:
        how = f"The record told the switch {stored} when the call was mediated."
        now = "No switch is called so now; a new one would be made."
        if case.rules.named and today is not None:
            now = f"It tells the switch {today.name} now."
        return Explained("switch_id", how, given, today=now)
    if not name:
        how = f"The record names no switch, so it belongs to the switch {today.name}."
    elif name.strip() == today.name:
        how = f"{said(name)} is the name of the switch."
    else:
        how = f"{said(name)} is an address of the switch {today.name}."
    if case.found.file and name:
        how += " The record names it, or whoever loaded its file."
    return Explained("switch_id", how, given)


def start(case: Case) -> Explained | None:
    """From which stamp, in which zone, the start was made."""
    stored: datetime = case.call["starting_date"]
    if case.rules is None:
        return None
    if case.record is None:
        how = case.gone("the stamp as it was written, and the zone it was read in,")
        if case.found.data.get("start_in_doubt"):
            how += " The clocks of that zone showed its hour twice, or never."
        return Explained("starting_date", how)
    zone, whose = _zone(case)
    read = start_of(case.record, zone)
    if read is None:
        return Explained(
            "starting_date", f"The record tells no start; it stands at {_utc(stored)}."
        )
    if read.local is None:
        how = f"The record tells the instant itself, {_utc(read.instant)}: "
        how += (
            "an epoch, or a stamp whose zone is known."
            if case.found.file
            else "a stamp that is pushed without a zone is read in the TimeZone of the"
            " database role that pushes it."
        )
        return _start(case, how, read, ("starting_date",), "")
    if read.instant == stored:
        how = f"The stamp has no zone. It is read in {zone}, {whose}: {_utc(read.instant)}."
        today = ""
    else:
        how = f"The stamp has no zone. It was read as {_utc(stored)}."
        today = f"Read in {zone}, {whose}, it is {_utc(read.instant)}."
    how += _doubt(read, zone, case.record["cdr_source_type"])
    columns = ("start_text", "callid") if read.doubtful else ("start_text",)
    return _start(case, how, read, columns, today)


def _start(
    case: Case, how: str, read: Start, columns: tuple[str, ...], today: str
) -> Explained:
    if read.instant != case.call["starting_date"] and not today:
        today = f"The record says {_utc(read.instant)} now."
    return Explained("starting_date", how, written(case.record or {}, *columns), today=today)


def _zone(case: Case) -> tuple[str, str]:
    """The zone that the record's stamps are read in today, and whose it is."""
    file = case.found.file
    if file and file.timezone:
        return file.timezone, f"which came with the file {file.name}"
    today = case.rules.switch if case.rules else None
    if today is None:
        return "UTC", "since no switch tells its zone"
    return today.timezone, f"the zone of the switch {today.name}"


def _doubt(read: Start, zone: str, source_type: int | None) -> str:
    if not read.doubtful or read.local is None:
        return ""
    early = read.local.replace(tzinfo=ZoneInfo(zone), fold=0)
    late = early.replace(fold=1)
    again = (early.utcoffset() or timedelta()) > (late.utcoffset() or timedelta())
    how = f" The clocks there show this hour {'twice' if again else 'never'}. "
    if read.proof is None:
        return (
            how + "Nothing in the record proves which offset held, so the earlier one counts."
        )
    proof = "uniqueid" if source_type == ASTERISK else "UUID"
    which = "earlier" if read.instant == early.astimezone(UTC) else "later"
    return how + f"The {proof} holds the instant {_utc(read.proof)}: the {which} offset held."


def _utc(moment: datetime) -> str:
    local = moment.astimezone(UTC)
    return f"{local:%Y-%m-%d %H:%M:%S} UTC"


def key(case: Case) -> Explained | None:
    """Of what the identity of the call was made."""
    if case.rules is None:
        return None
    record = case.record
    if record is None:
        return Explained("dedup_key", case.gone("what the key was made of"))
    how, columns = _identity(case)
    how += " It is made before zones and rules, so it never changes."
    data = record["extradata"] if isinstance(record["extradata"], dict) else {}
    return Explained("dedup_key", how, (*written(record, *columns), *written(data, *columns)))


def _identity(case: Case) -> tuple[str, tuple[str, ...]]:
    record = case.record or {}
    feed, callid = record["feed"], plain(record["callid"])
    if feed == "freeswitch":
        if callid.replace("-", "").lower() == case.call["dedup_key"].hex:
            return "It is the UUID of the call, which no other call has.", ("callid",)
        return "It is made of the switch and the call id.", ("callid",)
    if feed == "asterisk:sequence":
        return (
            "It is made of the switch, the uniqueid and the sequence, which together only one"
            " record has.",
            ("callid", "sequence"),
        )
    if feed == "push":
        return (
            "The row was pushed without anything that tells it from others, so every such row"
            " is a call of its own.",
            (),
        )
    return (
        "It is made of the switch and of all columns of the record as written, since the"
        " format has no number of its own for a record: two records are the same only if all"
        " of it is equal.",
        (),
    )
