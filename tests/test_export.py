"""Exports: every call of the search, nothing lost, nothing that a spreadsheet would run."""

import csv
import io
import json
import subprocess
import sys
import time
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Connection, Engine, select, text

from cdrstats.accounts import EVERYONE, Scope
from cdrstats.calls import COLUMNS, Search, export, page
from cdrstats.calls.exporting import sheets
from cdrstats.clock import Window
from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters, TextTest

from .factories import NOON, add_call

UTC_ZONE = ZoneInfo("UTC")
MADRID = ZoneInfo("Europe/Madrid")
ALICE = EVERYONE
BOB = Scope(frozenset({2}))
ALL = Search()
FORMATS = ("csv", "jsonl", "json", "xlsx", "parquet")


class WriteOnly:
    """As little of a file as a pipe is."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.closed = False

    def write(self, data: bytes) -> int:
        self.written += data
        return len(data)

    def flush(self) -> None:
        pass


def exported(conn: Connection, format: Any, search: Search = ALL, **given: Any) -> bytes:
    out = WriteOnly()
    scope = given.pop("scope", ALICE)
    zone = given.pop("zone", UTC_ZONE)
    export(conn, scope, search, format, out, zone, **given)  # type: ignore[arg-type]
    return bytes(out.written)


def rows_of(data: bytes, format: str) -> list[dict[str, Any]]:
    """What a reader of the format sees."""
    if format == "csv":
        return list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    if format == "jsonl":
        return [json.loads(line, parse_float=Decimal) for line in data.decode().splitlines()]
    if format == "json":
        return json.loads(data, parse_float=Decimal)  # type: ignore[no-any-return]
    if format == "parquet":
        return pq.read_table(io.BytesIO(data)).to_pylist()  # type: ignore[no-any-return]
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
    header, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip(header, line, strict=True)) for line in lines]


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_holds_the_calls_of_the_pages_in_their_order(
    conn: Connection, format: str
) -> None:
    for minutes in range(120):
        add_call(conn, starting_date=NOON + timedelta(minutes=minutes), callid=f"c{minutes}")
    search = Search(Window(NOON + timedelta(minutes=10), NOON + timedelta(minutes=100)))
    found = rows_of(exported(conn, format, search), format)
    shown = page(conn, ALICE, search, size=500).rows
    assert [row["callid"] for row in found] == [row["callid"] for row in shown]
    assert [row["callid"] for row in found][:2] == ["c99", "c98"]
    assert len(found) == 90


@pytest.mark.parametrize("format", FORMATS)
def test_bob_exports_only_his_calls(conn: Connection, format: str) -> None:
    add_call(conn, user_id=1, callid="alice")
    add_call(conn, user_id=2, callid="bob")
    found = rows_of(exported(conn, format, scope=BOB), format)
    assert [row["callid"] for row in found] == ["bob"]


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_of_nothing_is_a_valid_file(conn: Connection, format: str) -> None:
    assert rows_of(exported(conn, format), format) == []
    add_call(conn)
    later = Search(Window(NOON + timedelta(days=5), NOON + timedelta(days=6)))
    assert rows_of(exported(conn, format, later), format) == []


def test_json_lines_hold_every_column_by_its_name(conn: Connection) -> None:
    key = uuid.uuid4()
    add_call(
        conn,
        dedup_key=key,
        starting_date=NOON + timedelta(milliseconds=250),
        billsec=0,
        sell_cost=Decimal("0.123456789012345678901"),
        buy_cost=Decimal("12345678901234567890.5"),
        caller_id_name='Zoë "=1+1"\n\ttab \\ \x01 end',
        data={"leg": ["a", None], "text": "x"},
    )
    data = exported(conn, "jsonl", zone=MADRID)
    assert data.count(b"\n") == 1
    (row,) = rows_of(data, "jsonl")
    assert tuple(row) == COLUMNS
    assert datetime.fromisoformat(row["starting_date"]) == NOON + timedelta(milliseconds=250)
    assert row["starting_date"] == "2026-03-10T12:00:00.25+00:00"
    assert row["answered_at"] is None
    assert row["answered"] is False
    assert row["sell_cost"] == Decimal("0.123456789012345678901")
    assert row["buy_cost"] == Decimal("12345678901234567890.5")
    assert row["caller_id_name"] == 'Zoë "=1+1"\n\ttab \\ \x01 end'
    assert row["data"] == {"leg": ["a", None], "text": "x"}
    assert row["dedup_key"] == str(key)
    assert row["progresssec"] is None


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1", "'-1"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("+34650123456", "+34650123456"),
        ("+34 650", "'+34 650"),
        ("+1+cmd|x", "'+1+cmd|x"),
        ("+", "'+"),
        ("+123\n", "'+123\n"),
        ("34650", "34650"),
        ("a=b", "a=b"),
        ("'quoted'", "'quoted'"),
        ('say "hi", then', 'say "hi", then'),
        ("two\nlines", "two\nlines"),
        ("", ""),
    ],
)
def test_a_csv_cell_that_would_run_gets_an_apostrophe(
    conn: Connection, written: str, cell: str
) -> None:
    add_call(conn, caller_id_name=written, destination_number=written, channel=written)
    (row,) = rows_of(exported(conn, "csv"), "csv")
    assert row["caller_id_name"] == row["destination_number"] == row["channel"] == cell


def test_csv_stamps_are_in_the_viewers_zone_and_numbers_stay_numbers(conn: Connection) -> None:
    add_call(conn, sell_cost=Decimal("-1.50"), billsec=0)
    before = conn.execute(text("SHOW TimeZone")).scalar_one()
    (row,) = rows_of(exported(conn, "csv", zone=MADRID), "csv")
    assert row["starting_date"] == "2026-03-10 13:00:00+01"
    assert row["sell_cost"] == "-1.50"
    assert row["answered"] == "false"
    assert row["answered_at"] == ""
    assert conn.execute(text("SHOW TimeZone")).scalar_one() == before


def test_xlsx_text_is_text_and_numbers_are_numbers(conn: Connection) -> None:
    add_call(
        conn,
        caller_id_name="=1+1",
        destination_number="0034650123456",
        callid="http://a.example",
        channel="x" * 40_000,
        sell_cost=Decimal("0.25"),
        data={"a": 1},
    )
    data = exported(conn, "xlsx", zone=MADRID)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    header = {cell.value: cell.column for cell in sheet[1]}
    cells = {name: sheet.cell(2, column) for name, column in header.items()}
    for name in ("caller_id_name", "destination_number", "callid", "dedup_key", "data"):
        assert cells[name].data_type == "s"
    assert cells["caller_id_name"].value == "=1+1"
    assert cells["destination_number"].value == "0034650123456"
    assert len(cells["channel"].value) == sheets.CELL_CHARS
    assert cells["sell_cost"].value == 0.25
    assert cells["answered"].value is True
    assert cells["starting_date (Europe/Madrid)"].value == datetime(2026, 3, 10, 13)  # noqa: DTZ001


def test_more_calls_than_a_sheet_holds_go_on_in_the_next(conn: Connection) -> None:
    for minutes in range(7):
        add_call(conn, starting_date=NOON + timedelta(minutes=minutes), callid=str(minutes))
    out = io.BytesIO()
    query = select(voip_cdr.c.callid).order_by(voip_cdr.c.starting_date)
    assert sheets.write(conn, query, out, UTC_ZONE, lambda _: None, sheet_rows=3) == 7
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["Calls", "Calls 2", "Calls 3"]
    values = [
        [row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets
    ]
    assert values == [
        ["callid", "0", "1", "2"],
        ["callid", "3", "4", "5"],
        ["callid", "6"],
    ]


def test_parquet_keeps_types_and_every_digit(conn: Connection) -> None:
    add_call(conn, sell_cost=Decimal("0.123456789012345678"), data={"a": 1}, dialcode_id=44791)
    (row,) = rows_of(exported(conn, "parquet"), "parquet")
    assert row["starting_date"] == NOON
    assert row["starting_date"].tzinfo is not None
    assert row["sell_cost"] == Decimal("0.123456789012345678")
    assert json.loads(row["data"]) == {"a": 1}
    assert row["dialcode_id"] == 44791
    assert row["answered"] is True
    assert row["progresssec"] is None


@pytest.mark.parametrize("odd", ["0.1234567890123456789012", "123456789012345678901234", "NaN"])
def test_parquet_amounts_that_do_not_fit_become_text(conn: Connection, odd: str) -> None:
    add_call(conn, sell_cost=Decimal(odd))
    (row,) = rows_of(exported(conn, "parquet"), "parquet")
    assert row["sell_cost"] == odd
    assert row["buy_cost"] == 0


def test_names_can_be_exported_beside_ids(conn: Connection) -> None:
    add_call(conn)
    columns = ("callid", "country", "hangup_cause")
    (row,) = rows_of(exported(conn, "csv", columns=columns), "csv")
    assert tuple(row) == columns


def test_what_cannot_be_exported_is_said(conn: Connection) -> None:
    with pytest.raises(BadRequest, match="csv, jsonl"):
        exported(conn, "pdf")
    with pytest.raises(BadRequest, match="no column"):
        exported(conn, "csv", columns=("nonsense",))


def test_what_people_type_stays_a_value(conn: Connection) -> None:
    nasty = "50%' OR 1=1; --\\ %s %(x)s :y"
    add_call(conn, caller_id_number=nasty)
    add_call(conn, caller_id_number="other")
    search = Search(filters=Filters(texts=(TextTest("caller_id_number", "equals", nasty),)))
    (row,) = rows_of(exported(conn, "jsonl", search), "jsonl")
    assert row["caller_id_number"] == nasty


class Gone:
    """A reader who leaves at once."""

    closed = False

    def write(self, _data: bytes) -> int:
        raise BrokenPipeError("gone")

    def flush(self) -> None:
        pass


@pytest.fixture
def many_calls(fresh_engine: Engine) -> Engine:
    with fresh_engine.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO voip_cdr (starting_date, dedup_key, channel)"
                " SELECT timestamptz '2026-03-10' + g * interval '1 second',"
                " gen_random_uuid(), repeat('x', 500) FROM generate_series(1, 60000) AS g"
            )
        )
    return fresh_engine


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_an_aborted_export_leaves_nothing_running(many_calls: Engine, format: Any) -> None:
    with pytest.raises(OSError, match="gone"), many_calls.begin() as conn:
        export(conn, ALICE, Search(), format, Gone(), UTC_ZONE)  # type: ignore[arg-type]
    with many_calls.begin() as conn:
        busy = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        deadline = time.monotonic() + 5
        while conn.execute(busy).scalar_one() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert conn.execute(busy).scalar_one() == 0


def test_progress_is_told(many_calls: Engine) -> None:
    told: list[int] = []
    with many_calls.begin() as conn:
        for format in ("csv", "parquet"):
            told.clear()
            assert (
                export(
                    conn, ALICE, Search(), format, WriteOnly(), UTC_ZONE, progress=told.append
                )  # type: ignore[arg-type]
                == 60_000
            )
            assert told == sorted(told)
            assert len(told) >= 3


def test_a_job_process_starts_without_the_libraries_of_xlsx_and_parquet() -> None:
    loaded = "import sys, jobs.__main__; print({'pyarrow', 'xlsxwriter'} & sys.modules.keys())"
    python = [sys.executable, "-c", loaded]
    assert subprocess.run(python, capture_output=True, check=True).stdout == b"set()\n"
