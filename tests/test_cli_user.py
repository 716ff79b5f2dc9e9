"""The commands `user` and `audit`, on a database of their own."""

import json
import re
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from cdrstats.accounts import links, people
from cdrstats.db.schema import person
from cdrstats.errors import BadRequest
from cdrstats.settings import read_settings

from .commands import rows, run

NEW = "a wholly new password"


pytestmark = pytest.mark.usefixtures("named_database")


def token_of(link: str) -> str:
    begin = f"{read_settings().links_begin}/link/"
    assert link.startswith(begin)
    return link.removeprefix(begin)


def test_links_begin_with_what_people_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDRSTATS_PUBLIC_URL", "https://cdr.example.com/")
    (added,) = rows("user", "add", "ana", "--role", "analyst")
    assert added["link"].startswith("https://cdr.example.com/link/")
    assert len(token_of(added["link"])) == 43


def test_a_person_is_added_with_a_link_that_works(fresh_engine: Engine) -> None:
    (added,) = rows("user", "add", "ana", "--role", "analyst", "--full-name", "Ana Ruiz")
    assert added["name"] == "ana"
    with fresh_engine.begin() as conn:
        found = people.find(conn, "ana")
        assert (found.full_name, found.role) == ("Ana Ruiz", "analyst")
        links.use(conn, token_of(added["link"]), NEW, "", datetime.now(UTC))
        assert people.find(conn, "ana").has_password
    days = (datetime.fromisoformat(added["expires_at"]) - datetime.now(UTC)).days
    assert days == 6  # and some hours


def test_a_customers_person_belongs_to_customers() -> None:
    rows("customer", "add", "Acme")
    rows("customer", "add", "Brick")
    options = ("--customer", "Brick", "--customer", "Acme", "--email", "c@acme.example")
    rows("user", "add", "carla", "--role", "customer", *options)
    (listed,) = rows("user", "list")
    assert listed["customers"] == ["Acme", "Brick"]
    assert (listed["role"], listed["email"]) == ("customer", "c@acme.example")
    assert (listed["state"], listed["codes"]) == ("invited", False)
    assert "Acme, Brick" in run("user", "list").stdout


def test_people_get_a_table_with_the_link() -> None:
    shown = run("user", "add", "ana", "--role", "analyst").stdout
    assert re.search(r"/link/[\w-]{43}\b", shown)


def test_a_person_is_disabled_and_enabled() -> None:
    rows("user", "add", "root", "--role", "administrator")
    rows("user", "add", "ana", "--role", "analyst")
    assert rows("user", "disable", "ANA")[0]["state"] == "disabled"
    assert [each["state"] for each in rows("user", "list")] == ["disabled", "invited"]
    assert rows("user", "enable", "ana")[0]["state"] == "invited"


def test_a_reset_link_takes_the_place_of_the_invitation(fresh_engine: Engine) -> None:
    (invited,) = rows("user", "add", "ana", "--role", "analyst")
    (reset,) = rows("user", "reset-link", "Ana")
    now = datetime.now(UTC)
    assert (datetime.fromisoformat(reset["expires_at"]) - now).days == 0
    with fresh_engine.connect() as conn:
        assert links.name_of(conn, token_of(reset["link"]), now) == "ana"
        with pytest.raises(BadRequest):
            links.name_of(conn, token_of(invited["link"]), now)


def test_an_administrator_without_the_telephone_gets_in_again(fresh_engine: Engine) -> None:
    rows("user", "add", "root", "--role", "administrator")
    with fresh_engine.begin() as conn:
        conn.execute(update(person).values(totp_secret=b"x"))
    assert rows("user", "list")[0]["codes"]
    assert not rows("user", "remove-two-factor", "ROOT")[0]["codes"]
    (line,) = rows("audit", "list", "--limit", "1")
    assert (line["action"], line["object"]) == ("remove two-factor", "root")
    again = run("user", "remove-two-factor", "root")
    assert (again.exit_code, again.stderr) == (2, "root is asked for no codes.\n")
    assert len(rows("audit", "list")) == 2


