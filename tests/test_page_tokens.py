"""Tokens on the page of one's own account, and on the card of a person."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from streamlit.testing.v1 import AppTest

from cdrstats.accounts import api_tokens, audit, people, sessions
from cdrstats.accounts.own import WRONG
from cdrstats.accounts.tokens import id_of
from cdrstats.db.schema import api_token, person
from cdrstats.settings import read_settings

from .pages import Open, signed_in, words
from .people import PASSWORD, add_person, kept
from .test_api import made
from .test_web_routes import client


def label(at: AppTest, text: str) -> AppTest:
    next(each for each in at.button if each.label == text).click().run()
    assert not at.exception
    return at


@pytest.fixture
def ana(app: Open, fresh_engine: Engine) -> Callable[[], AppTest]:
    word = signed_in(fresh_engine, "ana", "analyst")

    def opened() -> AppTest:
        at = app("account", word)
        assert not at.exception
        return at

    return opened


def make(at: AppTest, name: str, lasts: str = "A year") -> AppTest:
    next(each for each in at.text_input if each.label == "What it is for").set_value(name)
    next(each for each in at.selectbox if each.label == "How long it lasts").set_value(lasts)
    return label(at, "Make a token")


def held(engine: Engine) -> dict[str, str | None]:
    with engine.connect() as conn:
        rows = conn.execute(
            select(api_token.c.name, api_token.c.expires_at - api_token.c.created_at)
        )
        return {name: None if lasts is None else f"{lasts.days} days" for name, lasts in rows}


def test_a_token_is_made_shown_once_and_revoked(
    ana: Callable[[], AppTest], fresh_engine: Engine, tmp_path: Path
) -> None:
    at = make(ana(), "nightly *report*")
    (code,) = at.code
    site = client(read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)}), fresh_engine)
    shown = {"authorization": f"Bearer {code.value}"}
    assert site.get("/api/v1/metrics", headers=shown).status_code == 200
    assert held(fresh_engine) == {"nightly *report*": "365 days"}

    label(at, "I have it")
    assert not at.code
    assert "nightly \\*report\\*" in words(at)
    label(label(at, "Revoke"), "Revoke it")
    assert held(fresh_engine) == {}
    assert site.get("/api/v1/metrics", headers=shown).status_code == 401
    with fresh_engine.connect() as conn:
        lines = audit.search(conn)
    assert [(each.action, each.who) for each in lines] == [
        ("fail to use token", "unknown"),
        ("revoke token", "ana"),
        ("make token", "ana"),
    ]
    assert code.value not in str(lines)
    assert id_of(str(code.value)) not in str(lines)


def test_the_password_is_asked_for(ana: Callable[[], AppTest], fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        conn.execute(update(person).where(person.c.name == "ana").values(password_hash=kept()))
    at = make(ana(), "without")
    assert [each.value for each in at.warning] == [WRONG]
    assert held(fresh_engine) == {}
    next(each for each in at.text_input if each.label == "Your password").set_value(PASSWORD)
    make(at, "with")
    assert list(held(fresh_engine)) == ["with"]


def test_one_may_last_until_it_is_revoked(
    ana: Callable[[], AppTest], fresh_engine: Engine
) -> None:
    make(ana(), "for ever", "Until it is revoked")
    assert held(fresh_engine) == {"for ever": None}
    assert "until it is revoked, last used: never" in words(ana())


def test_a_name_that_is_no_good_is_told(
    ana: Callable[[], AppTest], fresh_engine: Engine
) -> None:
    assert make(ana(), "  ").error or make(ana(), "  ").warning
    make(ana(), "twice")
    at = make(ana(), "twice")
    told = [each.value for each in (*at.error, *at.warning)]
    assert any("There is already a token 'twice' of ana." in each for each in told)
    assert list(held(fresh_engine)) == ["twice"]


def test_whoever_lost_the_interface_makes_none(
    ana: Callable[[], AppTest], fresh_engine: Engine
) -> None:
    at = ana()
    with fresh_engine.begin() as conn:
        conn.execute(update(person).where(person.c.name == "ana").values(role="of later"))
    make(at, "too late")
    assert held(fresh_engine) == {}
    assert not [each for each in ana().button if each.label == "Make a token"]


def test_an_administrator_revokes_anybodys(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_person(conn, "carla", "analyst")
        made(conn, "carla", name="of hers")
        made(conn, "carla", name="another")
    at = app("people", person="carla")
    assert not at.exception
    assert "**of hers**" in words(at)
    with fresh_engine.connect() as conn:
        [of_hers] = [
            each
            for each in api_tokens.tokens_of(conn, people.find(conn, "carla").id)
            if each.name == "of hers"
        ]
    at.button(key=f"revoke_{of_hers.id}").click().run()
    at.button(key=f"revoke_{of_hers.id}_yes").click().run()
    assert not at.exception
    assert list(held(fresh_engine)) == ["another"]
    with fresh_engine.connect() as conn:
        newest = audit.search(conn, limit=1)[0]
    assert (newest.action, newest.object) == ("revoke token", "carla")


def test_signing_somebody_out_revokes_theirs_if_that_is_wanted(
    app: Open, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        carla = add_person(conn, "carla", "analyst")
        made(conn, "carla", name="nightly")
        sessions.open_session(conn, carla.id, "password", "::1", "", datetime.now(UTC))
    at = app("people", person="carla")
    at.checkbox(key=f"tokens_{carla.id}").set_value(True)
    at.button(key=f"sign_out_{carla.id}").click().run()
    at.button(key=f"sign_out_{carla.id}_yes").click().run()
    assert not at.exception
    assert held(fresh_engine) == {}
    with fresh_engine.connect() as conn:
        [line] = audit.search(conn, action="revoke all tokens")
        assert not sessions.sessions_of(conn, carla.id, datetime.now(UTC))
    assert (line.who, line.object, line.detail) == ("local", "carla", {"tokens": ["nightly"]})
