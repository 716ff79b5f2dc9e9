"""GET /metrics, as a program of Prometheus' reads it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, insert, text, update

from cdrstats import __version__, aggregates
from cdrstats.db.engine import make_engine
from cdrstats.db.schema import cdr_import, job, job_run, jobs_state, switch
from cdrstats.settings import Settings, read_settings

from .factories import NOON, add_call
from .test_api import Program
from .test_api import two as two
from .test_web_routes import client, signed_in

Samples = dict[tuple[str, str], float]
"""Name and label -> value."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})


@pytest.fixture
def boss(settings: Settings, two: Engine) -> Program:
    return Program(settings, two, "boss")


def scraped(program: Program) -> Samples:
    answer = program.site.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"
    return {
        (each.name, next(iter(each.labels.values()), "")): each.value
        for family in text_string_to_metric_families(answer.text)
        for each in family.samples
        if each.name.startswith("cdrstats_") and not each.name.endswith("_info")
    }


def test_calls_and_when_the_newest_of_each_switch_began(boss: Program) -> None:
    found = scraped(boss)
    assert found["cdrstats_calls", ""] == 6
    newest = (NOON + timedelta(minutes=40)).timestamp()
    last = {key[1]: value for key, value in found.items() if "last_call" in key[0]}
    assert last == {"pbx Acme": newest, "pbx Brick": newest}


def test_what_waits(boss: Program, two: Engine) -> None:
    before = scraped(boss)
    assert before["cdrstats_rollup_notes_waiting", ""] == 0
    assert ("cdrstats_rollup_oldest_note_timestamp_seconds", "") not in before
    with two.begin() as conn:
        conn.execute(insert(cdr_import), [{"callid": "a"}, {"callid": "b"}])
        rejected = {"callid": "c", "imported": True, "outcome": "rejected", "reason": "no"}
        conn.execute(insert(cdr_import).values(rejected))
        add_call(conn, starting_date=NOON)
        aggregates.note_changed(conn, [NOON])
    found = scraped(boss)
    assert found["cdrstats_staged_rows", "waiting"] == 2
    assert found["cdrstats_staged_rows", "rejected"] == 1
    assert found["cdrstats_rollup_notes_waiting", ""] == 1
    age = (
        datetime.now(UTC).timestamp()
        - found["cdrstats_rollup_oldest_note_timestamp_seconds", ""]
    )
    assert -5 < age < 600


def test_the_jobs(boss: Program, two: Engine) -> None:
    before = scraped(boss)
    assert ("cdrstats_jobs_heartbeat_timestamp_seconds", "") not in before
    at = datetime(2026, 3, 10, 12, tzinfo=UTC)
    with two.begin() as conn:
        conn.execute(update(jobs_state).values(heartbeat_at=at, paused=True))
        for name, state in (("import", "done"), ("refresh", "error"), ("never", None)):
            known = {"name": name, "description": name, "schedule": "always"}
            conn.execute(insert(job).values(known))
            if state:
                run = {"job": name, "state": state, "requested_by": "schedule"}
                times = {"started_at": at, "finished_at": at + timedelta(seconds=9)}
                conn.execute(insert(job_run).values(run | times))
    found = scraped(boss)
    assert found["cdrstats_jobs_heartbeat_timestamp_seconds", ""] == at.timestamp()
    assert found["cdrstats_jobs_paused", ""] == 1
    assert found["cdrstats_job_last_run_timestamp_seconds", "import"] == at.timestamp() + 9
    assert found["cdrstats_job_last_run_failed", "import"] == 0
    assert found["cdrstats_job_last_run_failed", "refresh"] == 1
    assert not [key for key in found if key[1] == "never"]


def test_the_server_the_version_and_the_process(boss: Program, two: Engine) -> None:
    with two.connect() as conn:
        size = conn.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    found = scraped(boss)
    assert found["cdrstats_database_size_bytes", ""] == pytest.approx(size, rel=0.2)
    assert found["cdrstats_database_connections", ""] >= 1
    told = boss.site.get("/metrics").text
    assert f'version="{__version__}"' in told
    assert "\nprocess_resident_memory_bytes " in told


def test_names_of_switches_are_escaped(boss: Program, two: Engine) -> None:
    odd = 'a "pbx" \\ of\nours'
    with two.begin() as conn:
        conn.execute(update(switch).where(switch.c.name == "pbx Acme").values(name=odd))
    assert ("cdrstats_last_call_timestamp_seconds", odd) in scraped(boss)


def test_customers_and_strangers_see_nothing_of_it(settings: Settings, two: Engine) -> None:
    carla = Program(settings, two, "carla").site.get("/metrics")
    assert (carla.status_code, carla.json()) == (
        403,
        {"error": "You may not see how the installation fares."},
    )
    assert client(settings, two).get("/metrics").status_code == 401
    assert signed_in(settings, two, "customer").get("/metrics").status_code == 403
    assert signed_in(settings, two, "analyst").get("/metrics").status_code == 200


def test_a_database_that_does_not_answer_is_told(settings: Settings) -> None:
    nowhere = make_engine("postgresql://nobody@127.0.0.1:1/none", "tests")
    site = client(settings, nowhere)
    answer = site.get("/metrics", headers={"authorization": "Bearer cdr_x"})
    assert answer.status_code == 503
