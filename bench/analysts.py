"""Twenty analysts at one server.

At work, each clicks, looks at what came, and clicks again. In the worst case all click in the
same instant, again and again. Then all sit idle.
"""

import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
from sqlalchemy import Engine
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from bench import signed_in
from bench.results import Line, p95
from cdrstats import aggregates
from cdrstats.db.database import engine_on
from cdrstats.ui.frame import FRESH_S
from cdrstats.web.cookies import NAME

ANALYSTS, ROUNDS = 20, 8
LOOKS_S = 2, 8
"""How long an analyst looks at what came, at least and at most."""
MOST_S, MOST_MB = 1.5, 15
PAGES = (
    "",
    "overview",
    "compare",
    "countries",
    "map",
    "quality",
    "routes",
    "concurrent",
    "callers",
    "calls",
)
PERIODS = ("24h", "7d", "30d", "90d", "12m")
ROOT = Path(__file__).parents[1]


class Session:
    """One browser's websocket, without a browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._known: set[str] = set()

    async def run(self, page: str, query: dict[str, str]) -> float:
        """Run a page with `query`; return the seconds until its last message.

        Raises:
            RuntimeError: the page told of an error.
        """
        asked = BackMsg()
        asked.rerun_script.query_string = urlencode(query)
        asked.rerun_script.page_name = page
        asked.rerun_script.cached_message_hashes.extend(self._known)
        began = time.perf_counter()
        await self._socket.send(asked.SerializeToString())
        while True:
            told = ForwardMsg()
            data = await asyncio.wait_for(self._socket.recv(), 120)
            told.ParseFromString(data if isinstance(data, bytes) else data.encode())
            if told.hash and told.metadata.cacheable:
                self._known.add(told.hash)
            kind = told.WhichOneof("type")
            if kind == "delta":
                _refuse_errors(page, told.delta.new_element)
            if kind == "script_finished":
                return time.perf_counter() - began


def _refuse_errors(page: str, element: Element) -> None:
    kind = element.WhichOneof("type")
    if kind == "exception":
        raise RuntimeError(f"{page}: {element.exception.message}")
    if kind == "alert" and element.alert.format == Alert.ERROR:
        raise RuntimeError(f"{page}: {element.alert.body}")


def measure(url: str, stored: int, folder: Path, say: Callable[[str], None]) -> list[Line]:
    """How long a click takes at work and in the worst case, and what an idle session holds."""
    with served(url, folder) as (port, process), engine_on(url, "cdrstats-bench") as engine:
        cookie = {"cookie": f"{NAME}={signed_in.token(engine, 'analysts')}"}
        at_work, at_once, mb = asyncio.run(_day_at_work(port, cookie, process, engine, say))
    least, most = LOOKS_S
    return [
        _line(f"{ANALYSTS} at work, a click each {least} to {most} s", at_work, stored),
        _line(f"{ANALYSTS} click in the same instant", at_once, stored),
        Line(
            "analysts",
            "memory of an idle session",
            stored,
            mb,
            "MB",
            must=f"<= {MOST_MB} MB",
            met=mb <= MOST_MB,
        ),
    ]


def _line(what: str, taken: list[float], stored: int) -> Line:
    ours = p95(taken)
    return Line(
        "analysts",
        f"{what}, p95 of {len(taken)} clicks (median {statistics.median(taken):.1f} s)",
        stored,
        ours,
        "s",
        must=f"<= {MOST_S} s",
        met=ours <= MOST_S,
    )


async def _day_at_work(
    port: int,
    cookie: dict[str, str],
    process: psutil.Process,
    engine: Engine,
    say: Callable[[str], None],
) -> tuple[list[float], list[float], float]:
    """The seconds of clicks at work, and in the same instant; and MB of an idle session."""
    chance = random.Random(5)
    sockets = [await connected(port, cookie) for _ in range(ANALYSTS + 1)]
    try:
        first, *sessions = [Session(one) for one in sockets]
        for page in PAGES:  # what the first visitor pays for
            await first.run(page, {"period": "7d", "zone": "Europe/Madrid"})
        before = process.memory_info().rss
        for session in sessions:
            await session.run("", {"period": "7d", "zone": "Europe/Madrid"})
        shifts = await asyncio.gather(*(_shift(session, chance) for session in sessions))
        at_work = [seconds for shift in shifts for seconds in shift]
        say(f"  at work: slowest {max(at_work):.2f} s")
        at_once: list[float] = []
        for number in range(ROUNDS):
            with engine.begin() as conn:  # nothing that was read before is right any more
                aggregates.note_changed(conn, [datetime.now(UTC)])
            await asyncio.sleep(FRESH_S + 1)
            found = await asyncio.gather(*(click(session, chance) for session in sessions))
            say(f"  round {number + 1}: slowest {max(found):.2f} s")
            at_once += found
        held = process.memory_info().rss - before
    finally:
        for one in sockets:
            await one.close()
    return at_work, at_once, held / ANALYSTS / 2**20


def connected(port: int, cookie: dict[str, str]) -> connect:
    """A browser's websocket to the web process at `port`: to be awaited, or entered."""
    given: Any = {"subprotocols": ["streamlit"], "max_size": None, "compression": None}
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    return connect(address, additional_headers=cookie, **given)


async def _shift(session: Session, chance: random.Random) -> list[float]:
    """The seconds that each click of one analyst took."""
    taken = []
    for _ in range(ROUNDS):
        await asyncio.sleep(chance.uniform(*LOOKS_S))
        taken.append(await click(session, chance))
    return taken


async def click(session: Session, chance: random.Random) -> float:
    """Open any page, of any period and switch; return the seconds until its last message."""
    query = {
        "period": chance.choice(PERIODS),
        "zone": "Europe/Madrid",
        "switch": f"switch-{chance.randrange(1, 5)}",
    }
    return await session.run(chance.choice(PAGES), query)


@contextmanager
def served(url: str, folder: Path) -> Iterator[tuple[int, psutil.Process]]:
    """The web process on a free port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    given = {"CDRSTATS_DATABASE_URL": url, "CDRSTATS_VAR_DIR": str(folder / "web")}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | given,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(15)


def _wait(port: int) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
        else:
            return
    raise RuntimeError("the web process does not answer")
