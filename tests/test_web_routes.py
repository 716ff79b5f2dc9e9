"""The routes beside the pages: health, uploads and exports, through the gate."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet
import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cdrstats import web
from cdrstats.db.engine import make_engine
from cdrstats.db.schema import bad_line, import_file, voip_cdr
from cdrstats.errors import ServerTrouble
from cdrstats.settings import Settings, read_settings
from cdrstats.web.cookies import NAME

from .factories import NOON, add_call
from .people import signed_in_as

HERE = "http://localhost:8501"
DAY = "period=Custom&from=2026-03-10T00:00&to=2026-03-11T00:00&zone=UTC"
HEADER = "callid,destination_number,starting_date,duration,billsec,hangup_cause_id\n"
FILE = HEADER + "a,34650123456,2026-03-10 12:00:00+00,70,60,16\n"


def client(settings: Settings, engine: Engine) -> TestClient:
    app = Starlette(
        routes=web.routes(lambda: settings, lambda: engine),
        middleware=web.middleware(settings, lambda: engine),
    )
    return TestClient(app, base_url=HERE)


def signed_in(settings: Settings, engine: Engine, role: str = "administrator") -> TestClient:
    """A client of somebody who has signed in, and is called as the role is."""
    with engine.begin() as conn:
        token = signed_in_as(conn, role, role)
    site = client(settings, engine)
    site.cookies.set(NAME, token)
    return site


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})


@pytest.fixture
def site(settings: Settings, fresh_engine: Engine) -> Iterator[TestClient]:
    with signed_in(settings, fresh_engine) as found:
        yield found


def test_health_tells_that_the_database_answers(site: TestClient) -> None:
    assert site.get("/healthz").json() == {"status": "ok", "database": "ok"}


def test_health_tells_that_it_does_not(settings: Settings) -> None:
    nowhere = make_engine("postgresql://nobody@127.0.0.1:1/none", "tests")
    answer = client(settings, nowhere).get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "The database does not answer."


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_tells_strangers_no_server(settings: Settings, path: str) -> None:
    def engine() -> Engine:
        raise ServerTrouble("The database postgresql://me@db.lan/cdr does not answer")

    routes = web.routes(lambda: settings, engine)
    answer = TestClient(Starlette(routes=routes), base_url=HERE).get(path)
    assert (answer.status_code, "db.lan" in answer.text) == (503, False)


def test_ready_needs_no_sign_in(settings: Settings, fresh_engine: Engine) -> None:
    answer = client(settings, fresh_engine).get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_not_ready_where_the_database_does_not_answer(settings: Settings) -> None:
    nowhere = make_engine("postgresql://nobody@127.0.0.1:1/none", "tests")
    answer = client(settings, nowhere).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reason"] == "The database does not answer."


@pytest.mark.parametrize("revision", ["0001", "9999"])
def test_not_ready_with_the_tables_of_another_version(
    settings: Settings, fresh_engine: Engine, revision: str
) -> None:
    with fresh_engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = :one"), {"one": revision})
    answer = client(settings, fresh_engine).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reason"] == "The database's tables are not those of this version."


def test_a_file_sent_as_the_body_becomes_calls(site: TestClient, fresh_engine: Engine) -> None:
    answer = site.post("/upload?name=one.csv&switch=pbx", content=FILE)
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["file"], report["read"], report["imported"]) == ("one.csv", 1, 1)
    with fresh_engine.connect() as conn:
        assert conn.execute(select(func.count()).select_from(voip_cdr)).scalar_one() == 1
        row = conn.execute(select(import_file.c.name, import_file.c.loaded_by)).one()
        assert row == ("one.csv", "administrator")


def test_a_form_does_as_well(site: TestClient) -> None:
    answer = site.post("/upload", files={"file": ("two.csv", FILE)})
    assert (answer.json()["file"], answer.json()["imported"]) == ("two.csv", 1)
    assert site.post("/upload", files={"file": ("two.csv", FILE)}).json()["imported"] == 0
    empty = site.post("/upload", data={"word": "x"}, files={"": ("", b"")})
    assert empty.status_code in (400, 413)


def test_progress_comes_line_by_line_and_the_report_last(site: TestClient) -> None:
    given = {"accept": "application/x-ndjson"}
    answer = site.post("/upload?name=a.csv", content=FILE, headers=given)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[-1]["imported"] == 1
    assert all(line.keys() == {"read"} for line in lines[:-1])


def test_bad_lines_are_told_and_kept(site: TestClient, fresh_engine: Engine) -> None:
    report = site.post("/upload?name=bad.csv", content=FILE + "b,1,never,x,y,z\n").json()
    assert (report["read"], report["bad"], report["imported"]) == (2, 1, 1)
    with fresh_engine.connect() as conn:
        assert conn.execute(select(bad_line.c.line)).scalars().all() == [3]


@pytest.mark.parametrize(
    "query",
    [
        "switch=../../etc",
        "switch=a/b",
        "switch=.hidden",
        "switch=a%00b",
        "switch=" + "x" * 101,
        "timezone=Mars/Base",
        "timezone=../../etc/passwd",
        "source=none",
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_kept(
    site: TestClient, settings: Settings, query: str
) -> None:
    answer = site.post(f"/upload?name=a.csv&{query}", content=FILE)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert not any((settings.var_dir / "upload").glob("*"))


@pytest.mark.parametrize("name", ["../../../x.csv", "..\\..\\x.csv", "/etc/x.csv", "a\0/x.csv"])
def test_a_file_name_leads_nowhere(site: TestClient, settings: Settings, name: str) -> None:
    answer = site.post("/upload", params={"name": name}, content=FILE)
    assert answer.json()["file"] == "x.csv"
    assert not list(settings.var_dir.rglob("*.csv"))


def test_uploads_leave_nothing_behind(site: TestClient, settings: Settings) -> None:
    site.post("/upload?name=a.csv", content=FILE)
    site.post("/upload?name=b.bin", content=b"\0\1\2")
    assert not any((settings.var_dir / "upload").iterdir())


def test_a_file_larger_than_the_disk_is_refused(
    site: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage("/")._replace(free=200_000_010)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    answer = site.post("/upload?name=a.csv", content=FILE)
    assert (answer.status_code, "room on the disk" in answer.json()["error"]) == (413, True)


def test_another_site_cannot_upload(site: TestClient) -> None:
    foreign = {"origin": "https://evil.example"}
    assert site.post("/upload?name=a.csv", content=FILE, headers=foreign).status_code == 403


@pytest.fixture
def two_calls(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_call(conn, caller_id_number="=1+1", destination_number="34650", country_id=724)
        add_call(conn, starting_date=NOON + timedelta(hours=1), billsec=0, hangup_cause_id=17)


@pytest.mark.usefixtures("two_calls")
def test_the_pages_search_is_exported(site: TestClient) -> None:
    columns = "columns=Start&columns=Caller+number"
    answer = site.get(f"/export/calls.csv?{DAY}&result=Answered&{columns}")
    assert answer.headers["content-disposition"] == 'attachment; filename="calls.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["caller_id_number"] for row in rows] == ["'=1+1"]
    busy = site.get(f"/export/calls.json?{DAY}&result=Busy").json()
    assert [row["hangup_cause_id"] for row in busy] == [17]


@pytest.mark.usefixtures("two_calls")
def test_every_kind_of_file_holds_the_calls(site: TestClient) -> None:
    parquet = site.get(f"/export/calls.parquet?{DAY}").content
    assert pyarrow.parquet.read_table(io.BytesIO(parquet)).num_rows == 2
    sheet = load_workbook(io.BytesIO(site.get(f"/export/calls.xlsx?{DAY}").content)).active
    assert sheet is not None
    assert sheet.max_row == 3


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("country=Atlantis", "no country called 'Atlantis'"),
        ("where=duration+long", "is not a condition"),
        ("period=ever", "no period"),
        ("zone=Mars", "no time zone"),
        ("period=Custom&from=soon", "is not a time"),
        ("result=Lost", "no result"),
    ],
)
def test_an_export_that_makes_no_sense_is_refused(
    site: TestClient, query: str, words: str
) -> None:
    answer = site.get(f"/export/calls.csv?{query}")
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_there_is_no_other_kind(site: TestClient) -> None:
    assert site.get("/export/calls.exe").status_code == 404


def test_an_error_does_not_tell_what_was_asked_with(fresh_engine: Engine) -> None:
    with fresh_engine.connect() as conn, pytest.raises(DBAPIError) as trouble:
        conn.execute(text("SELECT 1 / (length(:number) - 11)"), {"number": "34699007391"})
    assert "34699007391" not in str(trouble.value)
    assert "parameters hidden" in str(trouble.value)
