"""Beginning to sign in by a provider: what is asked of it, and how often an address may."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from cdrstats.accounts import provider as accounts_provider
from cdrstats.accounts.provider import ProviderAway, _checked, _trusted
from cdrstats.accounts.rules import COUNTED_FOR, FREE_OF_ADDRESS
from cdrstats.settings import read_settings
from cdrstats.web import slowing
from cdrstats.web.slowing import Slowed

from .signing_provider import SigningProvider, signing_provider
from .test_web_oidc import ANA, begin, come_back, go, settings_for, wrongs
from .test_web_signing import browser

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def provider() -> Iterator[SigningProvider]:
    with signing_provider() as found:
        found.claims = ANA
        yield found


@pytest.fixture
def site(
    provider: SigningProvider, fresh_engine: Engine, tmp_path: Path
) -> Iterator[TestClient]:
    with browser(settings_for(provider.issuer, tmp_path), fresh_engine) as found:
        yield found


def test_where_the_provider_is_is_asked_once_in_minutes(
    site: TestClient, provider: SigningProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        assert go(site, provider).text == "ana"
    assert provider.asked.count(DISCOVERY) == 1
    assert provider.asked.count("/keys") == 3, "keys are asked for each time: they change"
    monkeypatch.setattr(accounts_provider, "KEPT_FOR_S", 0)
    begin(site)
    assert provider.asked.count(DISCOVERY) == 2


def test_what_is_kept_is_forgotten_once_a_talk_fails(
    site: TestClient, provider: SigningProvider
) -> None:
    code, state = provider.authorized(begin(site))
    provider.broken["/token"] = 500
    assert come_back(site, code, state).status_code == 503
    begin(site)
    assert provider.asked.count(DISCOVERY) == 2


def test_an_address_that_begins_again_and_again_waits(
    site: TestClient, provider: SigningProvider, fresh_engine: Engine
) -> None:
    for _ in range(FREE_OF_ADDRESS):
        last = begin(site)
    for _ in range(3):
        answer = site.get("/oidc/start", follow_redirects=False)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
        assert "Too many tries from your address: try again in 2 s." in answer.text
    assert wrongs(fresh_engine) == ["too many starts"], "one line a minute"
    # Whoever had begun comes in, and the address is forgiven.
    assert come_back(site, *provider.authorized(last)).text == "ana"
    begin(site)


def test_without_a_provider_there_is_no_way_to_one(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    site = browser(read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)}), fresh_engine)
    assert "/oidc/start" not in site.get("/login").text
    assert site.get("/oidc/start").status_code == 404


def test_a_picture_on_another_site_begins_nothing(
    site: TestClient, provider: SigningProvider
) -> None:
    for dest in ("image", "empty", "iframe"):
        answer = site.get("/oidc/start", headers={"sec-fetch-dest": dest})
        assert (answer.status_code, "another site" in answer.text) == (403, True)
    assert provider.asked == []
    answer = site.get(
        "/oidc/start", headers={"sec-fetch-dest": "document"}, follow_redirects=False
    )
    assert answer.status_code == 303


def test_an_address_is_slowed_as_at_the_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    slowed = Slowed()
    for _ in range(FREE_OF_ADDRESS):
        assert slowed.wait_s("a", NOW) == 0
    assert [slowed.wait_s("a", NOW), slowed.wait_s("a", NOW)] == [2, 2]
    assert slowed.wait_s("b", NOW) == 0
    assert slowed.wait_s("a", NOW + timedelta(seconds=2)) == 0
    assert slowed.wait_s("a", NOW + timedelta(seconds=2)) == 4
    slowed.forgive("a")
    assert slowed.wait_s("a", NOW + timedelta(seconds=3)) == 0
    for _ in range(FREE_OF_ADDRESS):
        slowed.wait_s("c", NOW)
    assert slowed.wait_s("c", NOW + COUNTED_FOR) == 0
    monkeypatch.setattr(slowing, "MOST", 2)
    for address in "cdef":
        slowed.wait_s(address, NOW)
    assert list(slowed._asked) == ["e", "f"]


TLS = "https://login.lan"


@pytest.mark.parametrize("name", [*accounts_provider.ENDPOINTS, "userinfo_endpoint"])
@pytest.mark.parametrize(
    ("issuer", "endpoint", "good"),
    [
        (TLS, "https://elsewhere.lan/x", True),
        (TLS, "http://login.lan/x", False),
        (TLS, "http://127.0.0.1/x", False),
        (TLS, "//login.lan/x", False),
        (TLS, "https:///x", False),
        ("http://localhost:8080", "http://127.0.0.1:8080/x", True),
        ("http://localhost:8080", "http://[::1]/x", True),
        ("http://localhost:8080", "https://login.lan/x", True),
        ("http://localhost:8080", "http://login.lan/x", False),
        ("http://localhost:8080", "http://localhost.login.lan/x", False),
    ],
)
def test_endpoints_are_https_or_on_this_machine(
    name: str, issuer: str, endpoint: str, good: bool
) -> None:
    document = dict.fromkeys(accounts_provider.ENDPOINTS, f"{TLS}/x")
    document |= {"issuer": issuer, name: endpoint}
    if good:
        assert _checked(document, issuer)[name] == endpoint
        return
    with pytest.raises(ProviderAway, match=f"its {name} cannot be used"):
        _checked(document, issuer)


@pytest.mark.parametrize("held", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: str | None
) -> None:
    path = tmp_path / "ca.crt"
    if held is not None:
        path.write_text(held)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    _trusted.cache_clear()
    with pytest.raises(ProviderAway, match="file that SSL_CERT_FILE names cannot be used"):
        _trusted()
    monkeypatch.delenv("SSL_CERT_FILE")
    assert isinstance(_trusted(), ssl.SSLContext)
