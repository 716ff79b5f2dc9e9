"""The link by which one gets no more of a digest."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cdrstats import digests, web
from cdrstats.accounts import audit
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.settings import Settings

from .digests import SEVEN, found, kept, mails, settings_in

BOTH = "a@example.com,b@example.com"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def site(fresh_engine: Engine, settings: Settings) -> TestClient:
    gate = web.middleware(settings, lambda: fresh_engine)
    routes = web.routes(lambda: settings, lambda: fresh_engine)
    app = Starlette(routes=routes, middleware=gate)
    return TestClient(app, base_url="http://localhost", follow_redirects=False)


def links(engine: Engine, settings: Settings) -> list[str]:
    """The paths that the mails of a digest lead to, one a mail."""
    digests.send_due(engine, settings, SEVEN)
    return [
        mail["List-Unsubscribe"].strip("<>").removeprefix("https://cdr.example.com")
        for mail in mails(engine)
    ]


def test_a_link_takes_its_own_address_out_once_it_is_confirmed(
    fresh_engine: Engine, settings: Settings, site: TestClient
) -> None:
    stored = kept(fresh_engine, to=BOTH, parts=("totals",))
    first, second = links(fresh_engine, settings)
    asked = site.get(first)
    assert asked.status_code == 200
    assert "a@example.com" in asked.text
    assert found(fresh_engine, stored).mail_to == BOTH.split(",")  # looking changes nothing
    for _ in range(2):
        assert site.post(first, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert found(fresh_engine, stored).mail_to == ["b@example.com"]
    assert found(fresh_engine, stored).active
    assert site.post(second).status_code == 200
    left = found(fresh_engine, stored)
    assert (left.mail_to, left.active) == ([], False)
    with fresh_engine.connect() as conn:
        noted = [(each.action, each.who) for each in audit.search(conn)]
    assert noted == [("unsubscribe", "b@example.com"), ("unsubscribe", "a@example.com")]


@pytest.mark.parametrize(
    ("tag", "told", "wrong"),
    [
        ("en", "a@example.com gets no more mails of this digest.", "This link is not known."),
        ("de", "a@example.com erhält keine E-Mails", "Dieser Link ist nicht gültig."),
        ("es", "a@example.com no recibirá más correos", "Este enlace no es válido."),
        ("fr", "a@example.com ne recevra plus de messages", "Ce lien n’est pas valable."),  # noqa: RUF001
        ("pt", "a@example.com não receberá mais e-mails", "Este link não é válido."),
    ],
)
def test_the_page_is_in_the_language_of_the_mail(
    fresh_engine: Engine, settings: Settings, site: TestClient, tag: str, told: str, wrong: str
) -> None:
    stored = kept(fresh_engine, to="a@example.com", parts=("totals",), language=tag)
    [link] = links(fresh_engine, settings)
    assert ("?" in link) == (tag != "en")
    for method in ("GET", "POST"):
        answer = site.request(method, link)
        assert answer.status_code == 200
        assert (told in answer.text) == (method == "POST")  # asked first, told once it is so
        assert "a@example.com" in answer.text
        assert f'<html lang="{tag}">' in answer.text
    assert found(fresh_engine, stored).mail_to == []
    made_up = link.replace("/unsubscribe/", "/unsubscribe/made-up")
    assert wrong in site.get(made_up).text
    assert wrong in site.post(made_up).text


def test_a_language_that_is_none_is_english(
    fresh_engine: Engine, settings: Settings, site: TestClient
) -> None:
    kept(fresh_engine, to="a@example.com", parts=("totals",))
    [link] = links(fresh_engine, settings)
    for tag in ("xx", '"><script>', ""):
        text = site.get(link, params={"language": tag}).text
        assert "get no more mails of this digest?" in text
        assert "<script" not in text


def test_what_is_no_word_of_ours_does_nothing(
    fresh_engine: Engine, settings: Settings, site: TestClient
) -> None:
    stored = kept(fresh_engine, to=BOTH, parts=("totals",))
    path = links(fresh_engine, settings)[0]
    other = SecretBox(settings.secret_key_file).seal("something else").decode()
    for wrong in ("/unsubscribe/made-up", path[:-3] + "AAA", f"/unsubscribe/{other}"):
        assert site.get(wrong).status_code == 410
        assert site.post(wrong).status_code == 410
    assert found(fresh_engine, stored).mail_to == BOTH.split(",")


def test_another_site_cannot_have_a_browser_do_it(
    fresh_engine: Engine, settings: Settings, site: TestClient
) -> None:
    stored = kept(fresh_engine, to=BOTH, parts=("totals",))
    path = links(fresh_engine, settings)[0]
    assert site.post(path, headers={"origin": "https://evil.example"}).status_code == 403
    assert found(fresh_engine, stored).mail_to == BOTH.split(",")
