"""The server's processes, told from strangers that happen to have their numbers."""

import contextlib
import signal
import time
from pathlib import Path

import psutil

QUIT_S = 5.0


def find_postmaster(data: Path) -> psutil.Process | None:
    """The server that runs on `data`, maybe still starting; None if none does.

    A file left by a server that was killed is removed if its process number is somebody
    else's by now: PostgreSQL itself would refuse to start.
    """
    lines = _pid_file(data)
    if not lines or not lines[0].lstrip("-").isdigit():
        return None
    try:
        process = psutil.Process(abs(int(lines[0])))
        if _serves(process, data):
            return process
        if process.is_running():
            (data / "postmaster.pid").unlink(missing_ok=True)
    except psutil.NoSuchProcess:
        pass
    return None


def socket_of(data: Path) -> Path | None:
    """The folder of the socket of the server that runs on `data`."""
    lines = _pid_file(data)
    return Path(lines[4]) if len(lines) > 4 and lines[4] else None


def end_leftovers(data: Path) -> None:
    """End the processes of a server on `data` whose postmaster was killed.

    They end by themselves, but one in a long query only after it, and until then a new server
    refuses to start.
    """
    left = [process for process in psutil.process_iter() if _serves(process, data)]
    for process in left:
        _send(process, signal.SIGQUIT)
    _, left = psutil.wait_procs(left, timeout=QUIT_S)
    for process in left:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(left, timeout=QUIT_S)


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


def _pid_file(data: Path) -> list[str]:
    for _ in range(3):  # it is written in two steps
        try:
            lines = (data / "postmaster.pid").read_text("utf-8").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []
        if lines:
            return lines
        time.sleep(0.05)
    return []
