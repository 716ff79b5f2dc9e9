"""The card of a person tells, and changes, who they are at the provider of single sign-on."""

import pytest
from sqlalchemy import Engine

from cdrstats.accounts import audit, people

from .pages import Open
from .people import add_person


@pytest.fixture
def provider(app: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ISSUER": "https://login.lan",
        "CLIENT_ID": "cdrstats",
        "CLIENT_SECRET": "s",
        "ROLES": "cdr=analyst",
        "NAME": "our *login*",
    }.items():
        monkeypatch.setenv(f"CDRSTATS_OIDC_{name}", value)


@pytest.mark.usefixtures("provider")
def test_an_administrator_says_who_somebody_is_at_the_provider(
    app: Open, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        id_ = add_person(conn, "ana").id
        add_person(conn, "eva")
        people.know_as(conn, "eva", "https://login.lan", "6-eva")
    at = app("people", person="ana")
    for given, kept in (("7-ana", "7-ana"), ("6-eva", "7-ana"), (" ", None)):
        (field,) = [one for one in at.text_input if one.label == "Subject at our \\*login\\*"]
        field.set_value(given)
        at.button(key=f"know_{id_}").click().run()
        assert not at.exception
        told = " ".join(one.value for one in (*at.warning, *at.error))
        assert ("is known as eva" in told) == (given == "6-eva")
        with fresh_engine.connect() as conn:
            assert people.get(conn, id_).oidc_subject == kept
            line = audit.search(conn, limit=1)[0]
            assert (line.who, line.action, line.object) == ("local", "link person", "ana")


def test_without_a_provider_nobody_is_asked_who_they_are_there(
    app: Open, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        add_person(conn, "ana")
    at = app("people", person="ana")
    assert not at.exception
    assert not [one for one in at.text_input if "Subject" in one.label]
