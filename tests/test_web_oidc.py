"""Single sign-on by OpenID Connect, as a browser meets it: who comes in, and who does not."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from cdrstats.accounts import people
from cdrstats.accounts import provider as accounts_provider
from cdrstats.db.schema import audit, session
from cdrstats.settings import Settings, read_settings
from cdrstats.web import oidc_cookie
from cdrstats.web.cookies import NAME

from .people import add_person
from .signing_provider import CLIENT, OTHER_KEY, SECRET, SigningProvider, signing_provider
from .test_web_signing import HERE, TLS, browser, sign_in

ANA = {"sub": "7-ana", "preferred_username": "ana", "name": "Ana", "groups": ["cdr"]}


@pytest.fixture
def provider() -> Iterator[SigningProvider]:
    with signing_provider() as found:
        found.claims = ANA
        yield found


@pytest.fixture
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider is asked for where it is each time."""
    monkeypatch.setattr(accounts_provider, "KEPT_FOR_S", 0)


def settings_for(issuer: str, var_dir: Path) -> Settings:
    return read_settings(
        {
            "CDRSTATS_VAR_DIR": str(var_dir),
            "CDRSTATS_OIDC_ISSUER": issuer,
            "CDRSTATS_OIDC_CLIENT_ID": CLIENT,
            "CDRSTATS_OIDC_CLIENT_SECRET": SECRET,
            "CDRSTATS_OIDC_NAME": "Our <login>",
            "CDRSTATS_OIDC_ROLES": "cdr-admins=administrator; cdr=analyst",
        }
    )


@pytest.fixture
def settings(provider: SigningProvider, tmp_path: Path) -> Settings:
    return settings_for(provider.issuer, tmp_path)


@pytest.fixture
def site(settings: Settings, fresh_engine: Engine) -> Iterator[TestClient]:
    with browser(settings, fresh_engine) as found:
        yield found


