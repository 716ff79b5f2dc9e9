"""Twenty analysts at one server: all click at once, again and again; then all sit idle."""

import asyncio
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psutil
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from bench.results import Line

ANALYSTS, ROUNDS, APART_S = 20, 8, 4
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
    """How long a click takes when all click at once, and what an idle session holds."""
    with _served(url, folder) as (port, process):
        taken, mb = asyncio.run(_day_at_work(port, process, say))
    taken.sort()
    p95 = taken[min(len(taken) - 1, round(len(taken) * 0.95))]
    return [
        Line(
            "analysts",
            f"{ANALYSTS} click at once, p95 of {len(taken)} clicks",
            stored,
            p95,
            "s",
            must=f"<= {MOST_S} s",
            met=p95 <= MOST_S,
        ),
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


async def _day_at_work(
    port: int, process: psutil.Process, say: Callable[[str], None]
) -> tuple[list[float], float]:
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    chance = random.Random(5)
    sockets = [
        await connect(address, subprotocols=["streamlit"], max_size=None, compression=None)
        for _ in range(ANALYSTS + 1)
    ]
    try:
        first, *sessions = [Session(one) for one in sockets]
        for page in PAGES:  # what the first visitor pays for
            await first.run(page, {"period": "7d", "zone": "Europe/Madrid"})
        before = process.memory_info().rss
        taken: list[float] = []
        for number in range(ROUNDS):
            clicks = [
                session.run(
                    chance.choice(PAGES),
                    {
                        "period": chance.choice(PERIODS),
                        "zone": "Europe/Madrid",
                        "switch": f"switch-{chance.randrange(1, 5)}",
                    },
                )
                for session in sessions
            ]
            found = await asyncio.gather(*clicks)
            say(f"  round {number + 1}: slowest {max(found):.2f} s")
            taken += found if number else []  # the first round opens the sessions
            await asyncio.sleep(APART_S)
        held = process.memory_info().rss - before
    finally:
        for one in sockets:
            await one.close()
    return taken, held / ANALYSTS / 2**20


@contextmanager
def _served(url: str, folder: Path) -> Iterator[tuple[int, psutil.Process]]:
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
