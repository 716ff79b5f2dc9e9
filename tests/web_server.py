"""A server of its own process for channels, which does what the path of an address asks it to.

    python -m tests.web_server FOLDER [--tls]

It writes its port to FOLDER/port, and a line to FOLDER/taken before it answers. The last part
of the path says how it does: /T0KEN/ok, /T0KEN/500, /T0KEN/hang, ...
"""

import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from cryptography import x509

from .certificates import self_signed
from .waiting import eventually

ROOT = Path(__file__).parent.parent
TOKEN = "T0KENofTHEchannel"


class WebServer:
    """One that runs, as seen by a test."""

    def __init__(self, folder: Path, port: int, scheme: str) -> None:
        self.folder, self.port, self.scheme = folder, port, scheme

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate"

    def address(self, how: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/{TOKEN}/{how}"

    def taken(self, how: str | None = None) -> list[dict[str, Any]]:
        """What was posted, the first first: how it was to be answered, headers and body."""
        lines = (self.folder / "taken").read_text("utf-8").splitlines()
        found = [json.loads(line) for line in lines]
        return [each for each in found if how in (None, each["how"])]


@contextmanager
def web_server(folder: Path, *flags: str) -> Iterator[WebServer]:
    """A server that listens as long as the context is."""
    folder.mkdir()
    (folder / "taken").touch()
    if "--tls" in flags:
        here = x509.IPAddress(ip_address("127.0.0.1"))
        certificate, key = self_signed("127.0.0.1", here)
        (folder / "certificate").write_bytes(certificate)
        (folder / "key").write_bytes(key)
    command = [sys.executable, "-m", "tests.web_server", str(folder), *flags]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            port = eventually((folder / "port").exists) and (folder / "port").read_text()
            yield WebServer(folder, int(port), "https" if "--tls" in flags else "http")
        finally:
            process.kill()


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with web_server(tmp_path_factory.mktemp("web") / "server") as found:
        yield found


@pytest.fixture
def listener(listening: WebServer) -> WebServer:
    """A server that was told nothing yet."""
    (listening.folder / "taken").write_text("")
    return listening


class Handler(BaseHTTPRequestHandler):
    """By the last part of the path."""

    folder: Path
    lock = Lock()

    def do_POST(self) -> None:  # http.server's name
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        how = self.path.rpartition("/")[2]
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.lock, (self.folder / "taken").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"how": how, "headers": headers, "body": body}) + "\n")
        if how == "drop":
            self.close_connection = True
            return
        if how == "hang":
            time.sleep(600)
        if how == "slow":
            time.sleep(0.01)  # so that a sender may be killed meanwhile
        words = f"Cannot POST {self.path}" if how in ("404", "echo") else "ok"
        if how == "drip":
            self._drip()
            return
        if how == "flood":
            words = "x" * 3_000_000
        self.send_response(int(how) if how.isdigit() else 200)
        if how in ("301", "307"):
            self.send_header("location", self.path.replace(how, "ok"))
        if how == "429":
            self.send_header("retry-after", "600")
        self.send_header("content-length", str(len(words)))
        self.end_headers()
        self.wfile.write(words.encode())

    def _drip(self) -> None:
        """A byte of the headers now and then, without an end."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nx-drip: ")
        for _ in range(600):
            self.wfile.write(b"x")
            time.sleep(0.2)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def serve(folder: Path, flags: list[str]) -> None:
    Handler.folder = folder
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if "--tls" in flags:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "certificate", folder / "key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    part = folder / "port.part"
    part.write_text(str(server.server_address[1]))
    part.replace(folder / "port")
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2:])
