"""Import one file and say how long it took and how much memory; `python -m bench.load_one`."""

import json
import re
import sys
import time
from pathlib import Path

from cdrstats.aggregates.draining import drain
from cdrstats.db.engine import make_engine
from cdrstats.intake import load_file


def _peak_mb() -> float:
    """The most memory that this program had; getrusage would tell its parent's, if larger."""
    status = Path("/proc/self/status").read_text("ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def main(url: str, path: str) -> None:
    engine = make_engine(url, "cdrstats-bench")
    started = time.perf_counter()
    report = load_file(engine, Path(path), switch="pbx-bench", timezone="Europe/Madrid")
    loaded = time.perf_counter()
    drain(engine)
    counted = time.perf_counter()
    engine.dispose()
    done = {
        "seconds": counted - started,
        "count_s": counted - loaded,
        "peak_mb": _peak_mb(),
        "read": report.read,
    }
    print(json.dumps(done))


main(*sys.argv[1:])
