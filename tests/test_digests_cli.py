"""`digest`: what it does, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from cdrstats.cli import main
from cdrstats.db.engine import make_engine
from cdrstats.db.migrate import upgrade


@pytest.fixture
def run(empty_database: str, tmp_path: Path) -> Any:
    env = {
        "CDRSTATS_DATABASE_URL": empty_database,
        "CDRSTATS_VAR_DIR": str(tmp_path),
        "CDRSTATS_SMTP_HOST": "127.0.0.1",
        "CDRSTATS_MAIL_FROM": "cdr@example.com",
    }

    upgrade(empty_database)

    def running(*args: str) -> Result:
        return CliRunner().invoke(main, ["digest", *args], env=env)

    return running


def outbox_of(url: str) -> int:
    engine: Engine = make_engine(url, "tests")
    with engine.connect() as conn:
        found = conn.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one()
    engine.dispose()
    return int(found)


def test_a_digest_is_added_listed_shown_sent_and_removed(
    run: Any, empty_database: str, tmp_path: Path
) -> None:
    given = ("Weekdays", "--mail-to", "a@example.com,b@example.com", "--zone", "Europe/Madrid")
    added = run("add", *given, "--every", "cron", "--cron", "0 7 * * 1-5", "--json")
    [row] = json.loads(added.stdout)
    assert (row["every"], row["mail_to"]) == ("0 7 * * 1-5", ["a@example.com", "b@example.com"])
    assert "Weekdays" in run("list").stdout
    number = str(row["id"])
    assert "No call was made." in run("preview", number).stdout
    page = tmp_path / "page.html"
    assert run("preview", number, "--html", str(page)).exit_code == 0
    assert "<h1" in page.read_text("utf-8")
    assert outbox_of(empty_database) == 0
    assert json.loads(run("send", number, "--json").stdout)[0]["mails"] == 2
    assert outbox_of(empty_database) == 2
    assert run("remove", number).exit_code == 0
    assert run("list").stdout == ""


def test_a_digest_is_written_in_the_language_that_is_given(run: Any) -> None:
    told = ("--mail-to", "a@example.com", "--json")
    added = [run("add", "Diario", *told, "--language", "es"), run("add", "Daily", *told)]
    assert [json.loads(each.stdout)[0]["language"] for each in added] == ["es", "en"]
    assert "No hubo ninguna llamada." in run("preview", "1").stdout


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("--mail-to", "junk"), "is no mail address"),
        (("--zone", "Mars/Olympus"), "Mars/Olympus"),
        (("--at", "25:00"), "not a time of day"),
        (("--at", "seven"), "not a time of day"),
        (("--every", "cron"), "A cron line goes with"),
        (("--filters", "country=Atlantis"), "Atlantis"),
        (("--filters", "foo=1"), "A digest cannot filter by 'foo'"),
        (("--owner", "nobody"), "nobody"),
        (("--language", "klingon"), "'klingon' is not one of 'en', 'de', 'es', 'fr', 'pt'"),
    ],
)
def test_what_makes_no_sense_is_refused(run: Any, given: tuple[str, ...], why: str) -> None:
    result = run("add", "x", "--mail-to", "a@example.com", *given)
    assert result.exit_code == 2
    assert why in result.stderr
