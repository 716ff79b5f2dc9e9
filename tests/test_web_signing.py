"""Signing in and out, and the links that set a password, as a browser meets them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select, update
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from cdrstats import web
from cdrstats.accounts import api_tokens, links, people, totp
from cdrstats.accounts.audit import note as audit_note
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.accounts.tokens import id_of
from cdrstats.db.engine import make_engine
from cdrstats.db.schema import api_token, audit, one_time_link, session
from cdrstats.settings import Settings, read_settings
from cdrstats.web.cookies import NAME
from cdrstats.web.signing import safe_next

from .people import PASSWORD, add_person

HERE = "http://localhost:8501"
TLS = "https://localhost:8501"
PAGE = {"accept": "text/html"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})


def browser(settings: Settings, engine: Engine, base: str = HERE) -> TestClient:
    """A browser that goes where it is led, and keeps cookies."""
    app = Starlette(
        routes=[
            *web.routes(lambda: settings, lambda: engine),
            Route("/", lambda request: PlainTextResponse(request.state.viewer.name)),
            Route("/calls", lambda request: PlainTextResponse(str(request.url))),
        ],
        middleware=web.middleware(settings, lambda: engine),
    )
    return TestClient(app, base_url=base, headers=PAGE | {"origin": base})


@pytest.fixture
def ana(settings: Settings, fresh_engine: Engine) -> Iterator[TestClient]:
    """The browser of Ana, who has a password and has not signed in."""
    with fresh_engine.begin() as conn:
        add_person(conn, "ana")
    with browser(settings, fresh_engine) as found:
        yield found


def sign_in(
    site: TestClient, name: str = "ana", password: str = PASSWORD, **more: str
) -> Response:
    return site.post("/login", data={"name": name, "password": password, **more})


def lines(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as conn:
        query = select(audit.c.who, audit.c.action).order_by(audit.c.id)
        return [tuple(row) for row in conn.execute(query)]


def test_a_person_signs_in_and_is_led_where_they_wanted(
    ana: TestClient, fresh_engine: Engine
) -> None:
    form = ana.get("/calls?switch=a%26b&order=Ascending")
    assert form.url.path == "/login"
    [there] = re.findall(r'name="next" value="([^"]+)"', form.text)
    assert there == "/calls?switch=a%26b&amp;order=Ascending"
    led = sign_in(ana, next=there.replace("&amp;", "&"))
    assert led.text == f"{HERE}/calls?switch=a%26b&order=Ascending"
    assert ana.get("/").text == "ana"
    assert lines(fresh_engine) == [("ana", "sign in")]


@pytest.mark.parametrize(("base", "secure"), [(HERE, False), (TLS, True)])
def test_the_cookie_is_out_of_reach(
    settings: Settings, fresh_engine: Engine, base: str, secure: bool
) -> None:
    with fresh_engine.begin() as conn:
        add_person(conn, "ana")
    site = browser(settings, fresh_engine, base)
    site.follow_redirects = False
    cookie = sign_in(site).headers["set-cookie"]
    token, *attributes = cookie.removeprefix(f"{NAME}=").split("; ")
    wanted = ["HttpOnly", "Max-Age=604800", "Path=/", "SameSite=lax"]
    assert attributes == wanted + ["Secure"] * secure
    with fresh_engine.connect() as conn:
        assert conn.execute(select(session.c.id)).scalars().all() == [id_of(token)]


def test_a_wrong_password_is_told_and_nobody_is_signed_in(
    ana: TestClient, fresh_engine: Engine
) -> None:
    for name, password in (("ana", "wrong"), ("nobody", PASSWORD), ("", ""), ("a\0", "\ud800")):
        answer = sign_in(ana, name, password.encode("utf-8", "replace").decode())
        assert answer.status_code == 401
        assert "The name, the password or the code is not right." in answer.text
        assert answer.headers["cache-control"] == "no-store"
    assert NAME not in ana.cookies
    assert ana.get("/").url.path == "/login"
    assert {line[1] for line in lines(fresh_engine)} == {"fail to sign in"}


def test_the_name_is_there_again_and_the_password_is_not(ana: TestClient) -> None:
    answer = sign_in(ana, '"><b>ana', "never shown")
    assert 'value="&quot;&gt;&lt;b&gt;ana"' in answer.text
    assert "never shown" not in answer.text


def test_whoever_guesses_is_slowed(ana: TestClient) -> None:
    for _ in range(6):
        answer = sign_in(ana, password="wrong")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert sign_in(ana).status_code == 429
    assert "Too many tries failed: try again in" in sign_in(ana).text


def test_a_code_is_asked_of_whoever_has_set_it_up(
    ana: TestClient, settings: Settings, fresh_engine: Engine
) -> None:
    secret, now = totp.new_secret(), datetime.now(UTC)
    code = pyotp.TOTP(secret)
    with fresh_engine.begin() as conn:
        id_ = people.find(conn, "ana").id
        box = SecretBox(settings.secret_key_file)
        totp.confirm(conn, box, id_, secret, code.at(now - timedelta(seconds=30)), now)
    assert sign_in(ana).status_code == 401
    assert sign_in(ana, code=code.at(now)).text == "ana"


def test_signing_in_again_ends_the_session_before(
    ana: TestClient, fresh_engine: Engine
) -> None:
    """A cookie that somebody planted, or left, is no good afterwards."""
    sign_in(ana)
    before = ana.cookies[NAME]
    sign_in(ana, password="wrong")
    assert ana.get("/").text == "ana"
    sign_in(ana)
    assert ana.cookies[NAME] != before
    ana.cookies.clear()
    ana.cookies.set(NAME, before)
    assert ana.get("/").url.path == "/login"


def test_signing_out_ends_the_session(ana: TestClient, fresh_engine: Engine) -> None:
    sign_in(ana)
    before = ana.cookies[NAME]
    assert ana.post("/logout").url.path == "/login"
    assert NAME not in ana.cookies
    ana.cookies.set(NAME, before)
    assert ana.get("/").url.path == "/login"
    assert ana.post("/logout").url.path == "/login", "whoever is signed out stays so"
    assert lines(fresh_engine) == [("ana", "sign in"), ("ana", "sign out")]
    assert ana.get("/logout").status_code == 405


@pytest.mark.parametrize("path", ["/login", "/logout", "/link/x"])
def test_another_site_cannot_sign_anybody_in_or_out(ana: TestClient, path: str) -> None:
    answer = ana.post(path, headers={"origin": "https://evil.example"})
    assert (answer.status_code, answer.text) == (403, "This request comes from another site.\n")


def link(engine: Engine, name: str = "ana", kind: str = "reset") -> str:
    with engine.begin() as conn:
        made = links.make(conn, people.find(conn, name).id, kind, datetime.now(UTC))
    return f"/link/{made.token}"


NEW = "a new and better one"


def test_a_link_sets_a_password_once(ana: TestClient, fresh_engine: Engine) -> None:
    path = link(fresh_engine)
    for _ in range(2):  # looking does not use it
        assert "Choose a password for ana" in ana.get(path).text
    set_ = ana.post(path, data={"password": NEW, "again": NEW})
    assert (set_.url.path, set_.status_code) == ("/login", 200)
    assert "Your password is set. Sign in with it." in set_.text
    assert ana.get("/").url.path == "/login", "a link alone signs nobody in"
    assert sign_in(ana).status_code == 401
    assert sign_in(ana, password=NEW).text == "ana"
    for answer in (ana.get(path), ana.post(path, data={"password": NEW, "again": NEW})):
        assert answer.status_code == 410
        assert "This link has been used" in answer.text


def test_a_used_link_tells_of_tokens_that_are_still_good(
    ana: TestClient, fresh_engine: Engine
) -> None:
    now = datetime.now(UTC)
    later = now + timedelta(days=1)
    for ends, told in ((None, "1 API token of yours is still good"), (later, "2 API tokens")):
        with fresh_engine.begin() as conn:
            whose = people.find(conn, "ana")
            note = partial(audit_note, conn, "ana")
            api_tokens.make(conn, whose, f"until {ends}", ends, now, note)
            api_tokens.make(conn, whose, f"ended {ends}", later, now, note)
            ended = update(api_token).where(api_token.c.name.startswith("ended"))
            conn.execute(ended.values(expires_at=now))
        set_ = ana.post(link(fresh_engine), data={"password": NEW, "again": NEW})
        assert told in set_.text
        assert "Your account lists what to revoke." in set_.text
    for forged in ("0", "-1", "x", "99999", "<b>", ""):
        form = ana.get("/login", params={"set": forged}).text
        assert "Your password is set. Sign in with it.</p>" in form


def test_a_bad_password_leaves_the_link_good(ana: TestClient, fresh_engine: Engine) -> None:
    path = link(fresh_engine)
    for password, again, told in (
        ("short", "short", "at least 12 characters"),
        (NEW, NEW + "x", "The two passwords are not the same."),
        ("", "", "at least 12 characters"),
    ):
        answer = ana.post(path, data={"password": password, "again": again})
        assert (answer.status_code, told in answer.text) == (422, True)
    assert ana.post(path, data={"password": NEW, "again": NEW}).status_code == 200


def test_a_link_that_is_no_good_says_why(ana: TestClient, fresh_engine: Engine) -> None:
    late = link(fresh_engine)
    with fresh_engine.begin() as conn:
        conn.execute(update(one_time_link).values(expires_at=datetime.now(UTC)))
    for path, told in ((late, "This link was good until"), ("/link/forged", "is not known")):
        for answer in (ana.get(path), ana.post(path, data={"password": NEW, "again": NEW})):
            assert (answer.status_code, told in answer.text) == (410, True)


def test_without_a_database_it_is_a_sentence(settings: Settings) -> None:
    nowhere = make_engine("postgresql://nobody@127.0.0.1:1/none", "tests")
    site = browser(settings, nowhere)
    for answer in (sign_in(site), site.get("/link/x"), site.post("/link/x", data={})):
        assert answer.status_code == 503
        assert "The database does not answer." in answer.text
    site.cookies.set(NAME, "x")
    assert site.post("/logout").status_code == 503, "they are told that they still are"


def test_what_comes_from_outside_is_escaped(ana: TestClient, fresh_engine: Engine) -> None:
    hostile = '/"><script>alert(1)</script>'
    for answer in (ana.get("/login", params={"next": hostile}), sign_in(ana, next=hostile)):
        assert "<script" not in answer.text


@pytest.mark.parametrize(
    "evil",
    [
        *("//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example"),
        *("evil.example", "javascript:alert(1)", "/a\r\nset-cookie: x=y", "/\t/evil.example"),
        *("", " /calls", "http:/evil.example", "///evil.example", None),
    ],
)
def test_nobody_is_led_elsewhere(evil: str | None) -> None:
    assert safe_next(evil) == "/"


@given(st.text())
def test_wherever_it_leads_is_a_path_of_ours(given: str) -> None:
    there = safe_next(given)
    assert re.fullmatch(r"/(?![/\\])[^\\]*", there)
    assert there.isprintable()


def test_where_somebody_wanted_to_go_is_kept() -> None:
    for there in ("/", "/calls?switch=a%26b&at=-1#x", "/map?zone=Europe/Madrid"):
        assert safe_next(there) == there


def test_a_disabled_person_is_out_at_once(
    ana: TestClient, fresh_engine: Engine, conn: Connection
) -> None:
    sign_in(ana)
    with fresh_engine.begin() as conn:
        add_person(conn, "root", "administrator")
        people.disable(conn, "ana", datetime.now(UTC))
    assert ana.get("/").url.path == "/login"
    assert sign_in(ana).status_code == 401
