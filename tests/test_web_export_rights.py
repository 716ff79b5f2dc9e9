"""What the routes of files give somebody who may not see all: own rows, and no costs."""

import csv
import io
import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, insert
from starlette.testclient import TestClient

from cdrstats import downloads
from cdrstats.accounts import audit, permissions, sessions
from cdrstats.accounts.tokens import id_of
from cdrstats.db.schema import customer
from cdrstats.settings import Settings, read_settings
from cdrstats.web.cookies import NAME

from .factories import add_call
from .people import signed_in_as
from .test_web_routes import DAY, client, signed_in


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})


@pytest.fixture
def of_two(fresh_engine: Engine) -> Engine:
    """A call of each of two customers."""
    with fresh_engine.begin() as conn:
        for id_, name in enumerate(("Zebra Secret", "Quiet Ltd"), 7):
            conn.execute(insert(customer).values(id=id_, name=name))
            costs = {"buy_cost": "7777.77", "buy_rate": "6666.66", "sell_cost": "5000.55"}
            wrote = {"channel": "trunk of ours", "data": {"key": "what it wrote"}}
            add_call(conn, user_id=id_, callid=f"of {name}", **costs, **wrote)
    return fresh_engine


def of_quiet(settings: Settings, engine: Engine) -> TestClient:
    with engine.begin() as conn:
        token = signed_in_as(conn, "quiet person", "customer", 8)
    site = client(settings, engine)
    site.cookies.set(NAME, token)
    return site


KEPT_BACK = ("buy_cost", "buy_rate", "carrier_id", "channel", "data")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "jsonl", "parquet"])
@pytest.mark.parametrize(
    "query", ["", "&columns=Buy+cost&columns=Call+id", "&columns=Buy+cost"]
)
def test_a_customer_takes_out_its_own_calls_and_no_costs(
    settings: Settings, of_two: Engine, kind: str, query: str
) -> None:
    answer = of_quiet(settings, of_two).get(f"/export/calls.{kind}?{DAY}&sort=Buy+cost{query}")
    assert answer.status_code == 200
    [row] = rows_of(kind, answer.content)
    assert row["callid"] == "of Quiet Ltd"
    assert not row.keys() & {*KEPT_BACK}
    assert len(row) == 1 if "Call" in query else len(row) > 20


def rows_of(kind: str, content: bytes) -> list[dict[str, Any]]:
    match kind:
        case "csv":
            return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        case "xlsx":
            sheet = load_workbook(io.BytesIO(content)).active
            assert sheet is not None
            header, *rows = sheet.iter_rows(values_only=True)
            return [dict(zip(map(str, header), row, strict=True)) for row in rows]
        case "parquet":
            return list(pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist())
        case "json":
            return list(json.loads(content))
    return [json.loads(line) for line in content.splitlines()]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("customer=Zebra+Secret", "There is no customer called 'Zebra Secret'."),
        ("carrier=Zebra", "There is no carrier called 'Zebra'."),
        ("where=buy+cost+>+1", "You may not see this of calls: buy cost."),
        ("where=channel+begins+trunk", "You may not see this of calls: channel."),
    ],
)
def test_a_customer_cannot_ask_for_what_it_may_not_see(
    settings: Settings, of_two: Engine, query: str, words: str
) -> None:
    answer = of_quiet(settings, of_two).get(f"/export/calls.csv?{DAY}&{query}")
    assert (answer.status_code, answer.json()) == (400, {"error": words})


