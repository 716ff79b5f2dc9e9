"""Carriers by name: in filters, searches, exports and figures, of staff."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, Engine, insert

from cdrstats import aggregates
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.calls import COLUMNS, Search, export, page
from cdrstats.choices import filters_of, names, search_of
from cdrstats.cli import main
from cdrstats.db.schema import carrier
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters

from .factories import NOON, add_call

BOB = Scope(frozenset({2}))


@pytest.fixture
def calls(conn: Connection) -> Connection:
    """Calls by acme, of two customers, and one by nobody knows whom."""
    conn.execute(insert(carrier), [{"id": 7, "name": "acme"}, {"id": 8, "name": "beta"}])
    add_call(conn, callid="alice", user_id=1, carrier_id=7)
    add_call(conn, callid="bob", user_id=2, carrier_id=7, billsec=0)
    add_call(conn, callid="beta", user_id=2, carrier_id=8)
    add_call(conn, callid="nobody", user_id=1)
    return conn


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (["acme"], {"alice", "bob"}),
        (["acme", "beta"], {"alice", "bob", "beta"}),
        (["Unknown"], {"nobody"}),
    ],
)
def test_calls_are_filtered_by_carrier(
    calls: Connection, chosen: list[str], found: set[str]
) -> None:
    params = {"carrier": chosen, "period": ["Custom"], "from": ["2026-03-10T00:00"]}
    search = search_of(EVERYONE, params, names(calls, EVERYONE), NOON, "UTC")
    assert {row["callid"] for row in page(calls, EVERYONE, search).rows} == found


def test_carriers_are_none_of_a_customers_business(calls: Connection) -> None:
    assert names(calls, BOB).carriers == {}
    by_carrier = Search(filters=Filters(carrier_ids=(7,)))
    with pytest.raises(BadRequest, match="You may not see this of calls: carrier"):
        page(calls, BOB, by_carrier)
    [row, _] = page(calls, BOB, Search(columns=("callid", "carrier", "carrier_id"))).rows
    assert row.keys() == {"starting_date", "dedup_key", "callid"}


def test_a_carrier_that_nobody_knows_is_told(calls: Connection) -> None:
    with pytest.raises(BadRequest, match="There is no carrier called 'acmee'"):
        filters_of(EVERYONE, {"carrier": ["acmee"]}, names(calls, EVERYONE))


def test_a_search_and_an_export_give_its_name(calls: Connection) -> None:
    search = Search(
        filters=Filters(carrier_ids=(7, 8)), columns=("callid", "carrier"), descending=False
    )
    rows = page(calls, EVERYONE, search).rows
    assert {(row["callid"], row["carrier"]) for row in rows} == {
        ("alice", "acme"),
        ("bob", "acme"),
        ("beta", "beta"),
    }
    out = io.BytesIO()
    export(calls, EVERYONE, search, "csv", out, ZoneInfo("UTC"), columns=("callid", "carrier"))
    written = out.getvalue().decode("utf-8-sig").splitlines()
    assert {tuple(row.values()) for row in csv.DictReader(written)} == {
        ("alice", "acme"),
        ("bob", "acme"),
        ("beta", "beta"),
    }
    assert "carrier" not in COLUMNS


def test_figures_are_split_by_the_names_of_carriers_and_filtered_by_them(
    fresh_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fresh_engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("CDRSTATS_DATABASE_URL", url)
    monkeypatch.setenv("CDRSTATS_VAR_DIR", str(tmp_path))
    with fresh_engine.begin() as conn:
        conn.execute(insert(carrier), {"id": 7, "name": "acme"})
        add_call(conn, carrier_id=7)
        add_call(conn, carrier_id=7, billsec=0)
        add_call(conn)
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass

    def printed(*args: str) -> list[dict[str, Any]]:
        day = ("--from", "2026-03-10", "--to", "2026-03-11")
        done = CliRunner().invoke(
            main, ["figures", *day, "--metrics", "calls,asr", "--json", *args]
        )
        assert done.exit_code == 0, done.output
        rows: list[dict[str, Any]] = json.loads(done.stdout)
        return rows

    assert printed("--by", "carrier") == [
        {"carrier": "Unknown", "calls": 1, "asr": 100.0},
        {"carrier": "acme", "calls": 2, "asr": 50.0},
    ]
    assert printed("--carrier", "ACME") == [{"calls": 2, "asr": 50.0}]
    wrong = CliRunner().invoke(
        main, ["figures", "--from", "2026-03-10", "--to", "2026-03-11", "--carrier", "nope"]
    )
    assert "There is no carrier 'nope'" in wrong.stderr