def begin(site: TestClient, there: str = "/") -> str:
    """Where the browser is sent."""
    answer = site.get("/oidc/start", params={"next": there}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.headers["location"]


def come_back(site: TestClient, code: str, state: str) -> Any:
    return site.get("/oidc/callback", params={"code": code, "state": state})


def go(site: TestClient, provider: SigningProvider, there: str = "/") -> Any:
    """All the way to the provider and back."""
    return come_back(site, *provider.authorized(begin(site, there)))


def lines(engine: Engine) -> list[tuple[Any, ...]]:
    columns = (audit.c.who, audit.c.action, audit.c.address, audit.c.detail)
    with engine.connect() as conn:
        return [tuple(row) for row in conn.execute(select(*columns).order_by(audit.c.id))]


def wrongs(engine: Engine) -> list[str]:
    return [detail.get("wrong", "") for _, _, _, detail in lines(engine)]


def nobody_is_in(site: TestClient, engine: Engine) -> bool:
    with engine.connect() as conn:
        sessions = conn.execute(select(session.c.id)).all()
    return not sessions and NAME not in site.cookies


def test_somebody_new_comes_in_by_the_provider(
    site: TestClient, provider: SigningProvider, fresh_engine: Engine
) -> None:
    form = site.get("/calls?switch=a%26b")
    assert "Sign in with Our &lt;login&gt;" in form.text
    assert 'href="/oidc/start?next=%2Fcalls%3Fswitch%3Da%2526b"' in form.text
    assert go(site, provider, "/calls?switch=a%26b").text == f"{HERE}/calls?switch=a%26b"
    assert site.get("/").text == "ana"
    with fresh_engine.connect() as conn:
        ana = people.find(conn, "ana")
        assert conn.execute(select(session.c.how)).scalars().all() == ["oidc"]
    assert (ana.role, ana.full_name, ana.has_password) == ("analyst", "Ana", False)
    assert (ana.oidc_issuer, ana.oidc_subject) == (provider.issuer, "7-ana")
    assert [line[:3] for line in lines(fresh_engine)] == [
        ("ana", "add person", "testclient"),
        ("ana", "sign in", "testclient"),
    ]


def test_the_session_ends_like_any_other(site: TestClient, provider: SigningProvider) -> None:
    go(site, provider)
    token = site.cookies[NAME]
    site.post("/logout")
    site.cookies.set(NAME, token)
    assert site.get("/").url.path == "/login"


def test_signing_in_ends_the_session_before(
    site: TestClient, provider: SigningProvider, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        add_person(conn, "eva")
    sign_in(site, "eva")
    before = site.cookies[NAME]
    go(site, provider)
    assert site.get("/").text == "ana"
    site.cookies.clear()
    site.cookies.set(NAME, before)
    assert site.get("/").url.path == "/login"


@pytest.mark.parametrize("name", ["groups", "a single group", "asked for"])
def test_groups_come_in_the_token_or_are_asked_for(
    site: TestClient, provider: SigningProvider, name: str
) -> None:
    told: dict[str, Any] = {
        "groups": {"groups": ["x", "cdr-admins", "cdr"]},
        "a single group": {"groups": "cdr"},
        "asked for": {"groups": None},
    }
    provider.claims = ANA | told[name]
    provider.info = {"sub": "7-ana", "groups": ["cdr"]}
    assert go(site, provider).text == "ana"
    assert ("/info" in provider.asked) == (name == "asked for")


def test_groups_of_somebody_else_are_not_taken(
    site: TestClient, provider: SigningProvider, fresh_engine: Engine
) -> None:
    provider.claims = ANA | {"groups": None}
    provider.info = {"sub": "another", "groups": ["cdr-admins"]}
    assert "cannot be believed" in go(site, provider).text
    assert wrongs(fresh_engine) == ["the user info is of somebody else"]


NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "signature", "wrong"),
    [
        ({"iss": "https://elsewhere.example"}, {}, "iss"),
        ({"iss": None}, {}, "iss"),
        ({"aud": "another"}, {}, "aud"),
        ({"aud": None}, {}, "aud"),
        ({"aud": [CLIENT, "another"]}, {}, "azp"),
        ({"azp": "another"}, {}, "azp"),
        ({"nonce": "another"}, {}, "nonce"),
        ({"nonce": None}, {}, "nonce"),
        ({"exp": NOW - 3600, "iat": NOW - 7200}, {}, "expired"),
        ({"exp": None}, {}, "exp"),
        ({"iat": NOW + 3600}, {}, "issued in the future"),
        ({"sub": None}, {}, "sub"),
        ({"sub": ""}, {}, "sub"),
        ({"sub": 7}, {}, "sub"),
        ({"sub": "x" * 256}, {}, "sub"),
        ({"sub": "7\0"}, {}, "sub"),
        ({}, {"key": OTHER_KEY}, "bad_signature"),
        ({}, {"algorithm": "none"}, "alg"),
        ({}, {"algorithm": "HS256"}, "alg"),
    ],
)
def test_a_token_that_is_not_good_lets_nobody_in(
    site: TestClient,
    provider: SigningProvider,
    fresh_engine: Engine,
    claims: dict[str, Any],
    signature: dict[str, Any],
    wrong: str,
) -> None:
    provider.claims = ANA | claims
    # Even where the provider says that it signs so.
    provider.metadata["id_token_signing_alg_values_supported"] = ["RS256", "none", "HS256"]
    for name, value in signature.items():
        setattr(provider, name, value)
    answer = go(site, provider)
    assert answer.status_code == 403
    assert "What Our &lt;login&gt; answered cannot be believed" in answer.text
    assert nobody_is_in(site, fresh_engine)
    ((who, action, address, detail),) = lines(fresh_engine)
    assert (who, action, address) == ("unknown", "fail to sign in", "testclient")
    assert detail["wrong"].startswith("the ID token is not good")
    assert wrong in detail["wrong"]


