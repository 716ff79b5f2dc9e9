"""A provider of single sign-on that signs whatever a test wants it to, right or wrong."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "cdrstats", "a secret of the client"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})


class SigningProvider:
    """What it says of itself, of whom it knows, and how it signs: each to be changed.

    Attributes:
        claims: of the ID token; those of time, issuer, audience and nonce are right unless
            they are here.
        algorithm, key: of the signature; `none` leaves it out.
        info: what the user info endpoint answers.
        metadata: what its discovery document says beside, or instead of, what is right.
        asked: the paths that were asked for.
        broken: by path, the status that is answered instead.
        said: by path, what is answered instead.
    """

    def __init__(self, address: str) -> None:
        self.issuer = address
        self.claims: dict[str, Any] = {}
        self.algorithm, self.key = "RS256", KEY
        self.info: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.asked: list[str] = []
        self.broken: dict[str, int] = {}
        self.said: dict[str, Any] = {}
        self._codes: dict[str, dict[str, str]] = {}

    def authorized(self, url: str) -> tuple[str, str]:
        """The code and the state that a browser brings back which was sent to `url`."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["client_id"] == CLIENT
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = f"code-{len(self._codes)}"
        self._codes[code] = query
        return code, query["state"]

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """What is given for a code, once, to whoever began."""
        begun = self._codes.pop(form["code"], None)
        if begun is None:
            return {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert _text(digest) == begun["code_challenge"]
        assert form["redirect_uri"] == begun["redirect_uri"]
        now = int(time.time())
        right = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims = {**right, "nonce": begun["nonce"], **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        return {"access_token": "a", "token_type": "Bearer", "id_token": self._signed(claims)}

    def document(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/info",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            **self.metadata,
        }

    def _signed(self, claims: dict[str, Any]) -> str:
        header = {"alg": self.algorithm, "kid": "one"}
        if self.algorithm == "none":
            return ".".join([_part(header), _part(claims), ""])
        if self.algorithm == "HS256":  # by what everybody can read: the public key
            said = f"{_part(header)}.{_part(claims)}"
            by = KEY.as_pem(private=False)
            return f"{said}.{_text(hmac.digest(by, said.encode(), hashlib.sha256))}"
        return jwt.encode(header, claims, self.key)


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value).encode())


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


@contextmanager
def signing_provider() -> Iterator[SigningProvider]:
    """One that listens on loopback; it is down once this ends."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(
                {
                    "/.well-known/openid-configuration": provider.document,
                    "/keys": lambda: {"keys": [KEY.as_dict(private=False)]},
                    "/info": lambda: provider.info,
                }[self.path]()
            )

        def do_POST(self) -> None:
            basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            assert self.headers["authorization"] == f"Basic {basic}"
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(provider.token(form))

        def answer(self, said: dict[str, Any]) -> None:
            provider.asked.append(self.path)
            self.send_response(provider.broken.get(self.path, 200))
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(provider.said.get(self.path, said)).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    provider = SigningProvider(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
