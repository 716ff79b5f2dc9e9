"""The processes that `up` runs: started, watched, started again, and ended with it."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import psutil

from cdrstats.cli.common import say
from cdrstats.folders import private_folder

ROOT = Path(__file__).resolve().parent.parent.parent
"""The clone: `app.py` and `jobs` are found from here."""

END_S = 10.0
"""How long a process may take to end by itself."""

STEADY_S = 60.0
"""A process that lived this long is started again at once."""

LONGEST_WAIT_S = 60.0
MOST_WORDS = 1_000_000
PR_SET_PDEATHSIG = 1


class Child:
    """One process; what it prints goes to `var/log/<name>.out`, its log is its own."""

    def __init__(
        self, name: str, args: Sequence[str], var_dir: Path, terminal: bool = False
    ) -> None:
        """Start it.

        Args:
            args: of Python.
            terminal: let it speak to the person, on stderr; it is not started again.
        """
        self.name = name
        self.deaths = 0  # in a row
        self._args = args
        self._var_dir = var_dir
        self._terminal = terminal
        self._again_at: float | None = None
        self._start()

    def _start(self) -> None:
        self._again_at = None
        self._started_at = time.monotonic()
        with contextlib.ExitStack() as stack:
            out: int | IO[bytes] = sys.stderr.fileno()
            if not self._terminal:
                out = stack.enter_context(_words(self._var_dir, self.name))
            self.process = subprocess.Popen(
                [sys.executable, *self._args],
                cwd=ROOT,
                env={
                    **os.environ,
                    "CDRSTATS_VAR_DIR": str(self._var_dir),
                    "PYTHONUNBUFFERED": "1",
                },
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C is for `up`, which ends them in order
                preexec_fn=_dies_with(os.getpid()),
            )

    def watch(self) -> None:
        """If it died, say so, and start it again, later each time."""
        if self._again_at is not None:
            if time.monotonic() >= self._again_at:
                self._start()
            return
        status = self.process.poll()
        if status is None:
            return
        steady = time.monotonic() - self._started_at > STEADY_S
        self.deaths = 1 if steady else self.deaths + 1
        wait = 0.0 if steady else min(LONGEST_WAIT_S, 2.0 ** (self.deaths - 1))
        self._again_at = time.monotonic() + wait
        how = f"status {status}" if status >= 0 else f"signal {-status}"
        say(f"{self.name} ended with {how}; it is started again in {wait:.0f} s.")
        for line in self.last_words():
            say(f"  {line}")

    def last_words(self) -> list[str]:
        path = self._var_dir / "log" / f"{self.name}.out"
        lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
        return [line for line in lines if line.strip()][-5:]


def end(children: Sequence[Child]) -> None:
    """End `children` in good order, the slow ones by force."""
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            child.process.terminate()
    deadline = time.monotonic() + END_S
    for child in children:
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"{child.name} does not end by itself: it is killed.")
            child.process.kill()
            child.process.wait()


def note(children: Sequence[Child], path: Path) -> None:
    """Write down who runs, for `end_leftovers` of the next start."""
    rows = []
    for child in children:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(child.process.pid)
            rows.append(
                {"name": child.name, "pid": process.pid, "created": process.create_time()}
            )
    new = path.with_suffix(".new")
    new.write_text(json.dumps(rows), encoding="utf-8")
    os.replace(new, path)


def end_leftovers(path: Path) -> None:
    """End what an `up` that was killed has left, if it is the same processes still."""
    left = [process for row in _noted(path) if (process := _same(row))]
    if not left:
        return
    say("Ending what an earlier start has left ...")
    for process in left:
        _signal(process, process.terminate)
    _, left = psutil.wait_procs(left, timeout=END_S)
    for process in left:
        _signal(process, process.kill)
    psutil.wait_procs(left, timeout=END_S)


def _noted(path: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads(path.read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        return []


def _same(row: dict[str, Any]) -> psutil.Process | None:
    """The live process that `row` tells of: its number alone may be another's by now."""
    try:
        process = psutil.Process(int(row["pid"]))
        if (
            abs(process.create_time() - float(row["created"])) < 1
            and process.status() != psutil.STATUS_ZOMBIE
        ):
            return process
    except (psutil.Error, KeyError, ValueError):
        pass
    return None


def _signal(process: psutil.Process, send: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.Error):
        send()


def _words(var_dir: Path, name: str) -> IO[bytes]:
    """Where a child prints; begun anew when it has grown long."""
    path = private_folder(var_dir, "log") / f"{name}.out"
    long = path.exists() and path.stat().st_size > MOST_WORDS
    return path.open("wb" if long else "ab")


def _dies_with(parent: int) -> Callable[[], None] | None:
    """What a child does first: ask the kernel for SIGTERM when we die, even by `kill -9`."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # too late
            os._exit(1)

    return ask