def test_a_code_is_good_once_and_so_is_the_way_back(
    site: TestClient, provider: SigningProvider, fresh_engine: Engine
) -> None:
    code, state = provider.authorized(begin(site))
    kept = site.cookies[oidc_cookie.NAME]
    assert come_back(site, code, state).text == "ana"
    site.cookies.clear()
    again = come_back(site, code, state)
    assert (again.status_code, "did not begin" in again.text) == (403, True)
    # Even a browser that has kept its cookie.
    site.cookies.set(oidc_cookie.NAME, kept, path="/oidc/")
    assert "cannot be believed" in come_back(site, code, state).text
    assert wrongs(fresh_engine)[2:] == [
        "not begun by this browser",
        "the code was refused: invalid_grant",
    ]


def test_nobody_is_signed_in_by_what_another_browser_began(
    site: TestClient, settings: Settings, provider: SigningProvider, fresh_engine: Engine
) -> None:
    """Else an attacker could have somebody work under the attacker's name."""
    code, state = provider.authorized(begin(browser(settings, fresh_engine)))
    for began in (False, True):
        if began:
            begin(site)
        answer = come_back(site, code, state)
        assert answer.status_code == 403
        assert "did not begin to sign in here" in answer.text
    assert "/token" not in provider.asked
    assert nobody_is_in(site, fresh_engine)


