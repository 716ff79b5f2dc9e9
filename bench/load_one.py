"""Import one file and say how long it took and how much memory; `python -m bench.load_one`."""

import json
import resource
import sys
import time
from pathlib import Path

from bench.fill import refresh
from cdrstats.db.engine import make_engine
from cdrstats.intake import load_file


def main(url: str, path: str) -> None:
    engine = make_engine(url, "cdrstats-bench")
    started = time.perf_counter()
    report = load_file(engine, Path(path), switch="pbx-bench", timezone="Europe/Madrid")
    loaded = time.perf_counter()
    while refresh(engine):
        pass
    counted = time.perf_counter()
    engine.dispose()
    done = {
        "seconds": counted - started,
        "count_s": counted - loaded,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "read": report.read,
    }
    print(json.dumps(done))


main(*sys.argv[1:])
