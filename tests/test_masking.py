"""Whoever may not see numbers in full finds the last digits nowhere, and by no question."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from pyarrow import parquet
from sqlalchemy import Connection, Engine, func, insert, select, text
from starlette.routing import Mount, Route

from cdrstats import downloads, options, web
from cdrstats.accounts import (
    EVERYONE,
    Scope,
    Viewer,
    api_tokens,
    people,
)
from cdrstats.accounts.permissions import PERMISSIONS
from cdrstats.calls import Format, Search, export
from cdrstats.db.schema import (
    bad_line,
    call_part,
    cdr_import,
    voip_cdr,
)
from cdrstats.errors import BadRequest
from cdrstats.saved import list_views
from cdrstats.settings import read_settings
from cdrstats.ui import shell

from .factories import NOON, add_call
from .isolation import seen_by
from .masking import (
    CALLED,
    CALLER,
    KEPT_BACK,
    MASKED,
    SHOWN,
    fill,
    looking,
    masked_person,
    nobody,
    word_of,
)
from .pages import DAY, ROOT, Open, words
from .test_pages_of_customers import VIEWS
from .test_web_routes import client
from .told import everything

DOORS = ("caller_id_number", "caller_id_name", "destination_number", "destination_e164")


@pytest.fixture
def one(fresh_engine: Engine) -> Engine:
    fill(fresh_engine)
    return fresh_engine


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("34699007391", "3469900xxxx"),
        ("+34 699 00 73 91", "+xx xxx xx xx xx"),
        ("101", "xxx"),
        ("", ""),
        ("sip:34699007391@pbx", "sip:3469900xxxx@pbx"),
        ("1234@10.0.0.1", "xxxx@xx.x.x.x"),
        ("34699007391@pbx1234", "3469900xxxx@pbxxxxx"),
        ("34699007391;ext=12", "3469900xxxx;ext=xx"),
        ("+34699007391", "+3469900xxxx"),
        ("anonymous", "anonymous"),
        ("*72", "*xx"),
        ("a1", "ax"),
        ("34699007391#", "3469900xxxx#"),
    ],
)
def test_the_last_digits_are_kept_back(conn: Connection, number: str, shown: str) -> None:
    add_call(conn, caller_id_number=number)
    with seen_by(conn, MASKED):
        assert conn.execute(select(voip_cdr.c.caller_id_number)).scalar_one() == shown


def test_nothing_is_shown_where_nobody_said_how_much(conn: Connection) -> None:
    add_call(conn, caller_id_number=CALLER)
    found = conn.execute(text("SELECT caller_id_number FROM cdrstats_masked.voip_cdr"))
    assert found.scalar_one() is None


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("no duration", "no duration"),
        (
            "implausible duration: longer than 31 days",
            "implausible duration: longer than 31 days",
        ),
        ("implausible start: before 2000", "implausible start: before 2000"),
        ('unreadable: {"billsec": "699-00-73-91"}', 'unreadable: {"billsec": "xxx-xx-xx-xx"}'),
        ("the start '3469 9007391' is not a date", "the start 'xxxx xxxxxxx' is not a date"),
        (
            "the duration 34,699,007,391 is too large to be true",
            "the duration xxxxx is too large to be true",
        ),
    ],
)
def test_a_reason_tells_no_number(conn: Connection, reason: str, shown: str) -> None:
    conn.execute(insert(bad_line).values(file_id=1, line=1, reason=reason, text=""))
    with seen_by(conn, MASKED):
        assert conn.execute(select(bad_line.c.reason)).scalar_one() == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2026-03-10 12:00:00", "2026-03-10 12:00:00"),
        ("2026-03-10 12:00:00.123456", "2026-03-10 12:00:00.123456"),
        ("34699007391", "xxxxxxxxxxx"),
        ("2026-03-10 12:00:00 34699007391", "xxxx-xx-xx xx:xx:xx xxxxxxxxxxx"),
        (None, None),
    ],
)
def test_a_start_is_shown_where_it_is_one(
    conn: Connection, written: str | None, shown: str | None
) -> None:
    conn.execute(insert(cdr_import).values(start_text=written))
    with seen_by(conn, MASKED):
        assert conn.execute(select(cdr_import.c.start_text)).scalar_one() == shown


def test_no_key_can_be_worked_out_from_a_number(conn: Connection) -> None:
    """Keys still name calls, and rows that belong together."""
    keys = [uuid4() for _ in range(2)]
    for key in keys:
        add_call(conn, dedup_key=key)
        conn.execute(insert(cdr_import).values(dedup_key=key, matched_key=key, names_leg=None))
    with seen_by(conn, MASKED):
        shown = [*conn.execute(select(voip_cdr.c.dedup_key)).scalars()]
        assert len({*shown, *keys}) == 4
        for key in shown:
            found = conn.execute(select(voip_cdr.c.id).where(voip_cdr.c.dedup_key == key))
            assert len(found.all()) == 1
        columns = (cdr_import.c.dedup_key, cdr_import.c.matched_key, cdr_import.c.names_leg)
        rows = {tuple(row) for row in conn.execute(select(*columns))}
        assert rows == {(key, key, None) for key in shown}
    with seen_by(conn, EVERYONE):
        assert {*conn.execute(select(voip_cdr.c.dedup_key)).scalars()} == {*keys}


MASKED_TABLES = ["voip_cdr", "cdr_import", "bad_line", "call_part"]
MASKED_TABLES += ["fraud_case", "fraud_evidence"]


@pytest.mark.parametrize("table", MASKED_TABLES)
def test_a_view_has_the_columns_of_its_table(conn: Connection, table: str) -> None:
    query = text(
        "SELECT array_agg(column_name::text || data_type ORDER BY ordinal_position)"
        " FROM information_schema.columns WHERE table_name = :table AND table_schema = :schema"
    )
    of_table, of_view = (
        conn.execute(query, {"table": table, "schema": schema}).scalar_one()
        for schema in ("public", "cdrstats_masked")
    )
    assert of_table == of_view


def test_no_statement_goes_around_the_views() -> None:
    """The tables may be read: it is by the order of the schemas that the views are found.

    A restore, which counts all that there is, looks for nobody; nor does what makes the months
    of `voip_cdr`, each a table with a name of its own.
    """
    around = re.compile(
        r"\b(?:FROM|JOIN)\s+(?:ONLY\s+)?public\.|schema=.public|voip_cdr_(?:\d|[{%])",
        re.IGNORECASE,
    )
    house = [*(ROOT / "cdrstats").rglob("*.py"), *(ROOT / "cdrstats").rglob("*.sql")]
    of_nobody = {"migrations", "backup", "partitions.py"}
    read = [path for path in house if not of_nobody & {*path.parts}]
    assert len(read) > 200
    assert [path.name for path in read if around.search(path.read_text("utf-8"))] == []


def test_each_text_that_may_hold_numbers_is_masked(one: Engine) -> None:
    """A column that comes later and holds numbers is found here."""
    with one.connect() as conn, seen_by(conn, MASKED):
        for table in (voip_cdr, cdr_import, bad_line, call_part):
            rows = conn.execute(select(table)).all()
            assert rows
            assert not KEPT_BACK.search(str(rows)), table.name


@pytest.mark.parametrize("field", DOORS)
def test_no_question_tells_what_is_kept_back(one: Engine, field: str) -> None:
    column = voip_cdr.c[field]
    with one.connect() as conn, seen_by(conn, MASKED):
        for number in (CALLER, CALLED):
            for test in (
                column == number,
                column.startswith(number[:-3]),
                column.endswith(number[-4:]),
                column.contains(number[-2:]),
                column.like(f"{number[:-1]}_"),
                func.right(column, 1) == number[-1],
            ):
                assert conn.execute(select(func.count()).where(test)).scalar_one() == 0
        begun = column.startswith(CALLER[:7]) | column.startswith(CALLED[:8])
        assert conn.execute(select(func.count()).where(begun)).scalar_one() == 1


def test_the_mask_ends_with_the_transaction(one: Engine) -> None:
    with one.connect() as conn:
        with seen_by(conn, MASKED):
            pass
        assert conn.execute(select(voip_cdr.c.caller_id_number)).scalar_one() == CALLER


def test_a_customer_is_never_half_masked(conn: Connection) -> None:
    with (
        pytest.raises(ValueError, match="customer"),
        seen_by(conn, Scope(frozenset({7}), masked=4)),
    ):
        pass


def test_every_page_is_walked() -> None:
    assert set(VIEWS) == set(shell.TITLES)


ASKS = [
    {"where": f"caller number begins {CALLER[:7]}"},
    {"columns": ["Caller number", "Caller name", "Destination", "Call id"]},
    {"call": f"{NOON.isoformat()}~{'7' * 32}"},
    {"sort": "Destination"},
]


@pytest.mark.parametrize("page", VIEWS)
def test_no_page_tells_a_number(app: Open, one: Engine, page: str) -> None:
    word = word_of(masked_person(one))
    seen = ""
    for view in [{}, *VIEWS[page], *(ASKS if page == "calls" else ())]:
        at = app(page, word, **DAY, **view)
        assert not at.exception
        told = everything(at)
        assert "went wrong" not in told
        assert KEPT_BACK.search(told) is None, KEPT_BACK.search(told)
        seen += told
    assert [one.value for one in at.title] == [shell.TITLES[page]]
    if page in ("calls", "callers"):
        assert SHOWN[0] in seen
        assert SHOWN[1] in seen


def test_ones_own_page_tells_no_number(app: Open, one: Engine) -> None:
    at = app("account", word_of(masked_person(one)))
    assert not at.exception
    assert "Your account" in everything(at)
    assert KEPT_BACK.search(everything(at)) is None


@pytest.mark.parametrize("page", ["calls", "overview", "callers"])
def test_a_search_by_a_whole_number_is_refused(app: Open, one: Engine, page: str) -> None:
    word = word_of(masked_person(one))
    for asked in (f"caller number equals {CALLER}", "destination ends 8264"):
        at = app(page, word, **DAY, where=asked)
        assert "You see numbers without their last 4 digits" in words(at)


@pytest.mark.parametrize("page", ["calls", "overview", "callers"])
def test_a_search_by_a_part_says_that_it_sees_no_more(
    app: Open, one: Engine, page: str
) -> None:
    told = "numbers are searched without their last 4 digits"
    word = word_of(masked_person(one))
    for asked in (f"caller number begins {CALLER[:-2]}", f"destination contains {CALLED[4:]}"):
        assert told in words(app(page, word, **DAY, where=asked))
    assert told not in words(app(page, word, **DAY, where="duration > 1"))
    assert told not in words(app(page, **DAY, where=f"caller number begins {CALLER[:-2]}"))


def test_what_is_shown_leads_to_its_calls(app: Open, one: Engine) -> None:
    at = app(
        "calls", word_of(masked_person(one)), **DAY, where=f"caller number equals {SHOWN[0]}"
    )
    assert len(at.dataframe[0].value) == 1


WALKED: dict[str, list[tuple[dict[str, str], dict[str, Any]]]] = {
    "/api/v1/calls": [({}, DAY)],
    "/api/v1/metrics": [({}, {})],
    "/api/v1/metrics/{name}": [({"name": "calls"}, {**DAY, "by": ["accountcode", "country"]})],
    "/api/v1/customers": [({}, {})],
    "/api/v1/switches": [({}, {})],
    "/api/v1/openapi.json": [({}, {})],
    "/export/calls.{kind}": [({"kind": kind}, DAY) for kind in ("csv", "jsonl", "json")],
}
"""Each route that answers with what is of calls, and with what it is asked."""

WITHOUT_CALLS = {
    *("/api/v1/{rest:path}", "/api/v1/docs", "/dashboard", "/upload"),
    *("/healthz", "/readyz", "/metrics"),
    *("/cdr", "/cdr/{key}", "/api/v1/cdrs"),
    *("/login", "/logout", "/link/{token}", "/unsubscribe/{word}"),
    "/downloads/{id}",  # the file as it was made; see below
}


def paths(settings: Any, engine: Engine) -> set[str]:
    found = set()
    for route in web.routes(lambda: settings, lambda: engine):
        if isinstance(route, Mount):
            found |= {
                route.path + each.path for each in route.routes if isinstance(each, Route)
            }
        elif isinstance(route, Route):
            found.add(route.path)
    return found


def test_every_route_is_walked_or_tells_nothing_of_calls(one: Engine, tmp_path: Path) -> None:
    settings = read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})
    assert paths(settings, one) == {*WALKED, *WITHOUT_CALLS}


@pytest.mark.parametrize("path", WALKED)
def test_no_route_tells_a_number(one: Engine, tmp_path: Path, path: str) -> None:
    viewer = looking(one, masked_person(one))
    settings = read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})
    with one.begin() as conn:
        whose, now = people.get(conn, viewer.person_id), datetime.now(UTC)
        token = api_tokens.make(conn, whose, "p", None, now, nobody)
    by_token = {"authorization": f"Bearer {token}"}
    for place, asked in WALKED[path]:
        got = client(settings, one).get(path.format(**place), params=asked, headers=by_token)
        assert got.status_code == 200, got.text
        assert KEPT_BACK.search(got.text) is None
        if "calls" in path:
            assert SHOWN[0] in got.text
            assert SHOWN[1] in got.text


def test_a_program_cannot_ask_by_a_whole_number(one: Engine, tmp_path: Path) -> None:
    viewer = looking(one, masked_person(one))
    with one.begin() as conn, pytest.raises(BadRequest, match="without their last 4 digits"):
        downloads.ask(conn, viewer, "csv", f"where=destination+equals+{CALLED}", "UTC")


READ: dict[str, Callable[[bytes], str]] = {
    "csv": bytes.decode,
    "jsonl": bytes.decode,
    "json": bytes.decode,
    "xlsx": lambda data: str([*load_workbook(io.BytesIO(data)).worksheets[0].values]),
    "parquet": lambda data: str(parquet.read_table(io.BytesIO(data)).to_pydict()),
}
"""What each kind of file tells."""


def test_each_kind_of_file_is_read() -> None:
    assert set(READ) == {*get_args(Format)}


@pytest.mark.parametrize("kind", READ)
def test_an_export_is_masked(one: Engine, kind: Any) -> None:
    out = io.BytesIO()
    with one.connect() as conn, seen_by(conn, MASKED):
        export(conn, MASKED, Search(), kind, out, ZoneInfo("UTC"))
    told = READ[kind](out.getvalue())
    assert KEPT_BACK.search(told) is None
    assert SHOWN[0] in told


def test_what_others_search_by_numbers_is_not_listed(one: Engine) -> None:
    viewer = looking(one, masked_person(one))
    with one.connect() as conn:
        assert list_views(conn, viewer) == []
        whole = Viewer("ana", frozenset(PERMISSIONS), EVERYONE)
        assert [view.name for view in list_views(conn, whole)] == ["theirs"]


def test_as_many_digits_are_kept_back_as_is_set(one: Engine) -> None:
    token = masked_person(one)
    with one.begin() as conn:
        options.change(conn, "digits_masked", 6, "x", nobody)
    viewer = looking(one, token)
    with one.connect() as conn, seen_by(conn, viewer.scope):
        found = conn.execute(select(voip_cdr.c.caller_id_number)).scalar_one()
    assert found == "34699xxxxxx"


def test_whoever_sees_all_is_told_nothing(app: Open, one: Engine) -> None:
    assert CALLER in everything(app("calls", **DAY))
    assert "last 4 digits" not in words(app("dashboard", **DAY))
