"""Talking to the provider of single sign-on: where it is, and what it signs of a person."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx2
from anyio import fail_after
from authlib.integrations.starlette_client import OAuthError, StarletteOAuth2App
from joserfc.errors import JoseError

from cdrstats.accounts.claims import is_subject
from cdrstats.errors import CdrStatsError
from cdrstats.settings import LOOPBACK, Oidc

PATIENCE_S = 10
"""A provider that takes longer is one that is away."""

AT_ONCE = 20
"""So many conversations at a time: a provider that hangs must not use up the sockets."""

KEPT_FOR_S = 300
"""So long a process goes by what the provider has said of itself, unless a talk fails."""

CLOCKS_DIFFER_S = 60

SCOPES = ("openid", "profile", "email")

SIGNED_BY = frozenset(
    {
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "Ed25519", "EdDSA"),
    }
)
"""Signatures by a key that only the provider has: not `none`, and by no shared secret."""

NONSENSE = (ValueError, TypeError, KeyError, AttributeError)
"""What an answer makes of itself that is not of the shape it has by the standard."""

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
USER_INFO = "userinfo_endpoint"


class ProviderAway(CdrStatsError):
    """The provider does not answer, or not as one does; the message says what came instead."""


class NotVouched(CdrStatsError):
    """The provider vouches for nobody, or cannot be believed; the message says why."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What must be known again when somebody comes back from the provider."""

    state: str
    nonce: str
    code_verifier: str
    redirect_uri: str


class Provider:
    """One provider: where it is, is kept for minutes; its keys are asked for each time."""

    def __init__(self, told: Oidc) -> None:
        self._told = told
        self._talks = 0
        self._kept: dict[str, Any] | None = None  # its discovery document
        self._kept_at = 0.0

    async def check(self) -> None:
        """Raise ProviderAway unless its discovery document can be had and used."""
        with self._talking():
            await self._found()

    async def begin(self, redirect_uri: str) -> tuple[str, Begun]:
        """Where to send a browser, and what to know when it comes back to `redirect_uri`.

        Raises:
            ProviderAway: it does not answer.
        """
        with self._talking():
            given = await (await self._found()).create_authorization_url(redirect_uri)
        kept = {name: given[name] for name in ("state", "nonce", "code_verifier")}
        return given["url"], Begun(**kept, redirect_uri=redirect_uri)

    async def finish(self, begun: Begun, code: str) -> dict[str, Any]:
        """What the provider says of whom it gave the code to; believed only if it is signed.

        The signature is of one of its keys, for this client, of this start, and still good.
        What the token does not tell of groups is asked of the provider itself.

        Raises:
            ProviderAway: it does not answer.
            NotVouched: the code is not good, or the token is not.
        """
        with self._talking():
            app = await self._found()
            try:
                token = await app.fetch_access_token(
                    redirect_uri=begun.redirect_uri,
                    code=code,
                    code_verifier=begun.code_verifier,
                )
            except OAuthError as exc:
                raise NotVouched(f"the code was refused: {exc.error}") from exc
            claims = await self._believed(app, token, begun.nonce)
            if "groups" not in claims and USER_INFO in app.server_metadata:
                more = dict(await app.userinfo(token=token))
                if more.get("sub") != claims["sub"]:
                    raise NotVouched("the user info is of somebody else")
                claims = more | claims
            return claims

    async def _believed(
        self, app: StarletteOAuth2App, token: dict[str, Any], nonce: str
    ) -> dict[str, Any]:
        if not isinstance(token.get("id_token"), str):
            raise NotVouched("no ID token came")
        wanted = {
            "iss": {"essential": True, "value": self._told.issuer},
            "aud": {"essential": True, "value": self._told.client_id},
            "sub": {"essential": True},
        }
        try:
            claims = await app.parse_id_token(
                token, nonce=nonce, claims_options=wanted, leeway=CLOCKS_DIFFER_S
            )
        except JoseError as exc:
            what = f"{exc.error} {exc.description}".strip()
            raise NotVouched(f"the ID token is not good: {what}") from exc
        if not is_subject(claims["sub"]):
            raise NotVouched("the ID token is not good: its sub makes no sense")
        return dict(claims)

    async def _found(self) -> StarletteOAuth2App:
        """The client, for the provider as it describes itself."""
        kept: dict[str, Any] = {"timeout": PATIENCE_S, "verify": _trusted()}
        found = self._kept
        if found is None or time.monotonic() - self._kept_at >= KEPT_FOR_S:
            url = f"{self._told.issuer.rstrip('/')}/.well-known/openid-configuration"
            async with httpx2.AsyncClient(**kept) as client:
                answer = await client.get(url)
                answer.raise_for_status()
                found = _checked(answer.json(), self._told.issuer)
            self._kept, self._kept_at = found, time.monotonic()
        # Some providers tell groups only to whoever asks for them, others refuse the word.
        more = {"groups"} & set(found.get("scopes_supported") or ())
        kept |= {"scope": " ".join([*SCOPES, *more]), "code_challenge_method": "S256"}
        return StarletteOAuth2App(
            None,
            client_id=self._told.client_id,
            client_secret=self._told.client_secret,
            client_kwargs=kept,
            **found,
        )

    @contextmanager
    def _talking(self) -> Iterator[None]:
        if self._talks >= AT_ONCE:
            raise ProviderAway("too many people wait for it")
        self._talks += 1
        try:
            with _trouble_told(), fail_after(PATIENCE_S):
                yield
        except ProviderAway:
            self._kept = None  # it may have moved
            raise
        finally:
            self._talks -= 1


