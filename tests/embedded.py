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
def scratch_cluster(version: str = "18") -> Iterator[Cluster]:
    """A cluster that is not started yet, in a private folder that is removed afterwards.

    As root it is run by the same unprivileged user as an installation is. The folder is in
    /tmp, which that user can enter, whatever TMPDIR says.
    """
    scratch = Path(tempfile.mkdtemp(prefix="cdrstats-test-", dir="/tmp"))
    try:
        account = server_account(scratch / "home")
        if account.uid != os.geteuid():
            scratch.chmod(0o711)
        cluster = Cluster(scratch / "home", account, reachable(version, account), version, FAST)
        cluster.make_home()
        try:
            yield cluster
        finally:
            cluster.stop(quiet)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def scratch_server(version: str = "18") -> Iterator[str]:
    """The URL of a running PostgreSQL `version` in which databases may be made."""
    with scratch_cluster(version) as cluster:
        cluster.ensure_running(quiet)
        yield cluster.url("postgres")
