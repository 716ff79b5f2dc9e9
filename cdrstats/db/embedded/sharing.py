"""Many processes, one server: who comes first starts it, who leaves last stops it.

Each user of the server holds a shared file lock for its life. Such a lock ends with its
process, however that ends, so a `kill -9` leaves no trace that would have to be cleaned up.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from cdrstats.db.embedded.account import PATIENCE_S
from cdrstats.db.embedded.cluster import Cluster, Tell
from cdrstats.errors import ServerTrouble


@contextmanager
def shared(cluster: Cluster, tell: Tell) -> Iterator[str]:
    """The URL of a running server, which runs at least as long as this context."""
    with _gate(cluster, tell):
        seat = _open(cluster, "users.lock")
        fcntl.flock(seat, fcntl.LOCK_SH)
        try:
            cluster.ensure_running(tell)
        except BaseException:
            _leave(cluster, seat, tell)
            raise
    try:
        yield cluster.url()
    finally:
        with _gate(cluster, tell):
            _leave(cluster, seat, tell)


def _leave(cluster: Cluster, seat: int, tell: Tell) -> None:
    """Give the seat back; the last to do so stops the server."""
    os.close(seat)
    if not is_kept(cluster) and not _in_use(cluster):
        cluster.stop(tell)


def revive(cluster: Cluster, tell: Tell) -> None:
    """Start the server again if it was killed."""
    with _gate(cluster, tell):
        cluster.ensure_running(tell)


def keep(cluster: Cluster) -> None:
    """Let the server run on after the last of its users."""
    os.close(_open(cluster, "keep"))


def is_kept(cluster: Cluster) -> bool:
    return (cluster.home / "keep").exists()


def stop(cluster: Cluster, tell: Tell, force: bool = False) -> bool:
    """Stop the server; say whether it ran.

    Raises:
        ServerTrouble: others use it, and `force` is not given.
    """
    with _gate(cluster, tell):
        if not force and _in_use(cluster):
            who = ", ".join(users(cluster)) or "another command"
            raise ServerTrouble(
                f"The server is in use by {who}. Stop that first, or say --force."
            )
        (cluster.home / "keep").unlink(missing_ok=True)
        ran = cluster.is_running()
        cluster.stop(tell)
        return ran


def users(cluster: Cluster) -> list[str]:
    """The processes that use the server, as "python -m cdrstats up (4711)"."""
    try:
        inode = (cluster.home / "users.lock").stat().st_ino
        locks = Path("/proc/locks").read_text("ascii").splitlines()
    except OSError:  # nobody yet, or not Linux
        return []
    found = []
    for line in locks:
        # 1: FLOCK  ADVISORY  READ  4711 fe:00:131096 0 EOF
        cells = line.split()
        if cells[1] == "FLOCK" and cells[5].rpartition(":")[2] == str(inode):
            found.append(_named(int(cells[4])))
    return sorted(set(found))


def _named(pid: int) -> str:
    try:
        words = psutil.Process(pid).cmdline()
    except psutil.Error:
        return f"process {pid}"
    return f"{' '.join([Path(words[0]).name, *words[1:]])} ({pid})" if words else str(pid)


@contextmanager
def _gate(cluster: Cluster, tell: Tell) -> Iterator[None]:
    """Hold the lock under which the server is started and stopped."""
    gate = _open(cluster, "gate.lock")
    try:
        began, told = time.monotonic(), False
        while not _try_exclusive(gate):
            if not told and time.monotonic() - began > PATIENCE_S:
                told = True
                tell("Another command is starting or stopping PostgreSQL; waiting for it ...")
            time.sleep(0.02)
        yield
    finally:
        os.close(gate)


def _in_use(cluster: Cluster) -> bool:
    seat = _open(cluster, "users.lock")
    try:
        return not _try_exclusive(seat)
    finally:
        os.close(seat)


def _try_exclusive(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open(cluster: Cluster, name: str) -> int:
    """Open a file in the cluster's home, made when it is not there."""
    path = cluster.home / name
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    cluster.account.own(path)
    return file
