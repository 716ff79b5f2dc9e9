"""A mail server of its own process, which does what a recipient's name asks it to.

    python -m tests.mail_server FOLDER [--tls | --starttls] [--login]

It writes its port to FOLDER/port, and a line to FOLDER/taken before it confirms a mail. Once
the other side goes on after that, it has heard the word: a line in FOLDER/heard.
"""

import asyncio
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from cdrstats.settings import Smtp, read_settings

from .certificates import self_signed
from .waiting import eventually

USER, PASSWORD = "cdrstats", "a password of the server"
ROOT = Path(__file__).parent.parent


class MailServer:
    """One that runs, as seen by a test."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate"

    def taken(self) -> list[dict[str, Any]]:
        """The mails that it has taken, the first first."""
        lines = (self.folder / "taken").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def heard(self) -> list[str]:
        """The Message-IDs that it has confirmed, as the other side has shown to know."""
        return (self.folder / "heard").read_text("utf-8").split()

    def calm(self) -> None:
        """Let it take from now on whatever it would have refused, held up or dropped once."""
        (self.folder / "calm").touch()

    def variables(self, **more: str) -> dict[str, str]:
        """The settings by which mails go there."""
        given = {"HOST": "127.0.0.1", "PORT": str(self.port), "SECURITY": "none"} | more
        return {
            "CDRSTATS_MAIL_FROM": "Calls <cdr@example.com>",
            **{f"CDRSTATS_SMTP_{name}": value for name, value in given.items()},
        }

    def smtp(self, **more: str) -> Smtp:
        found = read_settings(self.variables(**more)).smtp
        assert found
        return found


@contextmanager
def mail_server(folder: Path, *flags: str) -> Iterator[MailServer]:
    """A server that takes mails as long as the context is."""
    folder.mkdir()
    (folder / "taken").touch()
    (folder / "heard").touch()
    if {"--tls", "--starttls"} & {*flags}:
        here = x509.IPAddress(ip_address("127.0.0.1"))
        certificate, key = self_signed("127.0.0.1", here)
        (folder / "certificate").write_bytes(certificate)
        (folder / "key").write_bytes(key)
    command = [sys.executable, "-m", "tests.mail_server", str(folder), *flags]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            port = eventually((folder / "port").exists) and (folder / "port").read_text()
            yield MailServer(folder, int(port))
        finally:
            process.kill()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("mail") / "server") as found:
        yield found


@pytest.fixture
def taker(running: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """A server that has taken nothing yet, which the settings name."""
    (running.folder / "taken").write_text("")
    for name, value in running.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CDRSTATS_PUBLIC_URL", "https://cdr.example.com")
    return running


class Handler:
    """By what stands before the @ of the recipient; where a dot follows, the first time only.

    `later@` is refused each time, `later.7@` once.
    """

    def __init__(self, folder: Path) -> None:
        self._taken = (folder / "taken").open("a", encoding="utf-8", buffering=1)
        self._heard = (folder / "heard").open("a", encoding="utf-8", buffering=1)
        self._calm = folder / "calm"
        self._known: set[str] = set()

    def _mood(self, address: str) -> str:
        mood, dot, _ = address.partition("@")[0].partition(".")
        if dot and (address in self._known or self._calm.exists()):
            return "taken"
        self._known.add(address)
        return mood

    def _goes_on(self, session: Any) -> None:
        if confirmed := getattr(session, "confirmed", None):
            self._heard.write(f"{confirmed}\n")
            session.confirmed = None

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        self._goes_on(session)
        envelope.mail_from = address
        return "250 OK"

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self._goes_on(session)
        return "221 Bye"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        session.mood = self._mood(address)
        refusals = {
            "later": "451 4.3.0 Come back later",
            "nobody": "550 5.1.1 No such mailbox",
            "away": "421 4.3.2 Closing",
        }
        if session.mood in refusals:
            return refusals[session.mood]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        [to] = envelope.rcpt_tos
        if session.mood == "hang":
            await asyncio.sleep(600)
        if session.mood == "spam":
            return "554 5.7.1 We do not want this"
        await asyncio.sleep(0.01)  # so that a sender may be killed meanwhile
        mail = message_from_bytes(envelope.content, policy=policy.default)
        parts = {
            part.get_content_type(): part.get_content()
            for part in mail.walk()
            if not part.is_multipart()
        }
        line = {"to": to, "from": envelope.mail_from, "headers": dict(mail.items()), **parts}
        self._taken.write(json.dumps(line) + "\n")
        session.confirmed = str(mail["Message-ID"])
        return f"250 2.0.0 Queued as {os.urandom(4).hex()}"


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
    from aiosmtpd.smtp import AuthResult

    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


async def serve(folder: Path, flags: list[str]) -> None:
    from aiosmtpd.smtp import SMTP

    class Dropping(SMTP):
        async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
            if getattr(self.session, "mood", "") != "drop":
                await super().smtp_DATA(arg)
                return
            await self.push("354 Go ahead")
            await self._reader.readline()  # in the midst of the mail
            self.transport.abort()

    given: dict[str, Any] = {}
    over = context = None
    if {"--tls", "--starttls"} & {*flags}:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "certificate", folder / "key")
    if "--starttls" in flags:
        given |= {"tls_context": context, "require_starttls": True}
    if "--tls" in flags:
        over = context
    if "--login" in flags:
        given |= {"authenticator": authenticate, "auth_required": True}
        given["auth_require_tls"] = False
    handler, loop = Handler(folder), asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: Dropping(handler, **given), "127.0.0.1", 0, ssl=over
    )
    port = listening.sockets[0].getsockname()[1]
    part = folder / "port.part"
    part.write_text(str(port))
    part.replace(folder / "port")
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2:]))
