"""What the switches, stamps and numbers of a batch stand for: pure rules, asked once each.

Each function reads the distinct values of the temporary view `cleaned`, decides in Python, and
writes the answers beside it for `sql/decide.sql` to join.
"""

from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from cdrstats import customers, lists, switches
from cdrstats.clock import instant_of, zone_spans
from cdrstats.db.engine import copied, psycopg2_cursor
from cdrstats.numbers import DialCodes, NumberRules, analyse
from cdrstats.sources.proof import proven_start


@dataclass(frozen=True, slots=True)
class NewSwitches:
    """What a switch that is met for the first time is taken to be."""

    timezone: str = "UTC"
    country: str = ""  # ISO 3166-1 alpha-2; "": not known


def map_switches(conn: Connection, new: NewSwitches) -> dict[int, switches.Switch]:
    """Fill `batch_switch`, making switches that are not known; return them by id."""
    found: dict[int, switches.Switch] = {}
    rows: list[tuple[Any, ...]] = []
    named = conn.execute(
        text("SELECT switch, max(cdr_source_type) FROM cleaned GROUP BY switch ORDER BY switch")
    )
    for name, source_type in named.all():
        switch = switches.find_or_create(conn, name, source_type, new.timezone, new.country)
        found[switch.id] = switch
        rows.append((name, switch.id, switch.timezone, switch.rules.extension_digits))
    _fill(conn, "batch_switch", rows)
    return found


def map_stamps(conn: Connection) -> None:
    """Fill `batch_span` with the offsets of the batch's zones, and `batch_start` with the
    instants of the stamps that a zone's clock shows twice or never."""
    zones = conn.execute(
        text(
            "SELECT coalesce(b.file_timezone, s.zone) AS zone, min(b.start_text)::timestamp,"
            " max(b.start_text)::timestamp"
            " FROM cleaned AS b JOIN batch_switch AS s ON s.name = b.switch"
            " WHERE b.start_text IS NOT NULL GROUP BY 1"
        )
    ).all()
    for zone, first, last in zones:
        spans = zone_spans(ZoneInfo(zone), first, last)
        _fill(
            conn,
            "batch_span",
            [(zone, s.first, s.last, int(s.offset.total_seconds())) for s in spans],
        )
        for span in spans:
            if span.doubtful:
                _prove_starts(conn, zone, span.first, span.last)


def _prove_starts(conn: Connection, zone: str, first: datetime, last: datetime) -> None:
    rows = conn.execute(
        text(
            "SELECT b.id, b.local_start, b.cdr_source_type, b.callid"
            " FROM cleaned AS b JOIN batch_switch AS s ON s.name = b.switch"
            " WHERE b.local_start IS NOT NULL AND coalesce(b.file_timezone, s.zone) = :zone"
            " AND b.local_start >= :first AND b.local_start < :last"
        ),
        {"zone": zone, "first": first, "last": last},
    )
    starts = [
        (id_, instant_of(local, ZoneInfo(zone), proven_start(source_type, callid))[0])
        for id_, local, source_type, callid in rows
    ]
    _fill(conn, "batch_start", starts)


def map_numbers(conn: Connection, found: dict[int, switches.Switch], codes: DialCodes) -> None:
    """Fill `batch_number` with what each dialled number is on its switch, `batch_listed` with
    what lists say of it, and `batch_caller` with the callers' numbers that customers own."""
    ranges = customers.load_number_ranges(conn)
    numbers = conn.execute(
        text(
            "SELECT DISTINCT s.switch_id, b.destination_number"
            " FROM cleaned AS b JOIN batch_switch AS s ON s.name = b.switch"
        )
    )
    rules: dict[int, NumberRules] = {id_: switch.rules for id_, switch in found.items()}
    rows = []
    for switch_id, number in numbers:
        facts = analyse(number, rules[switch_id], codes)
        rows.append((switch_id, number, *facts, ranges.find(facts.e164)))
    _fill(conn, "batch_number", rows)
    _map_lists(conn, {(e164, country) for _, _, e164, _, _, country, _ in rows if e164})
    if ranges:
        _map_callers(conn, rules, ranges)


def _map_lists(conn: Connection, places: set[tuple[str, int]]) -> None:
    """Fill `batch_listed` with the entries that decide about numbers, by customer."""
    entries = lists.load_lists(conn)
    if not entries:
        return
    rows = [
        (e164, country_id, customer_id, entry.id, entry.allowed)
        for e164, country_id in places
        for customer_id, entry in entries.deciding(e164, country_id).items()
    ]
    _fill(conn, "batch_listed", rows)


def _map_callers(
    conn: Connection, rules: dict[int, NumberRules], ranges: customers.NumberRanges
) -> None:
    numbers = conn.execute(
        text(
            "SELECT DISTINCT s.switch_id, b.caller_id_number"
            " FROM cleaned AS b JOIN batch_switch AS s ON s.name = b.switch"
        )
    )
    callers = {id_: each.of_callers for id_, each in rules.items()}
    owned = []
    for switch_id, number in numbers:
        e164 = analyse(number, callers[switch_id], DialCodes({})).e164
        if found := ranges.find(e164):
            owned.append((switch_id, number, found))
    _fill(conn, "batch_caller", owned)


def _fill(conn: Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    """COPY rows of plain values into one of the batch's own tables."""
    if rows:
        lines = "".join(["\t".join([copied(value) for value in row]) + "\n" for row in rows])
        with psycopg2_cursor(conn) as cursor:
            cursor.copy_expert(f"COPY {table} FROM STDIN", StringIO(lines))
