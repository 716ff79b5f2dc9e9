"""The embedded server: private, shared, and none the worse for a `kill -9`."""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg2
import pytest

from cdrstats.db import embedded
from cdrstats.db.embedded import Cluster
from cdrstats.db.embedded.binaries import SYSTEM_FOLDER
from cdrstats.db.embedded.config import GB, MB, server_settings
from cdrstats.db.embedded.place import find_cluster
from cdrstats.db.embedded.processes import find_postmaster
from cdrstats.errors import ServerTrouble

from .embedded import quiet, scratch_cluster, scratch_folder

ROOT = Path(__file__).parent.parent
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as another user")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with scratch_cluster() as fresh:
        yield fresh


def ask(cluster: Cluster, statement: str) -> object:
    conn = psycopg2.connect(cluster.url())
    try:
        conn.autocommit = True
        with conn.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        conn.close()


def kill_9(cluster: Cluster, with_children: bool = True) -> None:
    postmaster = find_postmaster(cluster.data)
    assert postmaster
    children = postmaster.children() if with_children else []
    for process in [postmaster, *children]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    deadline = time.monotonic() + 10
    while cluster.is_running() and time.monotonic() < deadline:
        time.sleep(0.01)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_it_is_private_speaks_utc_and_listens_on_no_port(cluster: Cluster) -> None:
    cluster.ensure_running(quiet)

    assert mode(cluster.home) == mode(cluster.data) == 0o700
    assert mode(cluster.home / "password") == 0o600
    assert cluster.home.stat().st_uid == cluster.account.uid != 0
    assert ask(cluster, "SHOW listen_addresses") == ""
    assert ask(cluster, "SHOW TimeZone") == "UTC"
    assert ask(cluster, "SHOW server_encoding") == "UTF8"
    assert ask(cluster, "SHOW password_encryption") == "scram-sha-256"
    assert (
        ask(cluster, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method = 'trust'") == 0
    )
    postmaster = find_postmaster(cluster.data)
    assert postmaster
    assert postmaster.uids().effective == cluster.account.uid


def test_nobody_comes_in_without_the_password(cluster: Cluster) -> None:
    cluster.ensure_running(quiet)
    password = (cluster.home / "password").read_text("ascii").strip()
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(cluster.url().replace(password, "guess"))


def test_what_was_committed_survives_a_kill_9_of_everything(cluster: Cluster) -> None:
    cluster = replace(cluster, overrides={})  # with fsync, as in earnest
    cluster.ensure_running(quiet)
    ask(cluster, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    kill_9(cluster)
    assert not cluster.is_running()

    cluster.ensure_running(quiet)
    assert ask(cluster, "SELECT count(*) FROM kept") == 1000


def test_a_query_that_outlives_its_postmaster_does_not_block_the_next(cluster: Cluster) -> None:
    cluster.ensure_running(quiet)
    conn = psycopg2.connect(cluster.url())
    busy = "SELECT count(*) FROM generate_series(1, 2000000000) AS n"

    def query() -> None:
        with contextlib.suppress(psycopg2.Error), conn.cursor() as cursor:
            cursor.execute(busy)

    thread = threading.Thread(target=query)
    thread.start()
    time.sleep(0.5)
    kill_9(cluster, with_children=False)

    cluster.ensure_running(quiet)
    assert ask(cluster, "SELECT 1") == 1
    thread.join(10)
    assert not thread.is_alive()
    conn.close()


def test_a_number_in_the_lock_file_that_is_a_strangers_by_now(cluster: Cluster) -> None:
    cluster.ensure_running(quiet)
    pid_file = cluster.data / "postmaster.pid"
    lines = pid_file.read_text("utf-8").splitlines()
    kill_9(cluster)
    stranger = subprocess.Popen(["/bin/sleep", "60"], cwd="/", **cluster.account.popen_as())
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n", "utf-8")
        assert not cluster.is_running()
        cluster.ensure_running(quiet)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_first_start_that_was_cut_short_is_done_again(cluster: Cluster) -> None:
    (cluster.home / "data.new-0" / "base").mkdir(parents=True)
    cluster.ensure_running(quiet)
    assert not (cluster.home / "data.new-0").exists()


def test_the_last_to_leave_stops_the_server(cluster: Cluster) -> None:
    with embedded.shared(cluster, quiet):
        with embedded.shared(cluster, quiet) as url:
            psycopg2.connect(url).close()
        assert cluster.is_running()
    assert not cluster.is_running()


def test_a_kept_server_stays(cluster: Cluster) -> None:
    with embedded.shared(cluster, quiet):
        embedded.keep(cluster)
    assert cluster.is_running()
    assert embedded.stop(cluster, quiet)
    assert not embedded.is_kept(cluster)
    assert not embedded.stop(cluster, quiet)


def test_a_server_in_use_is_not_stopped_unasked(cluster: Cluster) -> None:
    with embedded.shared(cluster, quiet):
        with pytest.raises(ServerTrouble, match=rf"in use by .*\({os.getpid()}\)"):
            embedded.stop(cluster, quiet)
        assert embedded.stop(cluster, quiet, force=True)
        embedded.revive(cluster, quiet)
        assert cluster.is_running()


def test_a_user_that_is_killed_leaves_no_trace() -> None:
    with scratch_folder() as folder:
        script = (
            "import sys; from pathlib import Path; from cdrstats.db import embedded\n"
            f"cluster = embedded.find_cluster(Path({str(folder / 'var')!r}), print)\n"
            "with embedded.shared(cluster, print):\n"
            "    print('in', flush=True); sys.stdin.read()\n"
        )
        first = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert first.stdout
        assert first.stdin
        while first.stdout.readline() != "in\n":
            assert first.poll() is None
        first.kill()
        first.wait()
        first.stdin.close()
        first.stdout.close()

        cluster = find_cluster(folder / "var", quiet)
        assert cluster.is_running()
        with embedded.shared(cluster, quiet):
            pass
        assert not cluster.is_running()


def test_two_commands_at_the_same_moment_share_one_server() -> None:
    with scratch_folder() as folder:
        command = [sys.executable, "-m", "cdrstats", "db", "shell", "--", "-Atc", "SELECT 7"]
        env = {**os.environ, "CDRSTATS_VAR_DIR": str(folder / "var")}
        env.pop("CDRSTATS_DATABASE_URL", None)
        both = [
            subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        assert [one.communicate(timeout=60)[0] for one in both] == ["7\n", "7\n"]
        assert not find_cluster(folder / "var", quiet).is_running()


def test_data_of_another_version_is_refused_in_plain_words(cluster: Cluster) -> None:
    cluster.ensure_running(quiet)
    cluster.stop(quiet)
    (cluster.data / "PG_VERSION").write_text("17\n", "ascii")
    with pytest.raises(ServerTrouble, match=r"made by PostgreSQL 17.*PostgreSQL 18"):
        cluster.ensure_running(quiet)
    (cluster.data / "PG_VERSION").write_text("18\n", "ascii")


def test_a_setting_that_the_server_refuses_is_quoted(cluster: Cluster) -> None:
    cluster.ensure_running(quiet)
    cluster.stop(quiet)
    with (cluster.data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("max_connections = 'many'\n")
    with pytest.raises(ServerTrouble, match=r"does not start: .*configuration"):
        cluster.ensure_running(quiet)


def test_a_long_path_has_its_socket_in_a_private_folder_of_tmp(cluster: Cluster) -> None:
    far = replace(cluster, home=cluster.home / ("x" * 90))
    far.make_home()
    folder = Path("/tmp") / far.socket.name
    assert far.socket == folder
    far.ensure_running(quiet)
    try:
        assert mode(folder) == 0o700
        assert folder.stat().st_uid == cluster.account.uid
        assert ask(far, "SELECT 1") == 1
    finally:
        far.stop(quiet)
    assert not folder.exists()

    folder.mkdir()
    folder.chmod(0o777)  # somebody stands in for the server
    try:
        with pytest.raises(ServerTrouble, match="not a private folder"):
            far.ensure_running(quiet)
    finally:
        folder.rmdir()


@as_root
def test_a_folder_closed_to_the_servers_user_stays_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    told: list[str] = []
    cluster = find_cluster(tmp_path / "var", told.append)
    try:
        assert cluster.home.parent == SYSTEM_FOLDER
        assert "who cannot enter" in told[0]
        assert mode(tmp_path) == 0o700
        assert mode(cluster.home) == 0o700

        told.clear()
        assert find_cluster(tmp_path / "var", told.append) == cluster
        assert told == []
        with embedded.shared(cluster, quiet):
            assert ask(cluster, "SELECT 1") == 1
    finally:
        shutil.rmtree(cluster.home)


@as_root
def test_somebody_elses_cluster_is_run_as_that_user() -> None:
    with scratch_folder() as folder:
        home = folder / "var" / "postgres"
        home.mkdir(parents=True, mode=0o711)
        home.parent.chmod(0o711)
        os.chown(home, 65534, 65534)
        assert find_cluster(folder / "var", quiet).account.uid == 65534


def test_memory_is_an_eighth_of_the_machines_within_bounds() -> None:
    def buffers(memory: int) -> str:
        return server_settings(memory, GB, Path("/s"))["shared_buffers"]

    assert [buffers(512 * MB), buffers(4 * GB), buffers(64 * GB)] == [
        "128MB",
        "512MB",
        "1024MB",
    ]
    small = server_settings(GB, 64 * MB, Path("/s"))
    assert small["dynamic_shared_memory_type"] == "mmap"


def test_stopping_while_it_starts_leaves_no_server(cluster: Cluster) -> None:
    def interrupt(_: int, __: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.4)
    try:
        with pytest.raises(KeyboardInterrupt), embedded.shared(cluster, quiet):
            time.sleep(10)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert not cluster.is_running()
    with embedded.shared(cluster, quiet):
        assert ask(cluster, "SELECT 1") == 1


def test_no_port_is_opened(cluster: Cluster) -> None:
    cluster.ensure_running(quiet)
    postmaster = find_postmaster(cluster.data)
    assert postmaster
    connections = postmaster.net_connections(kind="inet")
    assert [one for one in connections if one.type == socket.SOCK_STREAM] == []
