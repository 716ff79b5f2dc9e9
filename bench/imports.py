"""The whole import of a file against raw COPY of the finished rows into an identical table."""

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from bench.fill import CALLS_A_DAY
from bench.results import Line, timed_s
from cdrstats.db.schema import voip_cdr
from cdrstats.demo.files import write
from cdrstats.demo.plan import plan
from cdrstats.demo.world import ASTERISK

ROUNDS = 3
MEMORY_MB = 300
PROMISED = 0.6

COLUMNS = ", ".join(column.name for column in voip_cdr.columns)


def measure(
    engine: Engine,
    twin: Engine,
    stored: int,
    calls: int,
    now: datetime,
    folder: Path,
    say: Callable[[str], None],
) -> list[Line]:
    """Import files into one database, and COPY what came of them into its twin.

    Args:
        engine, twin: two databases with the same calls, indexes and partitions.
        stored: calls in each.
        calls: in a file.
    """
    imports, copies, peaks = [], [], []
    for round_ in range(ROUNDS):
        later = now + (round_ + 1) * days_of(calls)  # as a switch's files follow each other
        path = asterisk_file(folder / f"Master-{round_}.csv", calls, round_, later)
        before = _last_import(engine)
        _checkpoint(engine)
        done = import_file(engine, path)
        imports.append(done["seconds"])
        peaks.append(done["peak_mb"])
        rows = folder / "rows.copy"
        count = _export(engine, rows, before)
        _checkpoint(twin)
        copies.append(timed_s(lambda rows=rows: _copy(twin, rows)))
        say(
            f"  {count:,} calls of a {path.stat().st_size / 1e6:.0f} MB file:"
            f" import {imports[-1]:.1f} s, of it {done['count_s']:.1f} s for the roll-ups;"
            f" raw COPY {copies[-1]:.1f} s,"
            f" {peaks[-1]:.0f} MB"
        )
        path.unlink()
        rows.unlink()
    ours, theirs = statistics.median(imports), statistics.median(copies)
    ratio = theirs / ours
    return [
        Line(
            "import",
            f"file of {calls:,} calls to roll-ups",
            stored,
            ours,
            "s",
            "raw COPY",
            theirs,
            ratio,
            f">= {PROMISED}",
            ratio >= PROMISED,
        ),
        Line(
            "import",
            "memory of the process, peak",
            stored,
            max(peaks),
            "MB",
            must=f"< {MEMORY_MB} MB",
            met=max(peaks) < MEMORY_MB,
        ),
    ]


def measure_big(
    engine: Engine, stored: int, now: datetime, folder: Path, size: int = 2**30
) -> list[Line]:
    """Import a file of `size` bytes: its time, and the memory that took."""
    path = folder / "big.csv"
    seed = 100
    with path.open("wb") as big:
        while big.tell() < size:
            earlier = now - (seed - 100) * days_of(200_000)
            part = asterisk_file(folder / "part.csv", 200_000, seed, earlier)
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, big)
            part.unlink()
            seed += 1
    done = import_file(engine, path)
    what = f"file of {path.stat().st_size / 1e6:,.0f} MB, {done['read']:,} calls"
    path.unlink()
    peak = done["peak_mb"]
    return [
        Line("import", what, stored, done["seconds"], "s"),
        Line(
            "import",
            f"{what}: memory, peak",
            stored,
            peak,
            "MB",
            must=f"< {MEMORY_MB} MB",
            met=peak < MEMORY_MB,
        ),
    ]


def days_of(calls: int) -> timedelta:
    """The whole days that so many calls take."""
    return timedelta(days=-(-calls // CALLS_A_DAY))


def asterisk_file(path: Path, calls: int, seed: int, now: datetime) -> Path:
    """A Master.csv of about `calls` calls, of the days until `now` that so many take."""
    days = days_of(calls).days
    drafts = path.with_suffix(".parts")
    traffic = plan(round(calls / ASTERISK.share), days, 1000 + seed, now)[0]
    with path.open("wb") as whole:
        for file in write([traffic], drafts):
            with file.path.open("rb") as stream:
                shutil.copyfileobj(stream, whole)
    shutil.rmtree(drafts)
    return path


def import_file(engine: Engine, path: Path) -> dict[str, Any]:
    """Import in a process of its own, as `file load` does: `seconds`, `peak_mb`, `read`."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-m", "bench.load_one", url, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def _last_import(engine: Engine) -> int:
    with engine.connect() as conn:
        return int(
            conn.execute(text("SELECT coalesce(max(id), 0) FROM cdr_import")).scalar_one()
        )


def _checkpoint(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("CHECKPOINT"))


def _export(engine: Engine, path: Path, after: int) -> int:
    """Write the calls that came of staged rows after `after` for COPY; return how many."""
    with engine.connect() as conn, path.open("wb") as stream:
        cursor = conn.connection.cursor()
        cursor.copy_expert(
            f"COPY (SELECT {COLUMNS} FROM voip_cdr WHERE import_id > {after:d}) TO STDOUT",
            stream,
        )
        return int(cursor.rowcount)


def _copy(engine: Engine, path: Path) -> None:
    with engine.begin() as conn, path.open("rb") as stream:
        conn.connection.cursor().copy_expert(f"COPY voip_cdr ({COLUMNS}) FROM STDIN", stream)
