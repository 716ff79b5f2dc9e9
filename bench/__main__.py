"""`python -m bench`: fill, measure, print, and write JSON into bench/results/."""

import argparse
import os
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from bench import (
    alarms,
    analysts,
    calls_page,
    concurrency,
    dashboard,
    digests,
    fill,
    fraud,
    imports,
    pages,
    people,
    processes,
    pushing,
    results,
    rollups,
    talkers,
)
from bench.results import Line
from bench.server import bench_server, database
from cdrstats.db.engine import make_engine
from cdrstats.db.migrate import upgrade

PARTS = ("dashboard", "calls", "concurrency", "roll-ups", "import")
BY_ITSELF = ("push",)
BY_THE_YEAR = (
    "people",
    "pages",
    "analysts",
    "processes",
    "talkers",
    "alarms",
    "digests",
    "fraud",
)
"""Parts that want the calls spread over a year; measured when asked for, or with 10 M."""

YEAR = timedelta(days=365)
SMALL = 1_000_000
RESULTS = Path(__file__).parent / "results"

_began = time.monotonic()


def say(sentence: str) -> None:
    print(f"{time.monotonic() - _began:6.0f} s  {sentence}", flush=True)


def main() -> None:
    options = _options()
    now = fill.just_now()
    sizes = [SMALL, options.calls] if options.calls > SMALL else [options.calls]
    lines: list[Line] = []
    machine = results.machine()
    with bench_server() as (server, folder):
        for size in sizes if set(options.only) & set(PARTS) else ():
            lines += measure(server, folder, size, now, options)
        if "roll-ups" in options.only:
            lines += rollups.growth(lines)
        if "push" in options.only:
            say("records by HTTP")
            lines += pushing.measure(server, folder, say)
        lines += measure_year(server, folder, options)
        about = {
            "at": datetime.now(UTC),
            "calls": options.calls,
            "machine": machine,
            "postgresql": _version(server),
            "seconds": round(time.monotonic() - _began),
        }
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d-%H%M}-{options.calls}.json"
    results.write(path, lines, about)
    print()
    print(results.table(lines))
    print()
    print(", ".join(f"{key} {value}" for key, value in machine.items()))
    say(f"written to {path}")


def measure(
    server: str, folder: Path, size: int, now: datetime, options: argparse.Namespace
) -> list[Line]:
    """All parts at one size."""
    lines: list[Line] = []
    with ExitStack() as stack:
        url = stack.enter_context(database(server, f"bench_{size}"))
        upgrade(url)
        engine = make_engine(url, "cdrstats-bench")
        say(f"storing {size:,} calls")
        fill.fill(engine, size, now)
        say("counting them for the roll-ups")
        slots = fill.count_up(engine)
        say(f"{slots:,} quarter-hours counted")
        if "dashboard" in options.only:
            say("dashboard")
            lines += dashboard.measure(engine, size, now, folder, say)
        if "calls" in options.only:
            say("calls page")
            lines += calls_page.measure(engine, size, say)
        if "concurrency" in options.only:
            say("calls at once")
            lines += concurrency.measure(engine, size, now, say)
        if "roll-ups" in options.only:
            say("roll-ups")
            lines += rollups.measure(engine, size, now, say)
        if "import" in options.only:
            say("import")
            engine.dispose()
            twin_url = stack.enter_context(
                database(server, f"bench_{size}_twin", f"bench_{size}")
            )
            twin = make_engine(twin_url, "cdrstats-bench")
            lines += imports.measure(engine, twin, size, options.file, now, folder, say)
            if options.gigabyte and size == options.calls:
                say("import of a file of 1 GB")
                lines += imports.measure_big(engine, size, now, folder)
            twin.dispose()
        engine.dispose()
    return lines


def measure_year(server: str, folder: Path, options: argparse.Namespace) -> list[Line]:
    """The parts that want the calls spread over a year, up to this moment."""
    wanted = [part for part in BY_THE_YEAR if part in options.only]
    if not wanted:
        return []
    lines: list[Line] = []
    now, size = datetime.now(UTC), options.calls
    with database(server, "bench_year") as url:
        upgrade(url)
        engine = make_engine(url, "cdrstats-bench")
        say(f"storing {size:,} calls of a year")
        fill.fill(engine, size, now, YEAR)
        say("counting them for the roll-ups")
        fill.count_up(engine)
        if "people" in wanted:
            say("people")
            lines += people.measure(engine, size, now, folder, say)
        if "pages" in wanted:
            say("pages")
            lines += pages.measure(engine, url, size, folder, say)
        if "analysts" in wanted:
            say("analysts")
            lines += analysts.measure(url, size, folder, say)
        if "processes" in wanted:
            say("two web processes")
            lines += processes.measure(url, size, folder, say)
        if "talkers" in wanted:
            say("callers and callees")
            lines += talkers.measure(engine, size, now, say)
        if "alarms" in wanted:
            say("back-tests of alarms")
            lines += alarms.measure(engine, size, now, say)
        if "digests" in wanted:
            say("digests")
            lines += digests.measure(engine, size, now, folder, say)
        if "fraud" in wanted:
            say("a minute of new calls under the fraud rules")
            lines += fraud.measure_minute(engine, size, now, say)
        engine.dispose()
    if "fraud" in wanted:
        say("attacks among ordinary calls")
        with database(server, "bench_fraud") as url:
            lines += fraud.measure_set(url, say)
    return lines


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--calls",
        type=int,
        default=int(os.environ.get("N") or SMALL),
        help="calls to store; above 1 M, all is measured at 1 M as well (default: N, or 1 M)",
    )
    parser.add_argument(
        "--file", type=int, default=300_000, help="calls of the file that is imported"
    )
    parser.add_argument(
        "--only",
        type=lambda given: given.split(","),
        default=(*PARTS, *BY_ITSELF, *BY_THE_YEAR),
        help=", ".join((*PARTS, *BY_ITSELF, *BY_THE_YEAR)),
    )
    parser.add_argument("--gigabyte", action="store_true", help="import a 1 GB file as well")
    return parser.parse_args()


def _version(server: str) -> str:
    engine: Engine = make_engine(server, "cdrstats-bench")
    with engine.connect() as conn:
        version = str(conn.execute(text("SHOW server_version")).scalar_one())
    engine.dispose()
    return version


if __name__ == "__main__":
    main()
