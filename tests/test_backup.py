"""`backup` and `restore`: what comes back is what was there, or nothing has happened."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from alembic import command
from sqlalchemy import Engine, func, select, text

from cdrstats import aggregates, backup, mediation
from cdrstats.accounts import Scope
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.aggregates.draining import drain
from cdrstats.aggregates.refreshing import refresh_due
from cdrstats.aggregates.views import check
from cdrstats.cli.start_over import WHENEVER_DUE
from cdrstats.db.engine import make_engine
from cdrstats.db.migrate import alembic_config, is_current, revisions
from cdrstats.db.schema import cdr_import, voip_cdr
from cdrstats.errors import ServerTrouble

from .conftest import administer, database_url
from .embedded import scratch_folder, scratch_server
from .factories import add_staged
from .isolation import seen_by
from .keeping import CALLS, NOT_KEPT, address, contents, fill, on, shape
from .waiting import eventually

ROOT = Path(__file__).parent.parent


@pytest.fixture
def full(fresh_engine: Engine, tmp_path: Path) -> Engine:
    fill(fresh_engine, tmp_path)
    return fresh_engine


@pytest.fixture
def saved(full: Engine, tmp_path: Path) -> Path:
    """A backup of `full`, and a secret sealed by its key."""
    (tmp_path / "sealed").write_bytes(SecretBox(tmp_path / "a" / "secret.key").seal("a secret"))
    done = on(tmp_path / "a", address(full))("backup", tmp_path / "b.zip")
    assert done.exit_code == 0, done.stderr
    return tmp_path / "b.zip"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()


@pytest.fixture
def target(empty_database: str) -> Iterator[Engine]:
    engine = make_engine(empty_database, "tests")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def old_server() -> Iterator[str]:
    """Another server, of an older major version, without our roles."""
    with scratch_server("16") as url:
        yield url


def same(there: Engine, before: Engine) -> None:
    now, then = contents(there), contents(before)
    assert now.pop("public.audit")[0] == then.pop("public.audit")[0] + 1  # the restore itself
    assert now == then
    assert shape(there) == shape(before)


def goes_on(engine: Engine) -> None:
    """Customers see their own, and what comes next is counted."""
    with engine.begin() as conn:
        with seen_by(conn, Scope(frozenset({1}))):
            assert set(conn.execute(select(voip_cdr.c.user_id)).scalars()) == {1}
        newest = conn.execute(select(func.max(cdr_import.c.id))).scalar_one()
        assert add_staged(conn) > newest
    mediation.mediate(engine)
    drain(engine)
    refresh_due(engine, WHENEVER_DUE)
    with engine.connect() as conn:
        assert check(conn) == []
        assert (
            conn.execute(select(func.count()).select_from(voip_cdr)).scalar_one() == CALLS + 1
        )
        assert aggregates.verify(conn) == []


def test_all_comes_back_in_a_cluster_that_knows_nothing(
    full: Engine, saved: Path, tmp_path: Path
) -> None:
    with scratch_folder() as place:
        new = on(place / "var")
        assert new("db", "start").exit_code == 0
        try:
            done = new("restore", saved, "--json")
            assert done.exit_code == 0, done.stderr
            [row] = json.loads(done.stdout)
            assert (row["calls"], row["people"], row["differences"]) == (CALLS, 2, 0)
            engine = make_engine(new("db", "url").stdout.splitlines()[-1], "tests")
            same(engine, full)
            assert is_current(engine)
            with engine.connect() as conn:
                assert check(conn) == []
                assert all(
                    conn.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() == 0
                    for name in NOT_KEPT
                )
            goes_on(engine)
            engine.dispose()
            assert new("doctor").exit_code == 0
        finally:
            new("db", "stop", "--force")
        key = place / "var" / "secret.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert SecretBox(key).open((tmp_path / "sealed").read_bytes()) == "a secret"


def test_to_an_older_server_and_back_as_an_owner_without_rights(
    old_server: str, full: Engine, saved: Path, target: Engine, tmp_path: Path
) -> None:
    for statement in (
        "CREATE ROLE cdr LOGIN PASSWORD 'secret'",
        'CREATE ROLE "a reader"',
        "CREATE DATABASE cdr OWNER cdr",
    ):
        administer(old_server, statement)
    url = f"postgresql://cdr:secret@{database_url(old_server, 'cdr').partition('@')[2]}"
    there = on(tmp_path / "there", url)
    done = there("restore", saved)
    assert done.exit_code == 2
    assert "GRANT cdrstats_app, cdrstats_customer TO cdr;" in done.stderr

    administer(old_server, "CREATE ROLE cdrstats_app")
    administer(old_server, "CREATE ROLE cdrstats_customer")
    administer(old_server, "GRANT cdrstats_app, cdrstats_customer TO cdr")
    for words in ([saved], [saved, "--replace"]):  # the second needs no rights either
        done = there("restore", *words)
        assert done.exit_code == 0, done.stderr
        engine = make_engine(url, "tests")
        same(engine, full)
    goes_on(engine)
    with engine.begin() as conn:
        conn.execute(text('GRANT SELECT ON voip_cdr TO "a reader"'))

    assert there("backup", tmp_path / "old.zip").exit_code == 0
    done = on(tmp_path / "back", address(target))("restore", tmp_path / "old.zip")
    try:
        assert done.exit_code == 0, done.stderr
        assert "Made the role a reader, which may not sign in" in done.stderr
        same(target, engine)
    finally:
        engine.dispose()
        administer(address(target), 'DROP OWNED BY "a reader"')
        administer(address(target), 'DROP ROLE "a reader"')


def test_a_backup_of_older_tables_is_upgraded(
    empty_database: str, fresh_engine: Engine, tmp_path: Path
) -> None:
    command.upgrade(alembic_config(empty_database), "0007")
    assert on(tmp_path / "a", empty_database)("backup", tmp_path / "b.zip").exit_code == 0
    done = on(tmp_path / "a", address(fresh_engine))(
        "restore", tmp_path / "b.zip", "--replace", "--json"
    )
    assert done.exit_code == 0, done.stderr
    [row] = json.loads(done.stdout)
    assert (row["schema"], row["people"]) == ("0007", 0)
    assert is_current(fresh_engine)
    assert revisions()[0] != "0007"


def test_what_is_there_is_replaced_only_when_asked(
    full: Engine, saved: Path, fresh_folder: Path, target: Engine
) -> None:
    with target.begin() as conn:
        conn.execute(text("CREATE SCHEMA other; CREATE TABLE other.t AS SELECT 1"))
    (fresh_folder / "secret.key").write_text("another key")
    run = on(fresh_folder, address(target))
    done = run("restore", saved)
    assert (done.exit_code, "not empty" in done.stderr) == (2, True)
    assert contents(target).keys() == {"other.t"}
    assert (fresh_folder / "secret.key").read_text() == "another key"

    assert run("restore", saved, "--replace").exit_code == 0
    same(target, full)
    [kept] = fresh_folder.glob("secret.key.*")
    assert kept.read_text() == "another key"


@pytest.fixture
def fresh_folder(tmp_path: Path) -> Path:
    (tmp_path / "fresh").mkdir()
    return tmp_path / "fresh"


def test_it_is_refused_while_something_runs(
    saved: Path, target: Engine, tmp_path: Path
) -> None:
    run = on(tmp_path / "a", address(target))
    web = make_engine(address(target), "cdrstats-web")
    with web.connect():
        done = run("restore", saved)
        assert done.exit_code == 2
        assert "is running on this database (cdrstats-web): stop it first" in done.stderr
    web.dispose()

    with target.connect() as conn:  # the jobs, just before they say their name
        conn.execute(text("SELECT pg_advisory_lock(hashtextextended('jobs', 0))"))
        done = run("restore", saved)
        assert done.exit_code == 2
        assert "the jobs have been started meanwhile" in done.stderr
    assert contents(target) == {}


def test_what_does_not_end_well_has_not_happened(
    full: Engine, saved: Path, target: Engine, tmp_path: Path
) -> None:
    with target.begin() as conn:
        conn.execute(text("CREATE TABLE kept AS SELECT generate_series(1, 9) AS n"))
    (tmp_path / "a" / "secret.key").write_text("old")
    before = contents(target)
    with backup.open_archive(saved) as archive:
        archive.manifest.counts["voip_cdr"] += 1
        with pytest.raises(ServerTrouble, match=f"voip_cdr has {CALLS} rows instead of"):
            backup.restore(
                address(target), target, tmp_path / "a" / "secret.key", archive, replace=True
            )
    assert contents(target) == before
    assert [path.name for path in (tmp_path / "a").glob("*secret*")] == ["secret.key"]
    assert (tmp_path / "a" / "secret.key").read_text() == "old"


KILLED = """
import os, signal, sys
from cdrstats.backup import restoring
from cdrstats.cli import main

