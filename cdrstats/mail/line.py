"""The way to the mail server, step by step; each tells what it found, or why it ended there."""

import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

from cdrstats.errors import CdrStatsError
from cdrstats.mail.rules import Asked, answer_of, is_final
from cdrstats.settings import Smtp

TIMEOUT_S = 30.0
"""A server that says nothing for so long is given up for now."""

SLOWEST = 50_000
"""Bytes a second that are waited for while a large mail goes."""

ADVICE = {
    "name resolution": "Look at CDRSTATS_SMTP_HOST, and at the name server of this machine.",
    "connection": "Look at CDRSTATS_SMTP_HOST and CDRSTATS_SMTP_PORT, at firewalls, and whether"
    " the port wants TLS from the first byte: then CDRSTATS_SMTP_SECURITY is tls.",
    "TLS": "Look at CDRSTATS_SMTP_SECURITY. A certificate must be for the name in"
    " CDRSTATS_SMTP_HOST, and of an authority that this machine trusts; docs/mail.md tells how"
    " it comes to trust one.",
    "login": "Look at CDRSTATS_SMTP_USER and CDRSTATS_SMTP_PASSWORD. Some providers want a"
    " password that is made for programs.",
    "delivery": "Look at CDRSTATS_MAIL_FROM, and whether this server takes mails from there to"
    " this address; its own log tells more.",
}
"""What to look at where a step fails."""


class Trouble(CdrStatsError):
    """A step did not work.

    Attributes:
        final: trying again will not help.
        broken: nothing more can be sent on this line.
    """

    def __init__(self, step: str, why: str, *, final: bool = False, broken: bool = True):
        super().__init__(why)
        self.step = step
        self.advice = ADVICE[step]
        self.final = final
        self.broken = broken


