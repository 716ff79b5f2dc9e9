"""A disk that is full, played by a limit on the size of files: a sentence, and nothing lost."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .asterisk import master_csv, master_line
from .embedded import scratch_folder

ROOT = Path(__file__).parent.parent
CALLS = 45_000
ROOM = 17_400_000
"""Bytes a file may have: room for a segment of PostgreSQL's log, not for so many calls."""

pytestmark = pytest.mark.slow


@pytest.fixture
def installation() -> Iterator[dict[str, str]]:
    """The environment of an installation of its own; its server is stopped afterwards."""
    with scratch_folder() as folder:
        env = os.environ | {
            "CDRSTATS_VAR_DIR": str(folder / "var"),
            "PYTHONUNBUFFERED": "1",  # as in containers: what is written is written in parts
        }
        env.pop("CDRSTATS_DATABASE_URL", None)
        yield env
        run(env, "db", "stop")


def run(
    env: dict[str, str], *words: str, room: int | None = None
) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        if room is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    return subprocess.run(
        [sys.executable, "-m", "cdrstats", *words],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=False,
    )


def test_a_load_that_finds_no_room_goes_on_when_there_is(
    installation: dict[str, str], tmp_path: Path
) -> None:
    lines = [
        master_line(n, f"2026-03-10 {n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}")
        for n in range(CALLS)
    ]
    path = tmp_path / "Master.csv"
    path.write_text(master_csv(*lines))

    full = run(installation, "file", "load", str(path), "--switch", "pbx1", room=ROOM)
    assert full.returncode == 2
    assert "The database says" in full.stderr
    assert "Traceback" not in full.stderr

    again = run(installation, "file", "load", str(path), "--switch", "pbx1", "--json")
    assert again.returncode == 0, again.stderr
    (report,) = json.loads(again.stdout)
    assert (report["read"], report["imported"], report["duplicates"]) == (CALLS, CALLS, 0)

    for form in ("csv", "jsonl", "json", "xlsx", "parquet"):
        out = tmp_path / f"calls.{form}"
        words = ("calls", "export", "--format", form, "--output", str(out))
        cut = run(installation, *words, room=50_000)
        assert (cut.returncode, out.exists()) == (2, False), form
        assert "Traceback" not in cut.stderr
