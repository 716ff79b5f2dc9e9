"""`calls export` at the command line."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, insert

from cdrstats.cli import main
from cdrstats.db.schema import switch

from .factories import NOON, add_call


@pytest.fixture
def engine(fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    url = fresh_engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("CDRSTATS_DATABASE_URL", url.replace("+psycopg2", ""))
    with fresh_engine.begin() as conn:
        conn.execute(insert(switch), [{"id": 7, "name": "Berlin"}])
        for hours in (-13, -12, 0, 11, 12):
            add_call(
                conn,
                starting_date=NOON + timedelta(hours=hours),
                callid=f"{hours:+}h",
                switch_id=7 if hours > 0 else 0,
                caller_id_number=f"34{hours + 20}",
                country_id=724 if hours == 11 else 0,
            )
    return fresh_engine


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["calls", "export", "--format", "jsonl", *arguments])


def call_ids(result: Result) -> list[str]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line)["callid"] for line in result.stdout.splitlines()]


def test_dates_are_midnights_and_the_last_is_not_included(engine: Engine) -> None:
    found = call_ids(run("--from", "2026-03-10", "--to", "2026-03-11"))
    assert found == ["-12h", "+0h", "+11h"]
    madrid = ("--zone", "Europe/Madrid")
    found = call_ids(run("--from", "2026-03-10", "--to", "2026-03-11", *madrid))
    assert found == ["-13h", "-12h", "+0h"]


def test_without_dates_all_calls_are_written_oldest_first(engine: Engine) -> None:
    assert call_ids(run()) == ["-13h", "-12h", "+0h", "+11h", "+12h"]


FILTERED: list[tuple[tuple[str, ...], list[str]]] = [
    (("--switch", "berlin"), ["+11h", "+12h"]),
    (("--switch", "7"), ["+11h", "+12h"]),
    (("--country", "ES"), ["+11h"]),
    (("--country", "Spain", "--switch", "Berlin"), ["+11h"]),
    (("--caller", "3420"), ["+0h"]),
    (("--caller", "begins:343"), ["+11h", "+12h"]),
    (("--caller", "ends:1"), ["+11h"]),
    (("--callid", "contains:12"), ["-12h", "+12h"]),
    (("--accountcode", "no such"), []),
    (("--unanswered",), []),
]


def test_filters(engine: Engine) -> None:
    for filters, expected in FILTERED:
        assert call_ids(run(*filters)) == expected, filters


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("--switch", "Paris"), "There is no switch 'Paris'."),
    (("--country", "Atlantis"), "There is no country 'Atlantis'."),
    (("--customer", "Nobody"), "There is no customer 'Nobody'."),
    (("--cause", "999999999999999999999"), "There is no hangup cause"),
    (("--zone", "Europe/Nowhere"), "There is no time zone"),
    (("--from", "yesterday"), "is not a date"),
    (("--from", "2026-03-11", "--to", "2026-03-10"), "lies before"),
    (("--columns", "callid,nonsense"), "no column 'nonsense'"),
    (("--output", "/no/such/folder/calls.csv"), "Cannot write"),
    (("--format", "pdf"), "pdf"),
]


def test_wrong_use_is_a_sentence(engine: Engine) -> None:
    for wrong, sentence in WRONG:
        result = run(*wrong)
        assert result.exit_code == 2, wrong
        assert sentence in result.stderr
        assert "Traceback" not in result.stderr
        assert result.stdout == ""


def test_a_file_has_its_name_only_once_it_is_whole(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    result = run("--output", str(path))
    assert result.exit_code == 0
    assert len(path.read_text().splitlines()) == 5
    assert "5 calls written" in result.stderr
    path.unlink()
    assert run("--output", str(path), "--columns", "nonsense").exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_sentence_and_a_device_stays_one(
    engine: Engine, tmp_path: Path
) -> None:
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    result = run("--output", str(full))
    assert result.exit_code == 2
    assert "No space left on device" in result.stderr
    assert full.is_char_device()
