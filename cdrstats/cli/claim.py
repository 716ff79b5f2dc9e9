"""One `up` an installation: the first holds a file lock, and says in the file where it is."""

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cdrstats.errors import BadSetting
from cdrstats.settings import Settings


@contextmanager
def claim(path: Path, origin: str) -> Iterator[str | None]:
    """Hold `path`, unless another process does.

    Args:
        origin: the address that this process will serve.

    Yields:
        None, or what the other process says of itself.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield _words(path)
            return
        os.ftruncate(file, 0)
        os.write(file, json.dumps({"pid": os.getpid(), "address": origin}).encode())
        yield None
        os.ftruncate(file, 0)
    finally:
        os.close(file)


def _words(path: Path) -> str:
    with contextlib.suppress(ValueError, KeyError):
        other = json.loads(path.read_text("utf-8"))
        return f"{other['address']} (process {other['pid']})"
    return "an address that it is about to choose"


def check_port(settings: Settings) -> None:
    """Raise BadSetting, before anything is started, if the page's port cannot be had."""
    family = socket.AF_INET6 if ":" in settings.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.address, settings.port))
        except OSError as exc:
            raise BadSetting(
                f"Port {settings.port} of {settings.address} cannot be had"
                f" ({(exc.strerror or 'refused').lower()}): another program uses it, or it"
                " is reserved. Choose a free one, such as CDRSTATS_PORT="
                f"{settings.port + 1 if settings.port < 65535 else 8501}."
            ) from exc
