"""What people do on the page of their own account."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import Engine, insert, select, update
from streamlit.testing.v1 import AppTest

from cdrstats.accounts import api_tokens, passwords, people, sessions
from cdrstats.accounts.gate import vouched
from cdrstats.accounts.own import WRONG
from cdrstats.accounts.tokens import id_of
from cdrstats.db.schema import audit, person, session, sign_in_failure
from cdrstats.ui.account import SECRET

from .pages import Open, words
from .people import PASSWORD, add_customer, add_person, kept
from .test_api import made

NEW = "a new and better one"


@pytest.fixture
def ana(fresh_engine: Engine) -> str:
    """The word of Ana, of two customers, who is signed in here and elsewhere."""
    with fresh_engine.begin() as conn:
        for name in ("Acme", "Brick & Co"):
            add_customer(conn, name)
        made = add_person(conn, "ana", "customer", ("Acme", "Brick & Co"))
        now = datetime.now(UTC)
        before = now - timedelta(minutes=1)
        elsewhere = ("password", "10.0.0.9", "Firefox elsewhere", before)
        sessions.open_session(conn, made.id, *elsewhere)
        token = sessions.open_session(conn, made.id, "password", "10.0.0.7", "Firefox", now)
    return vouched(id_of(token))


def fill(at: AppTest, *texts: str) -> AppTest:
    for field, text in zip(at.main.text_input, texts, strict=False):
        field.set_value(text)
    button = next(each for each in at.button if each.label == "Set password")
    return button.click().run()


def password_of(at: AppTest) -> Any:
    """The field by which a person shows that it is them."""
    return next(each for each in at.text_input if each.label == "Your password")


def noted(engine: Engine) -> list[str]:
    with engine.connect() as conn:
        return list(conn.execute(select(audit.c.action).order_by(audit.c.id)).scalars())


def open_sessions(engine: Engine) -> list[str]:
    with engine.connect() as conn:
        return list(conn.execute(select(session.c.agent)).scalars())


def test_it_says_who_one_is_and_what_one_may(app: Open, ana: str) -> None:
    at = app("account", ana)
    assert not at.exception
    told = words(at).replace("\\", "")
    for fact in ("**Name** ana", "**Role** customer", "Acme, Brick & Co"):
        assert fact in told
    assert "- Open the page Calls and search in it." in told
    assert "buy costs" not in told
    assert at.dataframe[0].value["agent"].tolist() == ["Firefox", "Firefox elsewhere"]
    assert at.dataframe[0].value["here"].tolist() == ["This one", ""]


def test_a_password_is_changed_and_all_other_places_are_left(
    app: Open, ana: str, fresh_engine: Engine
) -> None:
    at = fill(app("account", ana), PASSWORD, NEW, NEW)
    assert [each.value for each in at.success] == [
        "Your password is set. You are signed out everywhere else."
    ]
    with fresh_engine.connect() as conn:
        hash_ = conn.execute(select(person.c.password_hash).where(person.c.name == "ana"))
        assert passwords.is_right(NEW, hash_.scalar_one())
    assert "Firefox" in open_sessions(fresh_engine)
    assert "Firefox elsewhere" not in open_sessions(fresh_engine)
    assert noted(fresh_engine) == ["set password", "sign out elsewhere"]


@pytest.mark.parametrize(
    ("old", "new", "again", "told"),
    [
        ("wrong", NEW, NEW, "The password is not right."),
        (PASSWORD, NEW, NEW + "x", "The two new passwords are not the same."),
        (PASSWORD, "short", "short", "A password has at least 12 characters."),
        (PASSWORD, "ana-ana-ana-ana", "ana-ana-ana-ana", "more than the name of the account"),
    ],
)
def test_a_password_that_is_no_good_changes_nothing(
    app: Open, ana: str, fresh_engine: Engine, old: str, new: str, again: str, told: str
) -> None:
    at = fill(app("account", ana), old, new, again)
    assert told in at.warning[0].value
    with fresh_engine.connect() as conn:
        hash_ = conn.execute(select(person.c.password_hash).where(person.c.name == "ana"))
        assert hash_.scalar_one() == kept()


def test_whoever_has_no_password_is_not_asked_for_it(
    app: Open, ana: str, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        conn.execute(update(person).where(person.c.name == "ana").values(password_hash=None))
    at = app("account", ana)
    assert not at.exception
    assert "Set password" not in [each.label for each in at.button]
    assert "You have no password here." in words(at)


def test_whoever_found_a_browser_open_cannot_guess_on(
    app: Open, ana: str, fresh_engine: Engine
) -> None:
    now = datetime.now(UTC)
    with fresh_engine.begin() as conn:
        failed = {"account": "ana", "at": now}
        elsewhere = [failed | {"address": "10.6.6.6"}] * 20
        conn.execute(insert(sign_in_failure), elsewhere)
    at = fill(app("account", ana), "wrong", NEW, NEW)
    assert at.warning[0].value == "The password is not right."
    with fresh_engine.begin() as conn:
        here = [failed | {"address": "signed in"}] * 9
        conn.execute(insert(sign_in_failure), here)
    at = fill(app("account", ana), PASSWORD, NEW, NEW)
    assert at.warning[0].value.startswith("Too many tries failed: try again in")


def test_codes_are_set_up_and_removed(app: Open, ana: str, fresh_engine: Engine) -> None:
    def has_codes() -> bool:
        with fresh_engine.connect() as conn:
            return people.find(conn, "ana").has_totp

    at = app("account", ana)
    next(each for each in at.button if each.label == "Set up").click().run()
    secret = at.session_state[SECRET]
    assert secret.replace(" ", "") == at.code[0].value.replace(" ", "")
    field = next(each for each in at.text_input if each.label.startswith("2. The code"))
    button = next(each for each in at.button if each.label.startswith("Ask for codes"))
    field.set_value("000000")
    password_of(at).set_value(PASSWORD)
    button.click().run()
    assert "This is not the code of this minute" in at.warning[0].value
    assert not has_codes()
    at = app("account", ana)
    next(each for each in at.button if each.label == "Set up").click().run()
    field = next(each for each in at.text_input if each.label.startswith("2. The code"))
    right = pyotp.TOTP(at.session_state[SECRET]).now()
    for password in ("wrong", PASSWORD):
        assert not has_codes()
        next(each for each in at.text_input if each.label == field.label).set_value(right)
        password_of(at).set_value(password)
        next(each for each in at.button if each.label.startswith("Ask for codes")).click().run()
        assert [each.value for each in at.warning] == ([WRONG] if password == "wrong" else [])
    for password in ("", PASSWORD):
        assert has_codes()
        password_of(at).set_value(password)
        next(each for each in at.button if each.label == "Ask for no more codes").click().run()
    assert not has_codes()
    assert noted(fresh_engine) == [
        *("fail to set up codes", "set up codes"),
        *("fail to remove codes", "remove codes"),
    ]


def test_one_signs_out_everywhere_else(app: Open, ana: str, fresh_engine: Engine) -> None:
    at = app("account", ana)
    next(each for each in at.button if each.label == "Sign out everywhere else").click().run()
    assert "Firefox elsewhere" not in open_sessions(fresh_engine)
    assert "Firefox" in open_sessions(fresh_engine)
    assert not [each for each in at.button if each.label == "Sign out everywhere else"]


def test_signing_out_revokes_tokens_if_that_is_wanted(
    app: Open, ana: str, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        whose = people.find(conn, "ana")
        made(conn, "ana", name="a")
        made(conn, "ana", name="b")
    for wanted, left in ((False, 2), (True, 0)):
        at = app("account", ana)
        at.checkbox(key="sign_out_tokens").set_value(wanted)
        button = next(each for each in at.button if each.label == "Sign out everywhere else")
        button.click().run()
        with fresh_engine.begin() as conn:
            assert len(api_tokens.tokens_of(conn, whose.id)) == left
            sessions.open_session(conn, whose.id, "password", "", "", datetime.now(UTC))
    assert noted(fresh_engine)[-1] == "revoke all tokens"
    assert not app("account", ana).checkbox


def test_whoever_may_nothing_has_an_account_all_the_same(
    app: Open, ana: str, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        conn.execute(update(person).where(person.c.name == "ana").values(role="of later"))
    for page in ("account", "calls", "dashboard"):
        at = app(page, ana)
        assert not at.exception
        assert not at.metric
    assert app("account", ana).title[0].value == "Your account"
