"""What is changed by the command line is told in the audit, as what is changed on a page is."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from cdrstats.accounts import audit

from .commands import rows, run

pytestmark = pytest.mark.usefixtures("named_database")

SAID: list[tuple[tuple[str, ...], str, str, dict[str, Any]]] = [
    (
        ("customer", "edit", "Acme", "--name", "Acme Ltd.", "--currency", "eur"),
        "change customer",
        "Acme Ltd.",
        {"name": {"was": "Acme", "is": "Acme Ltd."}, "currency": {"was": "", "is": "EUR"}},
    ),
    (
        ("customer", "numbers", "Acme Ltd.", "--add", "3491"),
        "change customer",
        "Acme Ltd.",
        {"numbers": {"was": "", "is": "3491"}},
    ),
    (
        ("customer", "trunks", "Acme Ltd.", "--add", "t1"),
        "change customer",
        "Acme Ltd.",
        {"trunks": {"was": "", "is": "t1"}},
    ),
    (
        ("accountcode", "assign", "Acme Ltd.", "4711", "--move-history"),
        "move history",
        "Acme Ltd.",
        {"account_codes": ["4711"], "calls": 0},
    ),
    (
        ("switch", "set", "pbx", "--strip", "9"),
        "change switch",
        "pbx",
        {"strip_prefixes": {"was": "", "is": "9"}},
    ),
    (
        ("switch", "rename", "pbx", "office"),
        "change switch",
        "office",
        {"name": {"was": "pbx", "is": "office"}, "addresses": {"was": "", "is": "pbx"}},
    ),
    (
        ("switch", "address", "pbx", "10.0.0.5"),
        "change switch",
        "office",
        {"addresses": {"was": "pbx", "is": "10.0.0.5;pbx"}},
    ),
]


def test_each_command_leaves_its_line(fresh_engine: Engine) -> None:
    run("customer", "add", "Acme")
    run("switch", "add", "pbx")
    for arguments, action, name, detail in SAID:
        run(*arguments)
        line = last(fresh_engine)
        assert (line.action, line.object, line.detail) == (action, name, detail)
        assert line.who.startswith("cli:")
    run("customer", "remove", "Acme Ltd.")
    line = last(fresh_engine)
    assert (line.action, line.object) == ("remove customer", "Acme Ltd.")
    assert line.detail["was"]["account_codes"] == "4711"


def test_whose_an_account_code_was_is_told(fresh_engine: Engine) -> None:
    for name in ("Old", "New"):
        run("customer", "add", name)
    run("accountcode", "assign", "Old", "4711")
    assert "taken_from" not in last(fresh_engine).detail
    run(
        "accountcode",
        "assign",
        "New",
        "4711",
        "4712",
        "--move-history",
        "--since",
        "2026-03-10",
    )
    with fresh_engine.connect() as conn:
        end, begin, change = audit.search(conn, limit=3)
    codes = ["4711", "4712"]
    assert change.detail == {
        "account_codes": {"was": "", "is": "4711;4712"},
        "taken_from": {"4711": "Old"},
    }
    since = "2026-03-10T00:00:00+00:00"
    assert (begin.action, begin.object, begin.detail) == (
        *("begin to move history", "New"),
        {"account_codes": codes, "calls_of_others": 0, "since": since},
    )
    assert (end.action, end.detail) == ("move history", {"account_codes": codes, "calls": 0})


@pytest.mark.parametrize(
    ("command", "action"),
    [
        (("jobs", "pause"), "pause jobs"),
        (("jobs", "resume"), "resume jobs"),
        (("start-over", "--yes"), "start over"),
        (("demo", "remove"), "remove demo data"),
    ],
)
def test_what_concerns_all_calls_leaves_a_line(
    fresh_engine: Engine, command: tuple[str, ...], action: str
) -> None:
    run(*command)
    line = last(fresh_engine)
    assert (line.action, line.object) == (action, "")
    assert line.who.startswith("cli:")


def test_what_only_looks_or_changes_nothing_leaves_none(fresh_engine: Engine) -> None:
    run("customer", "add", "Acme")
    before = last(fresh_engine)
    assert (before.action, before.object) == ("add customer", "Acme")
    run("customer", "list")
    run("customer", "numbers", "Acme")
    run("customer", "edit", "Acme", "--currency", "")
    assert last(fresh_engine) == before


def last(engine: Engine) -> audit.Line:
    with engine.connect() as conn:
        return audit.search(conn, limit=1)[0]


def test_a_token_is_made_listed_and_revoked(fresh_engine: Engine) -> None:
    run("user", "add", "ana", "--role", "analyst")
    [made] = rows("token", "create", "ana", " nightly ", "--days", "30")
    assert made["token"].startswith("cdr_")
    assert made["token"] not in str(rows("token", "list"))
    assert last(fresh_engine).action == "make token"
    [listed] = rows("token", "list")
    assert (listed["person"], listed["name"], listed["last_used_at"]) == (
        "ana",
        "nightly",
        None,
    )
    ends = datetime.fromisoformat(listed["expires_at"]) - datetime.now(UTC)
    assert (ends.days, listed["expires_at"]) == (29, made["expires_at"])
    rows("token", "revoke", "ana", "nightly")
    assert rows("token", "list") == []
    assert last(fresh_engine).action == "revoke token"
    assert made["token"] not in str(rows("audit", "list"))


def test_a_token_that_is_not_there_is_told() -> None:
    run("user", "add", "ana", "--role", "analyst")
    told = run("token", "revoke", "ana", "nightly").stderr
    assert "There is no token 'nightly' of ana." in told