def test_without_the_right_nothing_is_taken_out(
    settings: Settings, of_two: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = permissions.ROLES["customer"] - {"export"}
    monkeypatch.setitem(permissions.ROLES, "customer", fewer)  # type: ignore[arg-type]
    site = of_quiet(settings, of_two)
    for path in (f"/export/calls.csv?{DAY}", f"/downloads/{uuid.uuid4()}"):
        assert site.get(path).status_code == 403


@pytest.mark.parametrize("role", ["customer", "analyst"])
def test_a_download_holds_what_whoever_asked_may_see(
    settings: Settings, of_two: Engine, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = permissions.ROLES["analyst"] - {"costs"}
    monkeypatch.setitem(permissions.ROLES, "analyst", fewer)  # type: ignore[arg-type]
    site = (
        of_quiet(settings, of_two) if role == "customer" else signed_in(settings, of_two, role)
    )
    stranger = signed_in(settings, of_two, "administrator")
    with of_two.begin() as conn:
        viewer = sessions.viewer_of(conn, id_of(site.cookies[NAME]), datetime.now(UTC))
        assert viewer is not None
        one = downloads.ask(conn, viewer, "csv", DAY, "UTC")
    assert downloads.write_waiting(of_two, settings.var_dir, lambda: False) == 1
    answer = site.get(f"/downloads/{one.id}")
    assert answer.status_code == 200
    assert ("of Zebra Secret" in answer.text) is (role == "analyst")
    assert "of Quiet Ltd" in answer.text
    assert not [one for one in ("7777.77", "6666.66", "what it wrote") if one in answer.text]
    assert stranger.get(f"/downloads/{one.id}").status_code == 404


def lines_of(engine: Engine) -> list[audit.Line]:
    with engine.connect() as conn:
        return [line for line in audit.search(conn) if "sign" not in line.action]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_export_leaves_a_line_and_what_makes_no_sense_leaves_none(
    settings: Settings, of_two: Engine, kind: str
) -> None:
    site = of_quiet(settings, of_two)
    assert site.get(f"/export/calls.{kind}?{DAY}&country=Nowhere").status_code == 400
    assert site.get(f"/export/calls.docx?{DAY}").status_code == 404
    assert lines_of(of_two) == []
    assert site.get(f"/export/calls.{kind}?{DAY}&where=duration+%3E+5").status_code == 200
    [line] = lines_of(of_two)
    assert (line.who, line.action, line.object) == (
        "quiet person",
        "export calls",
        f"calls.{kind}",
    )
    assert line.detail == {"query": f"{DAY}&where=duration+%3E+5"}
    assert line.address == "testclient"
    assert line.person_id is not None


def test_a_download_that_is_taken_leaves_a_line(settings: Settings, of_two: Engine) -> None:
    site = of_quiet(settings, of_two)
    with of_two.begin() as conn:
        viewer = sessions.viewer_of(conn, id_of(site.cookies[NAME]), datetime.now(UTC))
        assert viewer is not None
        one = downloads.ask(conn, viewer, "csv", DAY, "UTC")
    assert site.get(f"/downloads/{one.id}").status_code == 409
    assert lines_of(of_two) == []
    downloads.write_waiting(of_two, settings.var_dir, lambda: False)
    assert site.get(f"/downloads/{one.id}").status_code == 200
    [line] = lines_of(of_two)
    assert (line.who, line.action, line.object) == (
        "quiet person",
        "take download",
        one.file_name,
    )
    assert line.detail == {"query": one.query, "calls": "1"}


def test_whoever_has_lost_costs_does_not_get_a_file_with_them(
    settings: Settings, of_two: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = signed_in(settings, of_two, "analyst")

    def asked(query: str) -> uuid.UUID:
        with of_two.begin() as conn:
            viewer = sessions.viewer_of(conn, id_of(site.cookies[NAME]), datetime.now(UTC))
            assert viewer is not None
            return downloads.ask(conn, viewer, "csv", query, "UTC").id

    everything, plain = asked(DAY), asked(f"{DAY}&columns=Start&columns=Duration")
    downloads.write_waiting(of_two, settings.var_dir, lambda: False)
    downloads.write_waiting(of_two, settings.var_dir, lambda: False)
    assert "7777.77" in site.get(f"/downloads/{everything}").text
    fewer = permissions.ROLES["analyst"] - {"costs", "margins"}
    monkeypatch.setitem(permissions.ROLES, "analyst", fewer)  # type: ignore[arg-type]
    assert site.get(f"/downloads/{everything}").status_code == 404
    assert site.get(f"/downloads/{plain}").status_code == 200
    with of_two.connect() as conn:
        viewer = sessions.viewer_of(conn, id_of(site.cookies[NAME]), datetime.now(UTC))
        assert viewer is not None
        assert [one.id for one in downloads.list_downloads(conn, viewer)] == [plain]
