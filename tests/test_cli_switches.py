"""The command `switch`, on a database of their own."""

import pytest

from .commands import rows, run

pytestmark = pytest.mark.usefixtures("named_database")


def test_a_switch_is_added_changed_renamed_and_listed() -> None:
    (added,) = rows("switch", "add", "pbx-1", "--country", "US")
    assert (added["country"], added["timezone"]) == ("US", "UTC")
    (changed,) = rows(
        "switch",
        "set",
        "pbx-1",
        *("--country", "GB", "--timezone", "Europe/London", "--strip", "9,99"),
    )
    assert changed["country"] == "GB"
    assert changed["calling_code"] == "44"
    assert changed["strip_prefixes"] == ["99", "9"]
    rows("switch", "address", "pbx-1", "10.0.0.5", "pbx.example.com")
    rows("switch", "rename", "pbx-1", "London")
    (listed,) = rows("switch", "list")
    assert listed["name"] == "London"
    assert listed["timezone"] == "Europe/London"
    assert listed["addresses"] == ["10.0.0.5", "pbx-1", "pbx.example.com"]


def test_an_empty_list_of_prefixes_takes_them_away() -> None:
    rows("switch", "add", "pbx-1", "--country", "GB")
    rows("switch", "set", "pbx-1", "--strip", "9")
    (changed,) = rows("switch", "set", "pbx-1", "--strip", "", "--trunk", "")
    assert changed["strip_prefixes"] == []
    assert changed["trunk_prefixes"] == []


def test_changing_rules_says_what_becomes_of_the_calls_there_are() -> None:
    run("switch", "add", "pbx-1")
    assert "start-over" in run("switch", "set", "pbx-1", "--country", "ES").stderr


def test_people_get_a_table() -> None:
    run("switch", "add", "pbx-1", "--country", "US")
    shown = run("switch", "list").stdout
    assert "pbx-1" in shown
    assert "011, 00" in shown


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("switch", "set", "nobody", "--country", "GB"), "no switch 'nobody'"),
        (("switch", "add", "pbx-1", "--country", "UK"), "no country 'UK'"),
        (("switch", "add", "pbx-1", "--timezone", "Mars"), "no time zone 'Mars'"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert done.stdout == ""
