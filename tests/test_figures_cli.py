"""`figures` prints what the pages show."""

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from cdrstats import aggregates
from cdrstats.cli import main

from .factories import NOON, add_call

DAY = ("--from", "2026-03-10", "--to", "2026-03-11")


@pytest.fixture
def run(fresh_engine: Engine, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    url = fresh_engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("CDRSTATS_DATABASE_URL", url)
    monkeypatch.setenv("CDRSTATS_VAR_DIR", str(tmp_path))
    with fresh_engine.begin() as conn:
        add_call(conn, country_id=724, billsec=30, pdd_ms=2000, sell_cost="0.10")
        add_call(conn, country_id=724, billsec=0, hangup_cause_id=17, pdd_ms=4000)
        add_call(conn, starting_date=NOON + timedelta(hours=11, minutes=30), accountcode="a")
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass

    def call(*args: str) -> Result:
        return CliRunner().invoke(main, ["figures", *args])

    return call


def printed(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


def test_the_figures_of_a_day(run: Any) -> None:
    (row,) = printed(run(*DAY, "--metrics", "calls,asr,acd,pdd_p50,mos,sell_cost", "--json"))
    assert row == {
        "calls": 3,
        "asr": pytest.approx(200 / 3),
        "acd": 45.0,
        "pdd_p50": 2.0,
        "mos": None,
        "sell_cost": "0.10",
    }


def test_days_are_those_of_the_zone(run: Any) -> None:
    rows = printed(
        run(*DAY, "--zone", "Europe/Madrid", "--by", "hour", "--metrics", "calls", "--json")
    )
    assert rows == [{"start": "2026-03-10T13:00+01:00", "calls": 2}]


def test_a_split_says_names_and_several_splits_go_together(run: Any) -> None:
    rows = printed(
        run(*DAY, "--by", "country", "--by", "accountcode", "--metrics", "calls", "--json")
    )
    assert rows == [
        {"country": "Unknown", "accountcode": "a", "calls": 1},
        {"country": "Spain", "accountcode": "", "calls": 2},
    ]


def test_filters_hold(run: Any) -> None:
    (row,) = printed(run(*DAY, "--country", "ES", "--answered", "--metrics", "calls", "--json"))
    assert row == {"calls": 1}


def test_nothing_found_is_an_empty_array(run: Any) -> None:
    result = run("--from", "2026-01-01", "--to", "2026-01-02", "--json")
    assert printed(result) == []
    assert "No calls" in result.stderr


def test_people_get_a_table_with_dashes_for_what_is_missing(run: Any) -> None:
    result = run(*DAY, "--metrics", "calls,mos")
    assert result.stdout.split() == ["calls", "mos", "3", "–"]  # noqa: RUF001


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ((*DAY, "--metrics", "xyz"), "There is no figure 'xyz'"),
        ((*DAY, "--by", "hour", "--by", "day"), "One step of time"),
        ((*DAY, "--zone", "Mars"), "There is no time zone 'Mars'"),
        (("--from", "2026-03-11", "--to", "2026-03-10"), "lies before"),
        ((*DAY, "--country", "Atlantis"), "There is no country 'Atlantis'"),
        (("--from", "2016-01-01", "--to", "2026-01-01", "--by", "minute"), "too long"),
    ],
)
def test_what_makes_no_sense_is_told(run: Any, args: tuple[str, ...], sentence: str) -> None:
    result = run(*args, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert sentence in result.stderr