def half(archive, into, progress, tell):
    with archive.open("database.dump") as dump:
        into.write(dump.read(archive.manifest.parts["database.dump"].bytes // 2))
    into.flush()
    with restoring_done.open("w"):
        pass
    import time; time.sleep(2)
    os.kill(os.getpid(), signal.SIGKILL)

from pathlib import Path
restoring_done = Path(sys.argv[2])
restoring._feed = half
main(["restore", sys.argv[1], "--replace"])
"""


def test_killed_half_way_the_old_is_there(full: Engine, saved: Path, tmp_path: Path) -> None:
    before, looks = contents(full), shape(full)
    env = os.environ | {
        "CDRSTATS_VAR_DIR": str(tmp_path / "a"),
        "CDRSTATS_DATABASE_URL": address(full),
    }
    half = tmp_path / "half"
    full.dispose()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, saved, half], cwd=ROOT, env=env, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    assert half.exists()
    assert (contents(full), shape(full)) == (before, looks)  # waits for what is undone
    assert on(tmp_path / "a", address(full))("restore", saved, "--replace").exit_code == 0


def test_calls_may_come_in_meanwhile(full: Engine, target: Engine, tmp_path: Path) -> None:
    stop = threading.Event()

    def call_after_call() -> None:
        while not stop.is_set():
            with full.begin() as conn:
                for _ in range(20):
                    add_staged(conn)
            mediation.mediate(full)
            drain(full)

    calling = threading.Thread(target=call_after_call)
    calling.start()
    try:
        time.sleep(0.3)
        done = on(tmp_path / "a", address(full))("backup", tmp_path / "b.zip", "--json")
        [made] = json.loads(done.stdout)
    finally:
        stop.set()
        calling.join()
    done = on(tmp_path / "a", address(target))("restore", tmp_path / "b.zip", "--json")
    assert done.exit_code == 0, done.stderr
    [restored] = json.loads(done.stdout)
    assert restored["calls"] == made["calls"] >= CALLS
    assert restored["differences"] == 0


def test_nobody_reads_the_password_in_the_list_of_processes(
    full: Engine, tmp_path: Path, target: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = subprocess.Popen
    seen: list[list[str]] = []

    def watched(*args: object, **kwargs: object) -> object:
        process = start(*args, **kwargs)  # type: ignore[call-overload]
        seen.append(eventually(psutil.Process(process.pid).cmdline))
        return process

    monkeypatch.setattr(subprocess, "Popen", watched)
    with full.begin() as conn:
        conn.execute(text("CREATE ROLE cdrstats_test_ps LOGIN SUPERUSER PASSWORD 'pass-word'"))
    try:
        for engine, words in ((full, ["backup"]), (target, ["restore"])):
            url = engine.url.set(
                drivername="postgresql", username="cdrstats_test_ps", password="pass-word"
            ).render_as_string(hide_password=False)
            done = on(tmp_path / "a", url)(*words, tmp_path / "b.zip")
            assert done.exit_code == 0, done.stderr
    finally:
        administer(address(full), "DROP OWNED BY cdrstats_test_ps CASCADE")
        administer(address(target), "DROP OWNED BY cdrstats_test_ps CASCADE")
        administer(address(full), "DROP ROLE cdrstats_test_ps")
    names = {"pg_dump", "pg_restore", "psql"}
    assert {Path(words[0]).name for words in seen} == names
    assert "pass-word" not in str(seen)
