"""`db` and `doctor`, on the embedded server and on one of one's own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlalchemy import make_url

from cdrstats.db.database import without_password

from .embedded import scratch_folder

ROOT = Path(__file__).parent.parent


class Cli:
    """The commands, run as a person does, on one data folder or server."""

    def __init__(self, **settings: str) -> None:
        plain = {k: v for k, v in os.environ.items() if not k.startswith("CDRSTATS_")}
        self.env = plain | settings

    def __call__(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cdrstats", *args],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def json(self, *args: str) -> list[dict[str, Any]]:
        return list(json.loads(self(*args, "--json").stdout))


@pytest.fixture(scope="module")
def embedded_cli() -> Iterator[Cli]:
    with scratch_folder() as folder:
        cli = Cli(CDRSTATS_VAR_DIR=str(folder / "var"))
        assert cli("db", "start").returncode == 0
        yield cli
        assert cli("db", "stop", "--force").returncode == 0


@pytest.fixture
def named_cli(empty_database: str) -> Iterator[Cli]:
    with scratch_folder() as folder:
        yield Cli(CDRSTATS_VAR_DIR=str(folder / "var"), CDRSTATS_DATABASE_URL=empty_database)


def test_a_started_server_is_found_by_every_command(embedded_cli: Cli) -> None:
    [row] = embedded_cli.json("db", "status")
    assert (row["server"], row["running"], row["kept"]) == ("embedded", True, True)
    assert row["users"] == []


def test_the_url_is_complete_and_the_last_line(embedded_cli: Cli) -> None:
    url = embedded_cli("db", "url").stdout.splitlines()[-1]
    conn = psycopg2.connect(url)
    with conn.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_setting('TimeZone')")
        assert cursor.fetchone() == ("cdrstats", "UTC")
    conn.close()


def test_the_shell_is_psql_in_utc(embedded_cli: Cli) -> None:
    shell = embedded_cli("db", "shell", "--", "-At", "-c", "SHOW TimeZone", "-c", "SELECT 1+1")
    assert (shell.returncode, shell.stdout) == (0, "UTC\n2\n")
    failed = embedded_cli("db", "shell", "--", "-c", "SELECT nothing")
    assert failed.returncode == 1
    assert 'column "nothing" does not exist' in failed.stderr


def test_upgrade_builds_all_and_makes_a_view_that_is_missing(embedded_cli: Cli) -> None:
    assert embedded_cli("db", "upgrade").returncode == 0
    drop = "DROP MATERIALIZED VIEW matv_voip_cdr_aggr_min"
    assert embedded_cli("db", "shell", "--", "-c", drop).returncode == 0
    doctor = embedded_cli("doctor", "--json")
    assert doctor.returncode == 1
    wrong = [row["check"] for row in json.loads(doctor.stdout) if not row["ok"]]
    assert wrong == ["views"]

    assert embedded_cli("db", "upgrade").returncode == 0
    doctor = embedded_cli("doctor", "--json")
    assert doctor.returncode == 0, doctor.stdout


def test_a_server_of_ones_own_is_upgraded_only_when_asked(named_cli: Cli) -> None:
    doctor = named_cli("doctor")
    assert doctor.returncode == 1
    assert "run `python -m cdrstats db upgrade`" in doctor.stdout

    assert named_cli("db", "upgrade").returncode == 0
    assert all(row["ok"] for row in named_cli.json("doctor"))
    shell = named_cli("db", "shell", "--", "-Atc", "SHOW TimeZone")
    assert shell.stdout == "UTC\n"


def test_the_shell_shows_no_password_to_other_users() -> None:
    cli = Cli(CDRSTATS_DATABASE_URL="postgres://me:secret@127.0.0.1:1/cdr")
    done = cli("db", "shell", "--", "--version")
    assert done.stdout.startswith("psql")
    bare = without_password(make_url("postgresql://me:secret@db/cdr?sslpassword=secret"))
    assert bare == "postgresql://me@db/cdr"


def test_a_server_of_ones_own_is_not_started_or_stopped(named_cli: Cli) -> None:
    for verb in ("start", "stop"):
        done = named_cli("db", verb)
        assert done.returncode == 2
        assert "CDRSTATS_DATABASE_URL names a server" in done.stderr


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    cli = Cli(CDRSTATS_DATABASE_URL="postgres://me:secret@127.0.0.1:1/cdr")
    done = cli("db", "upgrade")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "The database postgresql://me@127.0.0.1:1/cdr does not answer"
    )
    assert "secret" not in done.stderr


def test_wrong_use_and_wrong_settings_exit_with_2() -> None:
    assert Cli()("db", "dance").returncode == 2
    assert Cli()("dance").returncode == 2
    wrong = Cli(CDRSTATS_PORT="many")("db", "status")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("CDRSTATS_PORT='many': wants")


def test_a_slip_of_the_pen_is_warned_about() -> None:
    done = Cli(CDRSTATS_PROT="1")("db", "--help")
    assert done.returncode == 0
    assert "CDRSTATS_PROT is not a setting" in done.stderr


def test_the_settings_are_checked_by_doctor() -> None:
    done = Cli(CDRSTATS_KEEP_STAGING="-3")("doctor", "--json")
    assert done.returncode == 1
    [row] = json.loads(done.stdout)
    assert not row["ok"]
    assert row["detail"].startswith("CDRSTATS_KEEP_STAGING='-3'")