@contextmanager
def _trouble_told() -> Iterator[None]:
    """Whatever comes of a talk that fails is ProviderAway."""
    try:
        yield
    except TimeoutError as exc:
        raise ProviderAway(f"no answer within {PATIENCE_S} s") from exc
    except httpx2.HTTPStatusError as exc:
        raise ProviderAway(f"status {exc.response.status_code}") from exc
    except httpx2.TransportError as exc:
        raise ProviderAway(f"it cannot be reached ({type(exc).__name__})") from exc
    except (*NONSENSE, httpx2.HTTPError, httpx2.InvalidURL) as exc:
        raise ProviderAway(f"the answer makes no sense ({type(exc).__name__})") from exc


def _checked(found: Any, issuer: str) -> dict[str, Any]:
    """The discovery document, if it is the issuer's and names all that is needed."""
    if not isinstance(found, dict) or found.get("issuer") != issuer:
        told = found.get("issuer") if isinstance(found, dict) else None
        raise ProviderAway(f"it calls itself {told!r}: CDRSTATS_OIDC_ISSUER must be the same")
    for name in (*ENDPOINTS, *({USER_INFO} & found.keys())):
        if not _can_be_used(str(found.get(name, "")), issuer):
            raise ProviderAway(f"its {name} cannot be used")
    signed_by = SIGNED_BY & set(found.get("id_token_signing_alg_values_supported") or ())
    taken = (*ENDPOINTS, "issuer", USER_INFO, "scopes_supported")
    return {name: found[name] for name in taken if name in found} | {
        "id_token_signing_alg_values_supported": sorted(signed_by) or ["RS256"]
    }


def _can_be_used(endpoint: str, issuer: str) -> bool:
    """Https, or, of a provider on this machine that does without, this machine itself."""
    parts = urlsplit(endpoint)
    if parts.scheme == "http":
        return urlsplit(issuer).scheme == "http" and parts.hostname in LOOPBACK
    return parts.scheme == "https" and bool(parts.hostname)


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are believed; read once, since that takes longer than to ask."""
    try:
        return httpx2.create_ssl_context()
    except OSError as exc:  # also ssl.SSLError: there is no certificate in it
        why = exc.strerror or type(exc).__name__
        raise ProviderAway(f"the file that SSL_CERT_FILE names cannot be used: {why}") from exc
