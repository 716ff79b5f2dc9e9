"""CDR-Stats' own import CSV: a header of the columns of `cdr_import`, or their usual order."""

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO
from uuid import UUID

from cdrstats.sources.fields import (
    BadRow,
    clean_tree,
    instant_or_stamp,
    money,
    whole,
    whole_or_none,
)
from cdrstats.sources.freeswitch import FEED, FREESWITCH
from cdrstats.sources.lines import columns, csv_cells, read_rows, under_header
from cdrstats.sources.record import BadLine, Options, Record

COLUMNS: tuple[str, ...] = (
    "switch",
    "cdr_source_type",
    "callid",
    "caller_id_number",
    "caller_id_name",
    "destination_number",
    "dialcode",
    "state",
    "channel",
    "starting_date",
    "duration",
    "billsec",
    "progresssec",
    "answersec",
    "waitsec",
    "hangup_cause_id",
    "hangup_cause",
    "direction",
    "country_code",
    "accountcode",
    "buy_rate",
    "buy_cost",
    "sell_rate",
    "sell_cost",
    "extradata",
)
NEEDED = {"callid", "starting_date", "duration"}
_NOT_KEPT = {"id", "imported", ""}
_DIRECTIONS = {"inbound": 1, "outbound": 2}


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of an import CSV; `\\N` and an empty cell both mean "not given"."""
    del options
    return read_rows(stream, csv_cells(), under_header(COLUMNS, layout_of, _record))


def layout_of(header: list[str]) -> tuple[str, ...] | None:
    """The columns that a header of names in lower case tells; None if it is no header."""
    return tuple(header) if set(header) >= NEEDED else None


def _record(layout: tuple[str, ...], cells: list[str], line: int) -> Record:
    if len(cells) != len(layout):
        raise BadRow(f"it has {columns(len(cells))}; the header has {len(layout)}")
    cell = {
        name: "" if text == "\\N" else text for name, text in zip(layout, cells, strict=True)
    }
    return record_of_columns(cell, line, "cdrstats_csv", "\x1f".join(cells))


def record_of_columns(cell: dict[str, str], line: int, feed: str, identity: str) -> Record:
    """The record of a row of `cdr_import`; what is no column of it is kept.

    Args:
        feed, identity: of a record that has no UUID of FreeSWITCH.
    """
    record = record_of(cell.pop, line)
    record.feed, record.identity = feed, identity
    if record.source_type == FREESWITCH and _is_uuid(record.callid):
        record.feed, record.identity, record.identity_is_global = FEED, record.callid, True
    for name, text in cell.items():
        if text and name not in _NOT_KEPT:
            record.extra[name] = text
    return record


def record_of(take: Callable[[str, str], str], line: int) -> Record:
    """The record that the columns of `cdr_import` make; `take` gives one, or the default."""
    start, start_text = instant_or_stamp(take("starting_date", ""), "starting_date")
    duration = take("duration", "")
    return Record(
        line,
        whole_or_none(take("cdr_source_type", ""), "cdr_source_type") or 0,
        feed="",
        identity="",
        switch=take("switch", "") or None,
        callid=take("callid", ""),
        caller_id_number=take("caller_id_number", ""),
        caller_id_name=take("caller_id_name", ""),
        destination_number=take("destination_number", ""),
        start=start if start_text is None else None,
        start_text=start_text,
        duration=whole(duration, "duration"),
        billsec=whole(take("billsec", "") or "0", "billsec"),
        answersec=whole_or_none(take("answersec", ""), "answersec"),
        progresssec=whole_or_none(take("progresssec", ""), "progresssec"),
        waitsec=whole_or_none(take("waitsec", ""), "waitsec"),
        hangup_cause_id=whole_or_none(take("hangup_cause_id", ""), "hangup_cause_id"),
        hangup_cause=take("hangup_cause", ""),
        direction=_direction(take("direction", "")),
        channel=take("channel", ""),
        accountcode=take("accountcode", ""),
        extra=_extra(take("extradata", "")),
        state=take("state", ""),
        dialcode=take("dialcode", ""),
        country_code=take("country_code", ""),
        buy_rate=money(take("buy_rate", ""), "buy_rate"),
        buy_cost=money(take("buy_cost", ""), "buy_cost"),
        sell_rate=money(take("sell_rate", ""), "sell_rate"),
        sell_cost=money(take("sell_cost", ""), "sell_cost"),
    )


def _direction(text: str) -> int:
    """1 inbound, 2 outbound; whatever else is not defined."""
    text = text.strip().lower()
    return _DIRECTIONS.get(text) or (int(text) if text in {"1", "2"} else 0)


def _extra(text: str) -> dict[str, Any]:
    """The members of a JSON object; any other text is kept whole."""
    if not text:
        return {}
    try:
        value = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        value = None
    return clean_tree(value) if isinstance(value, dict) else {"extradata": text}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
