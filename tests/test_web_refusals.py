"""What is refused before anybody is known leaves a line in the audit; a flood leaves few."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update
from starlette.testclient import TestClient

from cdrstats import customers
from cdrstats.accounts import api_tokens, links, people, refusals
from cdrstats.accounts.tokens import id_of, new_token
from cdrstats.db.schema import api_token, audit, customer, one_time_link
from cdrstats.errors import BadRequest
from cdrstats.settings import Settings, read_settings
from cdrstats.web.cookies import NAME

from .factories import add_call
from .people import PASSWORD, add_person, signed_in_as
from .test_api import DAY, made
from .test_api import two as two
from .test_web_routes import client
from .test_web_signing import PAGE, browser, link, sign_in

NOW = datetime.now(UTC)
SHOWN = {"password": "a new and better one", "again": "a new and better one"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})


@pytest.fixture
def site(settings: Settings, fresh_engine: Engine) -> Iterator[TestClient]:
    with fresh_engine.begin() as conn:
        add_person(conn, "boss", "administrator")
        add_person(conn, "ana")
    with browser(settings, fresh_engine) as found:
        yield found


def lines(engine: Engine) -> list[tuple[Any, ...]]:
    columns = (audit.c.who, audit.c.action, audit.c.address, audit.c.detail)
    with engine.connect() as conn:
        return [tuple(row) for row in conn.execute(select(*columns).order_by(audit.c.id))]


def told(engine: Engine) -> list[tuple[str, str]]:
    """Who, and why not."""
    return [(who, detail.get("wrong", "")) for who, _, _, detail in lines(engine)]


def test_a_link_that_is_no_good_leaves_a_line(site: TestClient, fresh_engine: Engine) -> None:
    ended, used = link(fresh_engine, "boss"), link(fresh_engine, "ana")
    with fresh_engine.begin() as conn:
        late = update(one_time_link).values(expires_at=datetime.now(UTC))
        conn.execute(late.where(one_time_link.c.id == id_of(ended.removeprefix("/link/"))))
    for _ in range(3):
        assert site.post(ended, data=SHOWN).status_code == 410
        assert site.get(ended).status_code == 410
        assert site.get("/link/made-up").status_code == 410
        assert site.post(f"/link/{new_token()}", data=SHOWN).status_code == 410
    assert site.post(used, data=SHOWN).status_code == 200
    assert site.post(used, data=SHOWN).status_code == 410
    disabled = link(fresh_engine, "ana")
    with fresh_engine.begin() as conn:
        people.disable(conn, "ana", NOW)
    assert site.get(disabled).status_code == 410
    assert told(fresh_engine) == [
        *(("boss", "ended"), ("unknown", "not known")),
        *(("ana", ""), ("ana", "used"), ("ana", "disabled")),
    ]
    assert {each[2] for each in lines(fresh_engine)} == {"testclient"}
    for path in (ended, used, disabled):
        token = path.removeprefix("/link/")
        assert token not in str(lines(fresh_engine))
        assert id_of(token) not in str(lines(fresh_engine))


def test_whoever_was_slower_with_a_link_is_told_so(
    site: TestClient, fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = link(fresh_engine)
    monkeypatch.setattr(links, "name_of", lambda *_: "ana")  # it was good a moment ago
    with fresh_engine.begin() as conn:
        conn.execute(update(one_time_link).values(used_at=NOW))
    answer = site.post(path, data=SHOWN)
    assert (answer.status_code, links.USED in answer.text) == (410, True)
    assert told(fresh_engine) == [("ana", "used")]


@pytest.mark.parametrize("forged", ["x", "a" * 42, "a" * 44, id_of("x"), "a.b.c", "!" * 43])
def test_a_forged_session_leaves_a_line(
    site: TestClient, fresh_engine: Engine, forged: str
) -> None:
    site.cookies.set(NAME, forged)
    for _ in range(3):
        assert site.get("/", follow_redirects=False, headers=PAGE).status_code == 303
        assert site.get("/api/v1/calls", headers={"accept": "*/*"}).status_code == 401
    assert lines(fresh_engine) == [
        ("unknown", refusals.FORGED, "testclient", {"wrong": "not a session's"})
    ]


def test_a_session_that_has_ended_is_not_forged(site: TestClient, fresh_engine: Engine) -> None:
    sign_in(site)
    token = site.cookies[NAME]
    site.post("/logout")
    for kept in (token, new_token()):
        site.cookies.set(NAME, kept)
        assert site.get("/").url.path == "/login"
    site.cookies.clear()
    site.get("/")
    assert [each[1] for each in lines(fresh_engine)] == ["sign in", "sign out"]


def test_a_wrong_token_leaves_a_line(
    settings: Settings, fresh_engine: Engine, site: TestClient
) -> None:
    with fresh_engine.begin() as conn:
        ended, revoked = made(conn, "ana", name="nightly"), made(conn, "ana", name="gone")
        disabled = made(conn, "boss")
        api_tokens.revoke(conn, people.find(conn, "ana"), "gone", lambda *_, **__: None)
        late = update(api_token).where(api_token.c.id == id_of(ended))
        conn.execute(late.values(expires_at=NOW))
        add_person(conn, "root", "administrator")
        people.disable(conn, "boss", NOW)
    program, before = client(settings, fresh_engine), len(lines(fresh_engine))
    for _ in range(2):
        for token in (ended, revoked, disabled, "cdr_wrong", ""):
            shown = {"authorization": f"Bearer {token}"}
            assert program.get("/api/v1/switches", headers=shown).status_code == 401
    new = lines(fresh_engine)[before:]
    assert [(who, action, detail) for who, action, _, detail in new] == [
        ("ana", refusals.TOKEN, {"token": "nightly", "wrong": "ended"}),
        ("unknown", refusals.TOKEN, {"wrong": "not known"}),
        ("boss", refusals.TOKEN, {"token": "nightly", "wrong": "disabled"}),
    ]
    assert "cdr_" not in str(lines(fresh_engine))


def test_a_program_that_asks_on_is_told_of_once_an_hour(fresh_engine: Engine) -> None:
    for action, minutes in ((refusals.LINK, 1), (refusals.TOKEN, 60)):
        for after in (0, minutes * 60 - 5, minutes * 60 + 5):
            with fresh_engine.begin() as conn:
                now = datetime.now(UTC) + timedelta(seconds=after)
                refusals.tell(conn, action, "not known", "192.0.2.1", now)
    assert [each[1] for each in lines(fresh_engine)] == [refusals.LINK] * 2 + [
        refusals.TOKEN
    ] * 2


def test_many_at_once_are_told_of_once(fresh_engine: Engine) -> None:
    def tell() -> None:
        with fresh_engine.begin() as conn:
            refusals.tell(conn, refusals.FORGED, "x", "192.0.2.1", datetime.now(UTC))

    threads = [Thread(target=tell) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(lines(fresh_engine)) == 1


@pytest.mark.parametrize("evil", ["/a\r\nset-cookie: x=1", "//evil.lan", "/\\evil.lan"])
def test_a_link_that_injects_a_header_leads_home(site: TestClient, evil: str) -> None:
    answer = site.post(
        "/login",
        data={"name": "ana", "password": PASSWORD, "next": evil},
        follow_redirects=False,
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "x=1" not in str(answer.headers)
    site.cookies.clear()
    away = site.get("/calls?a=%0d%0aset-cookie:%20x=1", headers=PAGE, follow_redirects=False)
    there = "%2Fcalls%3Fa%3D%250d%250aset-cookie%3A%2520x%3D1"
    assert away.headers["location"] == f"/login?next={there}"
    assert "set-cookie" not in away.headers


def answered(site: TestClient, path: str, **params: str) -> Any:
    answer = site.get(f"/api/v1/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_customer_who_is_deleted_while_its_person_looks(
    settings: Settings, two: Engine
) -> None:
    with two.begin() as conn:
        conn.execute(insert(customer).values(id=9, name="Cinder"))
        token = signed_in_as(conn, "dora", "customer", 9)
        with pytest.raises(BadRequest, match="Acme has calls, and they keep their owner"):
            customers.remove(conn, "Acme")
    site = client(settings, two)
    site.cookies.set(NAME, token)
    assert [each["name"] for each in answered(site, "customers")["customers"]] == ["Cinder"]
    with two.begin() as conn:
        customers.remove(conn, "Cinder")
    assert answered(site, "customers")["customers"] == []
    assert answered(site, "calls", **DAY)["calls"] == []


def test_a_person_of_two_customers_sees_both_and_no_third(
    settings: Settings, two: Engine
) -> None:
    with two.begin() as conn:
        conn.execute(insert(customer).values(id=9, name="Cinder"))
        add_call(conn, user_id=9, callid="Cinder 0")
        token = signed_in_as(conn, "both", "customer", 7, 8)
    site = client(settings, two)
    site.cookies.set(NAME, token)
    calls = answered(site, "calls", **DAY)["calls"]
    assert {each["customer"] for each in calls} == {"Acme", "Brick"}
    third, nobody = (
        site.get("/api/v1/calls", params={**DAY, "customer": name})
        for name in ("Cinder", "Nobody")
    )
    assert third.status_code == nobody.status_code
    assert third.text.replace("Cinder", "Nobody") == nobody.text
