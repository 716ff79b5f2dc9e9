"""A throw-away server for the tests: our own starter, in a folder of its own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cdrstats.db.embedded import Cluster
from cdrstats.db.embedded.account import server_account
from cdrstats.db.embedded.binaries import reachable

FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "autovacuum_naptime": "1h",
}


def quiet(_: str) -> None:
    """Tests have nobody to tell."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that the server's user can walk through, removed afterwards.

    It is in /tmp, whatever TMPDIR says: as root, pytest's own folders are closed to that user.
    """
    folder = Path(tempfile.mkdtemp(prefix="cdrstats-test-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            folder.chmod(0o711)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def scratch_cluster(version: str = "18") -> Iterator[Cluster]:
    """A cluster that is not started yet; stopped and removed afterwards."""
    with scratch_folder() as folder:
        account = server_account(folder / "home")
        programs = reachable(version, account)
        cluster = Cluster(folder / "home", account, programs, version, FAST)
        cluster.make_home()
        try:
            yield cluster
        finally:
            cluster.stop(quiet)


@contextmanager
def scratch_server(version: str = "18") -> Iterator[str]:
    """The URL of a running PostgreSQL `version` in which databases may be made."""
    with scratch_cluster(version) as cluster:
        cluster.ensure_running(quiet)
        yield cluster.url("postgres")
