"""The server's processes, told from strangers that happen to have their numbers."""

import contextlib
import signal
import time
from pathlib import Path

import psutil

QUIT_S = 5.0


def find_postmaster(data: Path) -> psutil.Process | None:
    """The server that runs on `data`, maybe still starting; None if none does."""
    process = _named_in(data / "postmaster.pid")
    return process if process and _serves(process, data) else None


def socket_of(data: Path) -> Path | None:
    """The folder of the socket of the server that runs on `data`."""
    lines = _lines(data / "postmaster.pid")
    return Path(lines[4]) if len(lines) > 4 and lines[4] else None


def end_leftovers(data: Path, socket: Path) -> None:
    """Clear away what a killed server on `data` left; its socket is in the folder `socket`.

    Its processes end by themselves, but one in a long query only after it, and until then a
    new server refuses to start. So it does when a process number in its lock files is in use
    again by a stranger, or by a dead process that nobody has buried (in a container).
    """
    left = [process for process in psutil.process_iter() if _serves(process, data)]
    for process in left:
        _send(process, signal.SIGQUIT)
    _, left = psutil.wait_procs(left, timeout=QUIT_S)
    for process in left:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(left, timeout=QUIT_S)
    for lock in (data / "postmaster.pid", socket / ".s.PGSQL.5432.lock"):
        if _named_in(lock):
            lock.unlink()


def _serves(process: psutil.Process, data: Path) -> bool:
    """Whether `process` is a live part of the server on `data`: they all work in there."""
    try:
        return (
            process.name().startswith("postgres")
            and process.status() != psutil.STATUS_ZOMBIE
            and Path(process.cwd()) == data.resolve()
        )
    except psutil.Error:
        return False


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.Error):
        process.send_signal(number)


def _named_in(lock: Path) -> psutil.Process | None:
    """The process, whosever it is, that has the number in a lock file of PostgreSQL's."""
    lines = _lines(lock)
    try:
        return psutil.Process(abs(int(lines[0]))) if lines else None
    except (ValueError, psutil.NoSuchProcess):
        return None


def _lines(lock: Path) -> list[str]:
    for _ in range(3):  # it is written in two steps
        try:
            lines = lock.read_text("utf-8").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []
        if lines:
            return lines
        time.sleep(0.05)
    return []
