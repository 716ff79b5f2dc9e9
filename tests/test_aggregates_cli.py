"""`rollup refresh` and `rollup verify`, as an operator types them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, delete, update

from cdrstats import aggregates
from cdrstats.cli import main
from cdrstats.db.schema import rollup_cause_day, rollup_switch, voip_cdr

from .factories import NOON, add_call


@pytest.fixture(autouse=True)
def named_database(
    fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = fresh_engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("CDRSTATS_DATABASE_URL", url)
    monkeypatch.setenv("CDRSTATS_VAR_DIR", str(tmp_path))


def rollup(*words: str) -> Result:
    return CliRunner().invoke(main, ["rollup", *words])


def test_refresh_counts_what_has_changed(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_call(conn)
        aggregates.note_changed(conn, [NOON])
    done = rollup("refresh", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, [{"slots": 1}])
    assert json.loads(rollup("refresh", "--json").stdout) == [{"slots": 0}]


def test_refresh_all_counts_everything_again(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_call(conn)
    assert json.loads(rollup("refresh", "--all", "--json").stdout) == [{"slots": 1}]
    assert rollup("verify").exit_code == 0


def test_verify_prints_every_difference(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_call(conn, switch_id=3)
        aggregates.note_changed(conn, [NOON])
        aggregates.refresh(conn)
        conn.execute(update(rollup_switch).values(billsec=61, sell_cost="0.25"))
    done = rollup("verify", "--json")
    assert done.exit_code == 1
    assert "2 differences" in done.stderr
    first, second = json.loads(done.stdout)
    assert {name: value for name, value in first.items() if value is not None} == {
        "table": "rollup_switch",
        "slot": NOON.isoformat(),
        "switch_id": 3,
        "column": "billsec",
        "stored": 61,
        "true": 60,
    }
    assert (first["country_id"], first["accountcode"]) == (None, None)
    assert (second["column"], second["stored"], second["true"]) == ("sell_cost", "0.25", "0")


def test_verify_repairs_if_told(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_call(conn)
        aggregates.note_changed(conn, [NOON])
        aggregates.refresh(conn)
        conn.execute(delete(voip_cdr))  # by hand, and nobody notes it
        conn.execute(update(rollup_cause_day).values(hangup_cause_id=99))
    assert rollup("verify").exit_code == 1
    done = rollup("verify", "--repair", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)
    assert (rollup("verify").exit_code, rollup("verify", "--json").stdout) == (0, "[]\n")
