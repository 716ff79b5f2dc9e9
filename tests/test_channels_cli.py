"""`channel`: set up without a secret on the command line, tried, changed, removed; audited."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from cdrstats.accounts import audit
from cdrstats.cli import main

from .commands import rows, run
from .web_server import TOKEN, WebServer, listener, listening

__all__ = ["listener", "listening"]  # fixtures

pytestmark = pytest.mark.usefixtures("named_database")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CDRSTATS_VAR_DIR", str(tmp_path))
    return


def add(address: str, *words: str) -> str:
    """What the command prints, whose stdin is the address."""
    done = CliRunner().invoke(main, ["channel", "add", *words], input=f"{address}\n")
    assert TOKEN not in done.stdout + done.stderr
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_a_webhook_is_set_up_changed_and_removed(
    fresh_engine: Engine, listener: WebServer, tmp_path: Path
) -> None:
    (made,) = json.loads(add(listener.address("ok"), "Ops", "--kind", "webhook", "--json"))
    assert made["secret"].startswith("whsec_")
    assert made["host"] == f"127.0.0.1:{listener.port}"
    file = tmp_path / "address"
    file.write_text("https://hooks.slack.com/services/a-secret\n")
    run("channel", "add", "chat", "--kind", "slack", "--address-from", str(file))
    listed = rows("channel", "list")
    assert [(row["name"], row["kind"], row["host"]) for row in listed] == [
        ("chat", "slack", "hooks.slack.com"),
        ("ops", "webhook", f"127.0.0.1:{listener.port}"),
    ]
    assert "whsec_" not in str(listed)
    (changed,) = rows("channel", "set", "#ops", "--fraud-actions", "--troubles", "--off")
    assert (changed["fraud_actions"], changed["troubles"], changed["on"]) == (True, True, False)
    run("channel", "remove", "ops")
    with fresh_engine.connect() as conn:
        lines = audit.search(conn)
    assert [(line.action, line.object) for line in lines] == [
        ("remove channel", "ops"),
        ("change channel", "ops"),
        ("add channel", "chat"),
        ("add channel", "ops"),
    ]
    assert lines[1].detail["active"] == {"was": True, "is": False}
    assert "secret" not in str(lines)
    assert TOKEN not in str(lines)


def test_a_test_message_goes_at_once(fresh_engine: Engine, listener: WebServer) -> None:
    add(listener.address("ok"), "ops", "--kind", "teams")
    add(listener.address("404"), "gone", "--kind", "webhook")
    steps = rows("channel", "test", "ops")
    assert [(each["step"], each["done"]) for each in steps] == [
        ("connection", True),
        ("delivery", True),
    ]
    assert "Test message of CDR-Stats" in listener.taken("ok")[0]["body"]
    done = run("channel", "test", "gone")
    assert done.exit_code == 1
    assert "says: 404 Cannot POST /" in done.stdout
    assert TOKEN not in done.stdout + done.stderr
    with fresh_engine.connect() as conn:
        assert audit.search(conn)[0].action == "try channel"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("test", "nope"), "There is no channel #nope."),
        (("remove", "nope"), "There is no channel #nope."),
        (("set", "nope", "--on"), "There is no channel #nope."),
        (("add", "a b", "--kind", "slack"), "The name of a channel has"),
        (("add", "ops", "--kind", "slack"), "An address has 1 to"),
    ],
)
def test_what_cannot_be_is_told(words: tuple[str, ...], why: str) -> None:
    done = run("channel", *words)
    assert done.exit_code == 2
    assert done.stderr.startswith(why)