def test_the_way_back_is_sealed_and_ends(
    site: TestClient,
    provider: SigningProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = site.get("/oidc/start", follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert cookie.endswith("; HttpOnly; Max-Age=600; Path=/oidc/; SameSite=lax")
    assert provider.authorized(answer.headers["location"])[1] not in cookie
    monkeypatch.setattr(oidc_cookie, "LASTS", -oidc_cookie.LASTS)
    code, state = provider.authorized(begin(site))
    assert site.cookies.get(oidc_cookie.NAME) is None  # the browser has forgotten it
    monkeypatch.undo()
    for planted in ("x", "gAAAAA", '{"begun": {}}'):
        site.cookies.set(oidc_cookie.NAME, planted, path="/oidc/")
        assert come_back(site, code, state).status_code == 403


def test_another_process_can_go_on(
    site: TestClient, settings: Settings, provider: SigningProvider, fresh_engine: Engine
) -> None:
    code, state = provider.authorized(begin(site))
    other = browser(settings, fresh_engine)
    other.cookies = site.cookies
    assert come_back(other, code, state).text == "ana"


@pytest.mark.parametrize("there", ["//evil.lan", "https://evil.lan", "/a\r\nX-Evil: 1", "/\\e"])
def test_the_way_back_leads_nowhere_else(
    site: TestClient, provider: SigningProvider, there: str
) -> None:
    code, state = provider.authorized(begin(site, there))
    params = {"code": code, "state": state, "next": there}
    answer = site.get("/oidc/callback", params=params, follow_redirects=False)
    assert answer.headers["location"] == "/"
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize("base", [HERE, TLS])
def test_the_provider_sends_back_to_the_address_that_the_browser_knows(
    settings: Settings, provider: SigningProvider, fresh_engine: Engine, base: str
) -> None:
    site = browser(settings, fresh_engine, base)
    url = begin(site)
    assert f"redirect_uri={base.replace(':', '%3A').replace('/', '%2F')}%2Foidc" in url
    assert come_back(site, *provider.authorized(url)).text == "ana"


def test_what_the_provider_says_instead_is_told(
    site: TestClient, provider: SigningProvider, fresh_engine: Engine
) -> None:
    for error, told in (("access_denied", "access denied"), ("<b>\r\nx", "no code")):
        _, state = provider.authorized(begin(site))
        params = {"error": error, "state": state}
        answer = site.get("/oidc/callback", params=params)
        assert answer.status_code == 403
        assert f"Our &lt;login&gt; did not sign you in ({told})." in answer.text
    assert wrongs(fresh_engine) == ["access_denied", "no code"]


def test_a_provider_that_is_down_is_told_and_passwords_go_on(
    site: TestClient, fresh_engine: Engine, tmp_path: Path
) -> None:
    with signing_provider() as gone:
        away = browser(settings_for(gone.issuer, tmp_path), fresh_engine)
        code, state = gone.authorized(begin(away))
    assert come_back(away, code, state).status_code == 503
    for _ in range(3):  # where it was is not believed any more
        answer = away.get("/oidc/start", follow_redirects=False)
        assert answer.status_code == 503
        assert "Our &lt;login&gt; does not answer. Try again soon" in answer.text
    # Once a minute: whoever likes can ask.
    assert wrongs(fresh_engine) == ["provider: it cannot be reached (ConnectError)"]
    assert lines(fresh_engine)[0][2] == "testclient"
    with fresh_engine.begin() as conn:
        add_person(conn, "eva")
    assert sign_in(away, "eva").text == "eva"


@pytest.mark.parametrize(
    ("metadata", "broken", "wrong"),
    [
        ({"issuer": "https://elsewhere.example"}, {}, "it calls itself 'https://elsewhere"),
        ({"token_endpoint": "ftp://x/"}, {}, "its token_endpoint cannot be used"),
        ({"jwks_uri": None}, {}, "its jwks_uri cannot be used"),
        ({}, {"/.well-known/openid-configuration": 500}, "status 500"),
        ({}, {"/token": 500}, "status 500"),
        ({}, {"/keys": 404}, "status 404"),
    ],
)
@pytest.mark.usefixtures("nothing_kept")
def test_a_provider_that_answers_nonsense_is_as_good_as_down(
    site: TestClient,
    provider: SigningProvider,
    fresh_engine: Engine,
    metadata: dict[str, Any],
    broken: dict[str, int],
    wrong: str,
) -> None:
    code, state = provider.authorized(begin(site))
    provider.metadata, provider.broken = metadata, broken
    answer = come_back(site, code, state)
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert wrongs(fresh_engine)[0].startswith(f"provider: {wrong}")
    assert nobody_is_in(site, fresh_engine)


@pytest.mark.parametrize("said", [[], "x", None, 7, {"keys": [7]}, {"id_token": {}}])
@pytest.mark.parametrize(
    "path", ["/.well-known/openid-configuration", "/token", "/keys", "/info"]
)
@pytest.mark.usefixtures("nothing_kept")
def test_an_answer_that_makes_no_sense_is_survived(
    site: TestClient, provider: SigningProvider, fresh_engine: Engine, path: str, said: Any
) -> None:
    provider.claims = ANA | {"groups": None}
    code, state = provider.authorized(begin(site))
    provider.said[path] = said
    answer = come_back(site, code, state)
    assert answer.status_code in (403, 503)
    assert path in provider.asked
    assert nobody_is_in(site, fresh_engine)
    assert len(wrongs(fresh_engine)) == 1


def test_whoever_is_disabled_is_refused(
    site: TestClient, provider: SigningProvider, fresh_engine: Engine
) -> None:
    go(site, provider)
    site.post("/logout")
    with fresh_engine.begin() as conn:
        people.add(conn, "boss", "administrator")
        people.disable(conn, "ana", conn.execute(select(audit.c.at)).scalars().first())
    answer = go(site, provider)
    assert (answer.status_code, "This account is disabled" in answer.text) == (403, True)
    assert nobody_is_in(site, fresh_engine)
    assert lines(fresh_engine)[-1][:2] == ("ana", "fail to sign in")


def test_the_log_has_no_secret(
    site: TestClient, provider: SigningProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "cdrstats")
    provider.claims = ANA | {"nonce": "another"}
    code, state = provider.authorized(begin(site))
    come_back(site, code, state)
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("cdrstats")]
    assert any("oidc=refused" in line for line in ours)
    assert not [line for line in ours if SECRET in line or code in line or state in line]