class _Client(smtplib.SMTP):
    """Speaks over a socket that is open already, so that opening it is a step of its own."""

    def __init__(self, host: str, port: int, ready: socket.socket) -> None:
        self._ready = ready
        address = ready.getsockname()[0]
        literal = f"IPv6:{address}" if ":" in address else address
        # Our own name would have to be looked up, which can take long where nobody knows it.
        super().__init__(host, port, f"[{literal}]", TIMEOUT_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._ready


class Line:
    """A connection to the mail server; its steps are taken in order, and once."""

    def __init__(self, smtp: Smtp) -> None:
        self._smtp = smtp
        self._socket: socket.socket | None = None
        self._spoken: _Client | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._spoken is not None:
            with suppress(OSError):
                self._spoken.quit()
            self._spoken.close()
        if self._socket is not None:
            self._socket.close()

    def steps(self) -> dict[str, Callable[[], str]]:
        """All there is to do before a mail can go."""
        return {
            "name resolution": self._resolve,
            "connection": self._connect,
            "TLS": self._secure,
            "login": self._log_in,
        }

    def open(self) -> None:
        """Take all steps, unless that was done. Raises Trouble."""
        if self._spoken is None:
            for take in self.steps().values():
                take()

    def _resolve(self) -> str:
        with self._told("name resolution"):
            found = socket.getaddrinfo(self._smtp.host, None, type=socket.SOCK_STREAM)
        addresses = ", ".join(dict.fromkeys(str(each[4][0]) for each in found))
        return f"{self._smtp.host} is {addresses}."

    def _connect(self) -> str:
        where = (self._smtp.host, self._smtp.port)
        with self._told("connection"):
            self._socket = socket.create_connection(where, TIMEOUT_S)
            if self._smtp.security != "tls":
                self._greet(self._socket)
        return f"{self._smtp.host} answers at port {self._smtp.port}."

    def _greet(self, ready: socket.socket) -> None:
        self._spoken = _Client(self._smtp.host, self._smtp.port, ready)
        self._spoken.ehlo_or_helo_if_needed()

    def _secure(self) -> str:
        if self._smtp.security == "none":
            return "Not wanted: CDRSTATS_SMTP_SECURITY is none."
        context = ssl.create_default_context()
        with self._told("TLS"):
            if self._smtp.security == "tls":
                assert self._socket
                self._socket = context.wrap_socket(
                    self._socket, server_hostname=self._smtp.host
                )
                self._greet(self._socket)
            else:
                self._client.starttls(context=context)
                self._client.ehlo_or_helo_if_needed()
        secured = self._client.sock
        assert isinstance(secured, ssl.SSLSocket)
        until = (secured.getpeercert() or {}).get("notAfter", "")
        return f"{secured.version()}; the certificate is good until {until}."

    def _log_in(self) -> str:
        if self._smtp.user is None:
            return "Not wanted: CDRSTATS_SMTP_USER is not set."
        with self._told("login"):
            self._client.login(self._smtp.user, self._smtp.password or "")
        return f"{self._smtp.user} is let in."

    @property
    def _client(self) -> _Client:
        assert self._spoken, "the connection is a step before this one"
        return self._spoken

    def deliver(self, to: str, message: bytes) -> str:
        """Hand a mail over; what the server confirms it with. Raises Trouble."""
        client = self._client
        with self._told("delivery"):
            size = [f"SIZE={len(message)}"] if client.has_extn("size") else []
            self._accepted("sender", *client.mail(self._smtp.sender, size))
            self._accepted("recipient", *client.rcpt(to))
            assert client.sock
            client.sock.settimeout(TIMEOUT_S + len(message) / SLOWEST)
            try:
                return self._accepted("message", *client.data(message))
            except smtplib.SMTPDataError as exc:  # before its first byte
                return self._accepted("message", exc.smtp_code, exc.smtp_error)

    def _accepted(self, asked: Asked, code: int, words: bytes | str) -> str:
        answer = answer_of(code, words if isinstance(words, bytes) else words.encode())
        if 200 <= code < 300:
            return answer
        broken = code in (421, -1) or not self._begun_anew()
        refused = {"sender": f"the sender {self._smtp.sender}", "message": "the mail"}
        what = refused.get(asked, "the recipient")
        why = f"The server refuses {what}: {answer}"
        raise Trouble("delivery", why, final=is_final(asked, code), broken=broken)

    def _begun_anew(self) -> bool:
        """Take the refused mail back; whether the server is there for the next one."""
        try:
            return self._client.rset()[0] == 250
        except smtplib.SMTPException:
            return False

    @contextmanager
    def _told(self, step: str) -> Iterator[None]:
        """Tell in a sentence what goes wrong in a step."""
        try:
            yield
        except (OSError, UnicodeError) as exc:  # all that smtplib raises is an OSError
            raise Trouble(step, self._why(exc)) from exc

    def _why(self, exc: OSError | UnicodeError) -> str:
        there = f"{self._smtp.host}, port {self._smtp.port}"
        if isinstance(exc, smtplib.SMTPResponseException):
            words = exc.smtp_error
            told = words if isinstance(words, bytes) else words.encode()
            return f"The server says: {answer_of(exc.smtp_code, told)}"
        if isinstance(exc, TimeoutError) or "timed out" in str(exc):
            return f"{there}, does not answer within {TIMEOUT_S:.0f} s."
        if isinstance(exc, smtplib.SMTPServerDisconnected):
            return f"{there}, hung up."
        if isinstance(exc, smtplib.SMTPException):
            return f"The server cannot do it: {exc}"
        if isinstance(exc, ssl.SSLCertVerificationError):
            return f"The server's certificate is refused: {exc.verify_message}."
        if isinstance(exc, ssl.SSLError):
            return f"{there}, speaks no TLS that we understand: {exc.reason or exc.strerror}."
        if isinstance(exc, socket.gaierror):
            return f"Nobody knows the name {self._smtp.host}: {exc.strerror}."
        if isinstance(exc, UnicodeError):
            return "A name or password of other than plain ASCII characters cannot be sent."
        return f"{there}: {exc.strerror or exc}."
