"""Records as lines of PostgreSQL's COPY, made for speed: this runs once for every call.

An empty field is NULL. Most lines need no escaping, which one look at the joined line tells.
"""

from collections.abc import Iterable

import orjson
from sqlalchemy import Connection, text

from cdrstats.db.engine import psycopg2_cursor
from cdrstats.intake.rules import LocalStamps, dedup_key, is_uuid
from cdrstats.sources import BadLine, Part, Record

RECORD_COLUMNS = (
    "switch, cdr_source_type, callid, caller_id_number, caller_id_name, destination_number,"
    " dialcode, state, channel, starting_date, duration, billsec, progresssec, answersec,"
    " waitsec, hangup_cause_id, hangup_cause, direction, country_code, accountcode, buy_rate,"
    " buy_cost, sell_rate, sell_cost, extradata, dedup_key, feed, start_text, answered, pdd_ms,"
    " leg_of, names_leg, file_id"
)
DECIDED_COLUMNS = f"{RECORD_COLUMNS}, imported, outcome, call_start"
_TABS = RECORD_COLUMNS.count(",")
_START = RECORD_COLUMNS.split(", ").index("starting_date")

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def record_line(
    record: Record, switch: str, switch_id: int, stamps: LocalStamps, file_id: int | None
) -> str:
    """One line for `copy_records`.

    Args:
        record: as the reader gave it.
        switch: the name or address to stage it under.
        switch_id: the switch it belongs to; part of its key.
        stamps: of the zone its local stamps are in.
        file_id: of its file in the ledger; None: it came by itself.

    Raises:
        ValueError: its local stamp is not a date.
    """
    if record.start_text is not None:
        start = stamps.with_offset(record.start_text, record.source_type, record.callid)
    else:
        start = record.start.isoformat() if record.start else ""
    answered = record.answered
    cells = [
        switch,
        str(record.source_type),
        record.callid,
        record.caller_id_number,
        record.caller_id_name,
        record.destination_number,
        record.dialcode,
        record.state,
        record.channel,
        start,
        str(record.duration),
        str(record.billsec),
        "" if record.progresssec is None else str(record.progresssec),
        "" if record.answersec is None else str(record.answersec),
        "" if record.waitsec is None else str(record.waitsec),
        "" if record.hangup_cause_id is None else str(record.hangup_cause_id),
        record.hangup_cause,
        str(record.direction),
        record.country_code,
        record.accountcode,
        "" if record.buy_rate is None else str(record.buy_rate),
        "" if record.buy_cost is None else str(record.buy_cost),
        "" if record.sell_rate is None else str(record.sell_rate),
        "" if record.sell_cost is None else str(record.sell_cost),
        orjson.dumps(record.extra, default=str).decode() if record.extra else "",
        dedup_key(record, switch_id),
        record.feed,
        record.start_text or "",
        "" if answered is None else "t" if answered else "f",
        "" if record.pdd_ms is None else str(record.pdd_ms),
        record.leg_of or "",
        record.names_leg if record.names_leg and is_uuid(record.names_leg) else "",
        "" if file_id is None else str(file_id),
    ]
    line = "\t".join(cells)
    if "\\" in line or "\n" in line or "\r" in line or line.count("\t") != _TABS:
        line = "\t".join([cell.translate(_ESCAPES) for cell in cells])
    return line + "\n"


def _start_of(line: str) -> str:
    return line.split("\t", _START + 1)[_START]


def bad_line_line(bad: BadLine, file_id: int) -> str:
    """One line for `copy_bad_lines`."""
    cells = (str(file_id), str(bad.line), bad.reason, bad.text or " ")
    return "\t".join([cell.translate(_ESCAPES) for cell in cells]) + "\n"


def part_line(
    part: Part,
    file_id: int,
    source: str,
    switch_id: int,
    switch: str,
    *,
    fresh: bool,
    import_id: int | None,
) -> str:
    """One line for `copy_parts`.

    Args:
        source: the reader's name.
        switch: the name or address to stage a row under.
        fresh: it is to be looked at together with the others of its key.
        import_id: the row that was made of it, which may be told more; None: it waits.
    """
    cells = (
        str(file_id),
        str(part.line),
        source,
        str(switch_id),
        switch,
        part.key,
        orjson.dumps(part.data).decode(),
        "t" if fresh else "f",
        "" if import_id is None else str(import_id),
    )
    return "\t".join([cell.translate(_ESCAPES) for cell in cells]) + "\n"


class _Lines:
    """What psycopg2 reads from: the lines, as one encoded block after another."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._data = "".join(lines).encode("utf-8", "replace")
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        end = len(self._data) if size < 0 else self._at + size
        chunk = self._data[self._at : end]
        self._at += len(chunk)
        return chunk


def next_id(conn: Connection) -> int:
    """An id lower than those that the rows of `cdr_import` of this transaction will get."""
    return int(conn.execute(text("SELECT nextval('cdr_import_id_seq')")).scalar_one())


def own_ids(conn: Connection, first_id: int) -> list[int]:
    """The ids that this transaction has given rows of `cdr_import`, in the order of its lines;
    `first_id` is lower than all of them."""
    own = text(
        "SELECT id FROM cdr_import"
        " WHERE id > :first AND xmin = pg_current_xact_id()::xid ORDER BY id"
    )
    return list(conn.execute(own, {"first": first_id}).scalars())


def copy_waiting(conn: Connection, lines: Iterable[str]) -> None:
    """Stage lines of `record_line`, for mediation to find."""
    _copy(conn, f"COPY cdr_import ({RECORD_COLUMNS}) FROM STDIN (NULL '')", lines)


def copy_calls(conn: Connection, lines: Iterable[str]) -> None:
    """Stage lines of `record_line` as the calls that they are if nothing is against it."""
    decided = [f"{line[:-1]}\tt\tcall\t{_start_of(line)}\n" for line in lines]
    _copy(conn, f"COPY cdr_import ({DECIDED_COLUMNS}) FROM STDIN (NULL '')", decided)


def copy_amended(conn: Connection, lines: Iterable[str]) -> None:
    """Keep lines of `record_line`, each with the id of its row behind it, in a table `amended`
    that lasts as long as the transaction."""
    conn.exec_driver_sql(
        f"CREATE TEMP TABLE amended ON COMMIT DROP AS SELECT {RECORD_COLUMNS},"  # noqa: S608
        " id AS row_id FROM cdr_import WITH NO DATA"
    )
    _copy(conn, f"COPY amended ({RECORD_COLUMNS}, row_id) FROM STDIN (NULL '')", lines)


def copy_bad_lines(conn: Connection, lines: Iterable[str]) -> None:
    """Store lines of `bad_line_line`."""
    _copy(conn, "COPY bad_line (file_id, line, reason, text) FROM STDIN (NULL '')", lines)


def copy_parts(conn: Connection, lines: Iterable[str]) -> None:
    """Store lines of `part_line`."""
    columns = "file_id, line, source, switch_id, switch, key, data, fresh, import_id"
    _copy(conn, f"COPY call_part ({columns}) FROM STDIN (NULL '')", lines)


def _copy(conn: Connection, statement: str, lines: Iterable[str]) -> None:
    with psycopg2_cursor(conn) as cursor:
        cursor.copy_expert(statement, _Lines(lines))
