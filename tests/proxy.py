"""A real nginx for tests, with the site of deploy/nginx, on free ports of loopback."""

import grp
import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from .certificates import self_signed

SITE = Path(__file__).parent.parent / "deploy" / "nginx" / "cdrstats"
NAME = "cdr.example.com"
"""The name that the shipped site has."""


def nginx() -> str | None:
    """The system's nginx, if it has one; it need not be in everybody's path."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where all of it listens: nginx with and without TLS, and the two processes."""

    tls: int
    plain: int
    first: int
    second: int


def configured(folder: Path, ports: Ports) -> Path:
    """The site as it is shipped, but for ports and places; the whole configuration's path."""
    certificate, key = self_signed(NAME, x509.DNSName(NAME))
    (folder / "fullchain.pem").write_bytes(certificate)
    (folder / "privkey.pem").write_bytes(key)
    site = SITE.read_text("utf-8")
    for there, here in {
        r" *listen \[::\]:.*\n": "",  # not every machine has it
        r"listen 80;": f"listen 127.0.0.1:{ports.plain};",
        r"listen 443 ssl;": f"listen 127.0.0.1:{ports.tls} ssl;",
        r"https://\$server_name": f"https://$server_name:{ports.tls}",
        r"8501": str(ports.first),
        r"8502": str(ports.second),
        rf"/etc/letsencrypt/live/{re.escape(NAME)}": str(folder),
        r"/var/log/nginx": str(folder),
    }.items():
        site, found = re.subn(there, here, site)
        assert found, there
    user = pwd.getpwuid(os.getuid()).pw_name
    group = grp.getgrgid(os.getgid()).gr_name
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    lines = [
        f"user {user} {group};" if os.getuid() == 0 else "",
        "worker_processes 2;",
        "daemon off;",
        f"pid {folder}/nginx.pid;",
        f"error_log {folder}/nginx.error.log;",
        "events { worker_connections 768; }",
        "http {",
        f"access_log {folder}/other.log;",
        *(f"{kind}_temp_path {folder}/{kind};" for kind in kinds),
        site,
        "}",
    ]
    path = folder / "nginx.conf"
    path.write_text("\n".join(lines))
    return path


def checked(configuration: Path) -> subprocess.CompletedProcess[str]:
    """What nginx thinks of it."""
    return subprocess.run(
        [*_command(configuration), "-t"], capture_output=True, text=True, check=False
    )


@contextmanager
def proxying(configuration: Path, ports: Ports) -> Iterator[None]:
    """nginx by this configuration, from its first answer until the block ends."""
    with subprocess.Popen(_command(configuration), stderr=subprocess.DEVNULL) as process:
        try:
            _await(process, ports.tls)
            yield
        finally:
            process.terminate()
            process.wait(15)


def _command(configuration: Path) -> list[str]:
    errors = configuration.with_name("nginx.error.log")
    return [str(nginx()), "-c", str(configuration), "-p", str(errors.parent), "-e", str(errors)]


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(100):
        assert process.poll() is None, "nginx did not start"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("nginx does not listen")
