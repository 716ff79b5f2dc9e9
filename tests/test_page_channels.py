"""The card of channels on the Mail log page: set up, tried, changed, removed."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from cdrstats import channels
from cdrstats.accounts import audit, permissions
from cdrstats.channels import Channel

from .pages import Open, chosen, signed_in, words
from .web_server import TOKEN, WebServer, listener, listening

__all__ = ["listener", "listening"]  # fixtures


def known(engine: Engine) -> list[Channel]:
    with engine.connect() as conn:
        return channels.list_channels(conn)


def add(at: AppTest, name: str, address: str, kind: str = "webhook") -> AppTest:
    fields = {one.label: one for one in at.text_input}
    fields["Name"].set_value(name)
    fields["Address"].set_value(address)
    next(one for one in at.selectbox if one.label == "Kind").set_value(kind)
    next(one for one in at.button if one.label == "Add").click()
    return at.run()


def push(at: AppTest, label: str) -> AppTest:
    next(one for one in at.button if one.label == label).click()
    return at.run()


def test_a_webhook_is_set_up_tried_and_its_secret_shown_once(
    app: Open, fresh_engine: Engine, listener: WebServer, tmp_path: Path
) -> None:
    at = app("mail")
    assert "No program and no room of chat is told anything yet." in words(at)
    add(at, "Switch", listener.address("ok"))
    assert not at.exception
    [made] = known(fresh_engine)
    assert (made.name, made.kind, made.active) == ("switch", "webhook", True)
    [secret] = [one.value for one in at.code]
    assert secret.startswith("whsec_")
    push(at, "Try it")
    assert [state for [state] in at.dataframe[-1].value["done"]] == ["Done", "Done"]
    [told] = listener.taken()
    assert "Test message of CDR-Stats" in told["body"]
    push(at, "Close")
    assert not at.code
    chosen(at, 0, 0)
    assert not at.code
    assert TOKEN not in words(at) + at.dataframe[0].value.to_csv()
    with fresh_engine.connect() as conn:
        lines = [(line.action, line.object) for line in audit.search(conn, limit=2)]
    assert lines == [("try channel", "switch"), ("add channel", "switch")]


@pytest.mark.parametrize(
    ("name", "address", "said"),
    [
        ("ops", "http://chat.example.com/x", "An address begins with https://"),
        ("not one", "https://chat.example.com/x", "The name of a channel has 1 to 40"),
        ("", "", "The name of a channel has 1 to 40"),
    ],
)
def test_what_makes_no_sense_is_told_and_not_kept(
    app: Open, fresh_engine: Engine, name: str, address: str, said: str
) -> None:
    at = add(app("mail"), name, address)
    assert said in words(at)
    assert known(fresh_engine) == []


def test_one_is_changed_and_removed(app: Open, fresh_engine: Engine) -> None:
    at = add(app("mail"), "ops", "https://chat.example.com/T0/B0", "slack")
    [made] = known(fresh_engine)
    key = f"channel_{made.id}"
    assert not [one for one in at.toggle if (one.key or "").startswith(f"{key}_fraud")]
    at.toggle(key=f"{key}_troubles_False").set_value(True).run()
    at.toggle(key=f"{key}_active_True").set_value(False).run()
    [held] = known(fresh_engine)
    assert (held.troubles, held.active) == (True, False)
    assert at.dataframe[0].value["state"][0] == ["Off"]
    at.button(key=f"{key}_delete").click().run()
    assert "What waits for it is not sent." in words(at)
    at.button(key=f"{key}_delete_yes").click().run()
    assert known(fresh_engine) == []


def test_who_may_not_change_settings_sees_none(
    app: Open, fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(app("mail"), "ops", "https://chat.example.com/T0/B0", "slack")
    role = permissions.ROLES["analyst"] | {"mail"}
    monkeypatch.setitem(permissions.ROLES, "analyst", role)  # type: ignore[arg-type]
    at = app("mail", signed_in(fresh_engine, "ana", "analyst"))
    assert not at.exception
    assert "Channels" not in [one.value for one in at.subheader]
