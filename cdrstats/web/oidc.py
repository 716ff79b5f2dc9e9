"""Single sign-on by OpenID Connect: to the provider, and back into a session like any other."""

import hmac
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime

from anyio import to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from cdrstats.accounts import sessions, single_sign_on
from cdrstats.accounts.claims import Vouched, vouched
from cdrstats.accounts.provider import NotVouched, Provider, ProviderAway
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.accounts.signing_in import Refused, SignedIn, wait_told
from cdrstats.errors import CdrStatsError
from cdrstats.settings import Oidc, Settings
from cdrstats.web import cookies, forms, oidc_cookie
from cdrstats.web.noting import address_of
from cdrstats.web.signing import AWAY, safe_next
from cdrstats.web.slowing import Slowed

log = logging.getLogger("cdrstats.web")

CALLBACK = "/oidc/callback"
NOT_IN = "Not signed in"
NOT_BEGUN = (
    "This browser did not begin to sign in here, or more than ten minutes ago, or has come back"
    " already: begin anew."
)

ELSEWHERE = "A page of another site asked for this, and nobody did: begin at the sign-in."

_ERROR = re.compile("[a-z_]{1,40}")
"""What a provider may call its trouble, by the standard."""


def routes(
    settings: Callable[[], Settings], engine: Callable[[], Engine], told: Oidc
) -> list[BaseRoute]:
    """The routes, over the settings and the engine of this process, for one provider."""
    signing = _Signing(settings, engine, told)
    return [
        Route("/oidc/start", signing.start, methods=["GET"]),
        Route(CALLBACK, signing.come_back, methods=["GET"]),
    ]


class _Signing:
    def __init__(
        self, settings: Callable[[], Settings], engine: Callable[[], Engine], told: Oidc
    ) -> None:
        self._settings, self._engine = settings, engine
        self._told, self._provider = told, Provider(told)
        self._slowed = Slowed()

    async def start(self, request: Request) -> Response:
        """GET /oidc/start?next=: to the provider."""
        if request.headers.get("sec-fetch-dest", "document") != "document":
            # Pictures of another site would have a whole office wait, and tell nobody why.
            return forms.sentence(NOT_IN, ELSEWHERE, 403)
        if wait_s := self._slowed.wait_s(address_of(request), datetime.now(UTC)):
            words = f"Too many tries from your address: try again in {wait_told(wait_s)}."
            slowed = await self._refused(request, "too many starts", words, 429)
            slowed.headers["retry-after"] = str(wait_s)
            return slowed
        there = safe_next(request.query_params.get("next"))
        # Host and scheme are those that the gate let in, which the proxy in front tells.
        back = f"{request.url.scheme}://{request.url.netloc}{CALLBACK}"
        try:
            url, begun = await self._provider.begin(back)
            answer = RedirectResponse(url, 303, {"cache-control": "no-store"})
            now = datetime.now(UTC)
            oidc_cookie.give(answer, request, self._box(), begun, there, now)
        except ProviderAway as exc:
            return await self._away(request, exc)
        except CdrStatsError as exc:
            log.warning("oidc=start error=%s", exc)
            return forms.sentence("Not now", "CDR-Stats cannot seal what it must keep.", 503)
        return answer

    async def come_back(self, request: Request) -> Response:
        """GET /oidc/callback?state=&code=: a session, or a sentence why there is none."""
        answer = await self._answer(request)
        oidc_cookie.take(answer, request)
        return answer

    async def _answer(self, request: Request) -> Response:
        query = request.query_params
        kept = oidc_cookie.found(request, self._box(), datetime.now(UTC))
        if kept is None or not _same(kept[0].state, query.get("state", "")):
            return await self._refused(request, "not begun by this browser", NOT_BEGUN)
        begun, there = kept
        if "error" in query or "code" not in query:
            error = query.get("error", "")
            error = error if _ERROR.fullmatch(error) else "no code"
            words = f"{self._told.name} did not sign you in ({error.replace('_', ' ')})."
            return await self._refused(request, error, words)
        try:
            claims = await self._provider.finish(begun, query["code"])
        except ProviderAway as exc:
            return await self._away(request, exc)
        except NotVouched as exc:
            log.warning("oidc=refused error=%s", exc)
            words = f"What {self._told.name} answered cannot be believed: begin anew."
            return await self._refused(request, str(exc), words)
        return await self._let_in(request, vouched(claims, self._told.issuer), there)

    async def _let_in(self, request: Request, who: Vouched, there: str) -> Response:
        try:
            found = await to_thread.run_sync(self._sign_in, request, who)
        except (CdrStatsError, DBAPIError):
            return forms.sentence("Not now", AWAY, 503)
        if isinstance(found, Refused):
            return forms.sentence(NOT_IN, found.sentence, 403)
        self._slowed.forgive(address_of(request))
        answer = RedirectResponse(there, 303)
        cookies.give(answer, request, found.token)
        return answer

    def _sign_in(self, request: Request, who: Vouched) -> SignedIn | Refused:
        agent = request.headers.get("user-agent", "")
        with self._engine().begin() as conn:
            found = single_sign_on.sign_in(
                conn, self._told, who, address_of(request), agent, datetime.now(UTC)
            )
            if isinstance(found, SignedIn) and (old := cookies.session_of(request)):
                sessions.end(conn, old)
        return found

    async def _away(self, request: Request, exc: ProviderAway) -> Response:
        log.warning("oidc=away error=%s", exc)
        words = f"{self._told.name} does not answer. Try again soon, or use a password."
        return await self._refused(request, f"provider: {exc}", words, 503)

    async def _refused(
        self, request: Request, wrong: str, words: str, status: int = 403
    ) -> Response:
        """The sentence, and a line of the audit; without a database the sentence alone."""

        def note() -> None:
            with self._engine().begin() as conn:
                single_sign_on.refuse(
                    conn, self._told, wrong, address_of(request), datetime.now(UTC)
                )

        try:
            await to_thread.run_sync(note)
        except (CdrStatsError, DBAPIError) as exc:
            log.warning("oidc=untold error=%s", type(exc).__name__)
        return forms.sentence(NOT_IN, words, status)

    def _box(self) -> SecretBox:
        return SecretBox(self._settings().secret_key_file)


def _same(ours: str, given: str) -> bool:
    return hmac.compare_digest(ours.encode(), given.encode("utf-8", "replace"))
