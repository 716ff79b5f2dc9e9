"""`up` as a person meets it: one line when the page answers, and nothing left when it ends."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from .embedded import scratch_folder
from .waiting import eventually

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Installation:
    """A data folder and a port of its own, and what was started on them."""

    var_dir: Path
    port: int = field(default_factory=free_port)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        plain = {k: v for k, v in os.environ.items() if not k.startswith("CDRSTATS_")}
        return {
            **plain,
            "CDRSTATS_VAR_DIR": str(self.var_dir),
            "CDRSTATS_PORT": str(self.port),
            "CDRSTATS_DEMO": "off",
        }

    def start(self, *args: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "cdrstats", *args],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Whoever runs the tests in the background has us ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.started.append(process)
        return process

    def up(self) -> subprocess.Popen[str]:
        """Start `up`, and wait for its lines: where the page is, and how one comes in."""
        process = self.start("up")
        assert process.stdout
        line = process.stdout.readline()
        if not line:
            pytest.fail(f"up said nothing: {process.communicate()[1]}")
        address = f"http://localhost:{self.port}"
        assert line == f"CDR-Stats is running at {address}\n"
        link = f"Choose the password of admin at {address}/link/"
        assert re.fullmatch(re.escape(link) + r"[\w-]{43}\n", process.stdout.readline())
        return process

    def processes(self) -> list[psutil.Process]:
        """All that belongs to this installation, the server too."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                inside = Path(process.cwd()).is_relative_to(self.var_dir)
                if inside or process.environ().get("CDRSTATS_VAR_DIR") == str(self.var_dir):
                    found.append(process)
        return found

    def part(self, name: str) -> psutil.Process | None:
        """The process that runs `streamlit`, `jobs` or `postgres`."""
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                words = process.cmdline()  # none of a process that is just ending
                if name in words or "".join(words[:1]).endswith(f"bin/{name}"):
                    return process
        return None

    def wait_until_all_is_gone(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert left == []

    def get(self, path: str) -> tuple[int, str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as page:
            return page.status, page.read().decode()

    def is_well(self) -> bool:
        """Whether the page answers, and its database does."""
        with contextlib.suppress(OSError):
            return self.get("/healthz") == (200, '{"status":"ok","database":"ok"}')
        return False


def finish(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str, str]:
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.fixture
def installation() -> Iterator[Installation]:
    with scratch_folder() as folder:
        one = Installation(folder / "var")
        yield one
        for process in one.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()
        for started in one.started:
            started.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_when_it_says_so_and_leaves_nothing(
    installation: Installation, number: signal.Signals
) -> None:
    up = installation.up()
    assert installation.get("/healthz") == (200, '{"status":"ok","database":"ok"}')
    assert installation.get("/login")[0] == 200

    status, out, err = finish(up, number)

    assert (status, out) == (0, "")
    assert err.endswith("Stopping ...\nStopped.\n") or "stops ..." in err
    assert installation.processes() == []


def test_the_second_says_what_is_running_and_goes(installation: Installation) -> None:
    first = installation.up()

    second = installation.start("up")
    out, _ = second.communicate(timeout=30)

    assert second.returncode == 0
    assert out == (
        f"CDR-Stats is already running at http://localhost:{installation.port}"
        f" (process {first.pid}).\n"
    )
    assert installation.get("/healthz")[0] == 200


def test_a_port_that_is_taken_is_told_before_anything_starts(
    installation: Installation,
) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", installation.port))
        squatter.listen()
        up = installation.start("up")
        _, err = up.communicate(timeout=30)
    assert up.returncode == 2
    assert "CDRSTATS_PORT" in err
    assert not (installation.var_dir / "postgres").exists()


def test_a_wrong_setting_is_told_before_anything_starts(installation: Installation) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "cdrstats", "up"],
        cwd=ROOT,
        env={**installation.env, "CDRSTATS_TIMEZONE": "Mars/Olympus"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 2
    assert process.stderr.startswith("CDRSTATS_TIMEZONE='Mars/Olympus': wants an IANA")
    assert not installation.var_dir.exists()


def test_after_a_kill_9_of_up_the_others_end_and_it_starts_again(
    installation: Installation,
) -> None:
    installation.up().kill()
    installation.wait_until_all_is_gone()

    up = installation.up()
    assert finish(up, signal.SIGTERM)[0] == 0


def test_after_a_kill_9_of_everything_it_starts_again(installation: Installation) -> None:
    installation.up()
    for process in installation.processes():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    installation.wait_until_all_is_gone()

    up = installation.up()
    assert installation.get("/healthz")[0] == 200
    assert finish(up, signal.SIGTERM)[0] == 0


def test_what_dies_is_started_again(installation: Installation) -> None:
    up = installation.up()
    for part in ("streamlit", "jobs", "postgres"):
        victim = installation.part(part)
        assert victim
        victim.kill()
        eventually(lambda part=part, old=victim: installation.part(part) not in (None, old))
        eventually(installation.is_well)

    _, _, err = finish(up, signal.SIGTERM)
    assert "web ended with signal 9" in err
    assert "jobs ended with signal 9" in err
    assert installation.processes() == []


def test_a_server_that_db_start_left_is_used_and_left(installation: Installation) -> None:
    assert installation.start("db", "start").wait(60) == 0
    up = installation.up()
    assert finish(up, signal.SIGTERM)[0] == 0
    assert installation.processes() != []
    assert installation.start("db", "stop").wait(60) == 0
    assert installation.processes() == []