def test_each_change_leaves_a_line_without_the_link() -> None:
    rows("customer", "add", "Acme")
    rows("user", "add", "carla", "--role", "customer", "--customer", "Acme")
    rows("user", "add", "Ana", "--role", "analyst")
    rows("user", "disable", "ana")
    rows("user", "enable", "ana")
    (reset,) = rows("user", "reset-link", "ana")
    found = rows("audit", "list")
    assert [(each["action"], each["object"]) for each in found] == [
        ("make reset link", "Ana"),
        ("enable person", "Ana"),
        ("disable person", "Ana"),
        ("add person", "Ana"),
        ("add person", "carla"),
        ("add customer", "Acme"),
    ]
    assert {each["who"] for each in found} == {f"cli:{getuser()}"}
    assert found[-2]["detail"] == {"role": "customer", "customers": ["Acme"]}
    assert token_of(reset["link"]) not in str(found)


def test_lines_are_chosen() -> None:
    rows("user", "add", "ana", "--role", "analyst")
    rows("user", "disable", "ana")
    who = f"cli:{getuser()}"
    assert len(rows("audit", "list", "--limit", "1")) == 1
    assert len(rows("audit", "list", "--action", "disable person")) == 1
    assert len(rows("audit", "list", "--who", who, "--since", "2020-01-01")) == 2
    assert rows("audit", "list", "--since", "2199-01-01T12:00") == []
    assert rows("audit", "list", "--who", "ana") == []
    shown = run("audit", "list").stdout
    assert '{"role": "analyst", "customers": []}' in shown
    assert "disable person" in shown


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("user", "add", "a b", "--role", "analyst"), "login name"),
        (("user", "add", "ana", "--role", "king"), "king"),
        (("user", "add", "ana"), "--role"),
        (("user", "add", "ana", "--role", "customer", "--customer", "X"), "no customer 'X'"),
        (("user", "add", "root", "--role", "analyst"), "already a person 'root'"),
        (("user", "disable", "nobody"), "no person 'nobody'"),
        (("user", "disable", "root"), "last administrator"),
        (("user", "enable", "nobody"), "no person 'nobody'"),
        (("user", "reset-link", "nobody"), "no person 'nobody'"),
        (("audit", "list", "--since", "yesterday"), "not a date"),
        (("audit", "list", "--limit", "0"), "limit"),
    ],
)
def test_wrong_use_is_told_and_changes_nothing(
    arguments: tuple[str, ...], sentence: str
) -> None:
    rows("user", "add", "root", "--role", "administrator")
    done = run(*arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert done.stdout == ""
    assert [each["name"] for each in rows("user", "list")] == ["root"]
    assert len(rows("audit", "list")) == 1


def test_people_go_out_as_a_file_and_come_in_again(tmp_path: Path) -> None:
    rows("user", "add", "root", "--role", "administrator")
    out = run("user", "export", "-")
    assert out.stdout.splitlines()[1] == "root,,,administrator,,"
    file = tmp_path / "people.csv"
    file.write_text(out.stdout + "ana,Ana Ruiz,,analyst,,\n")
    done = run("user", "import", str(file), "--json")
    assert done.exit_code == 0
    assert "1 added, 0 changed, 1 as they were." in done.stderr
    (made,) = json.loads(done.stdout)
    assert made["name"] == "ana"
    assert len(token_of(made["link"])) == 43
    assert [each["action"] for each in rows("audit", "list")] == [
        *("add person", "export people", "add person")
    ]
    assert run("user", "export", str(file)).exit_code == 0
    assert "Ana Ruiz" in file.read_text()


def test_a_file_with_bad_lines_changes_nothing(tmp_path: Path) -> None:
    rows("user", "add", "root", "--role", "administrator")
    file = tmp_path / "people.csv"
    file.write_text("name,role\nana,analyst\nben,king\ncarl,queen\n")
    done = run("user", "import", str(file))
    assert done.exit_code == 2
    assert "Nothing was imported: 2 of 3 lines cannot be." in done.stderr
    assert "Line 3: There is no role 'king'" in done.stderr
    assert "Line 4: " in done.stderr
    assert done.stdout == ""
    assert len(rows("user", "list")) == 1
