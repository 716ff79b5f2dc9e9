"""What was measured: printed as a table, written as JSON."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison. `ratio` and `met` are None where nothing is promised."""

    part: str
    what: str
    stored: int  # calls
    ours: float
    unit: str  # of `ours` and `theirs`: ms, s, MB
    against: str = ""
    theirs: float | None = None
    ratio: float | None = None
    must: str = ""
    met: bool | None = None


def median_ms(work: Callable[[], object], times: int = 5, most_s: float = 20) -> float:
    """The median of up to `times` runs in milliseconds, after one that is not counted.

    Slow work is repeated less: no run begins once `most_s` seconds were spent.
    """
    began = time.perf_counter()
    work()
    if time.perf_counter() - began > most_s / 2:
        return (time.perf_counter() - began) * 1000
    taken = []
    while len(taken) < times and (not taken or time.perf_counter() - began < most_s):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def p95(taken: Sequence[float]) -> float:
    """The value that 95 % of `taken` do not exceed."""
    return sorted(taken)[min(len(taken) - 1, round(len(taken) * 0.95))]


def timed_s(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def table(lines: list[Line]) -> str:
    head = ("part", "what", "stored", "ours", "against", "theirs", "ratio", "must reach", "")
    rows = [head] + [
        (
            line.part,
            line.what,
            f"{line.stored:,}",
            _figure(line.ours, line.unit),
            line.against,
            _figure(line.theirs, line.unit),
            "" if line.ratio is None else f"{line.ratio:,.2f}",
            line.must,
            {True: "yes", False: "NO", None: ""}[line.met],
        )
        for line in lines
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    right = {2, 3, 5, 6}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _figure(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:,.{1 if value < 1000 else 0}f} {unit}"


def machine() -> dict[str, Any]:
    """Where the figures come from."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_1_min": round(os.getloadavg()[0], 2),
    }


def write(path: Path, lines: list[Line], about: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {**about, "lines": [asdict(line) for line in lines]}
    path.write_text(json.dumps(content, indent=1, default=str) + "\n", encoding="utf-8")
