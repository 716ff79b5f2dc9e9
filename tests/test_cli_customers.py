"""The commands `customer` and `accountcode`, on a database of their own."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from cdrstats import aggregates, customers
from cdrstats.db.schema import customer, voip_cdr

from .commands import rows, run
from .factories import NOON, add_call

pytestmark = pytest.mark.usefixtures("named_database")


def test_a_customer_is_added_edited_listed_and_removed() -> None:
    (added,) = rows(
        *("customer", "add", "Acme", "--address", "Calle Mayor 1", "--tax-id", "ESB1"),
        *("--currency", "eur", "--timezone", "Europe/Madrid", "--language", "es"),
    )
    assert added | {"id": 0} == {
        "id": 0,
        "name": "Acme",
        "account_codes": [],
        "numbers": [],
        "trunks": [],
        "address": "Calle Mayor 1",
        "tax_id": "ESB1",
        "currency": "EUR",
        "timezone": "Europe/Madrid",
        "language": "es",
    }
    (changed,) = rows("customer", "edit", "Acme", "--name", "Acme Ltd.", "--currency", "")
    assert changed == added | {"name": "Acme Ltd.", "currency": ""}
    assert rows("customer", "list") == [changed]
    assert rows("customer", "remove", "Acme Ltd.") == [changed]
    assert rows("customer", "list") == []


def test_account_codes_are_assigned_and_listed() -> None:
    rows("customer", "add", "Acme")
    rows("customer", "add", "Beta")
    (changed,) = rows("accountcode", "assign", "Acme", "200", "100")
    assert (changed["customer"], changed["account_codes"]) == ("Acme", ["100", "200"])
    rows("accountcode", "assign", "Beta", "200")
    assert rows("accountcode", "list") == [
        {"accountcode": "100", "customer": "Acme"},
        {"accountcode": "200", "customer": "Beta"},
    ]
    rows("accountcode", "assign", "Unassigned", "200")
    assert [row["accountcode"] for row in rows("accountcode", "list")] == ["100"]


@pytest.fixture
def past(fresh_engine: Engine) -> Engine:
    """Code 100 is Acme's, and has three calls of Acme's on two days, and one of nobody's."""
    with fresh_engine.begin() as conn:
        customers.add(conn, "Beta")
        acme = customers.add(conn, "Acme")
        customers.assign(conn, "Acme", ["100"])
        for days, owner in ((0, acme.id), (0, 0), (0, acme.id), (1, acme.id)):
            start = NOON + timedelta(days=days)
            add_call(conn, starting_date=start, accountcode="100", user_id=owner)
            aggregates.note_changed(conn, [start])
    return fresh_engine


def calls_by_owner(engine: Engine) -> dict[str, int]:
    with engine.connect() as conn:
        query = select(customer.c.name, func.count())
        rows = conn.execute(
            query.join(voip_cdr, voip_cdr.c.user_id == customer.c.id).group_by(customer.c.name)
        )
        return {row[0]: row[1] for row in rows}


def test_assigning_tells_of_the_calls_of_the_past_and_offers_to_move_them(
    past: Engine,
) -> None:
    done = run("accountcode", "assign", "Beta", " 100 ", "--json")
    assert done.stderr == (
        "Of the calls before now, these keep their owner: Acme 3, Unassigned 1. The same"
        " command with --move-history gives them to Beta.\n"
    )
    (told,) = json.loads(done.stdout)
    assert (told["moved"], told["left_behind"]) == (0, 4)
    assert calls_by_owner(past) == {"Acme": 3, "Unassigned": 1}

    (told,) = rows("accountcode", "assign", "Beta", "100", "--move-history")
    assert (told["moved"], told["left_behind"]) == (4, 0)
    assert calls_by_owner(past) == {"Beta": 4}
    with past.connect() as conn:
        assert aggregates.verify(conn) == []
        assert aggregates.lag(conn).waiting == 0

    again = run("accountcode", "assign", "Beta", "100")
    assert (again.exit_code, again.stderr) == (0, "")


def test_history_is_moved_since_a_day(past: Engine) -> None:
    done = run(
        *("accountcode", "assign", "Beta", "100", "--move-history", "--since", "2026-03-11"),
    )
    assert done.exit_code == 0
    assert done.stderr == (
        "Of the calls before 2026-03-11, these keep their owner: Acme 2, Unassigned 1.\n"
    )
    assert calls_by_owner(past) == {"Acme": 2, "Beta": 1, "Unassigned": 1}


def test_history_is_not_moved_to_nobody(past: Engine) -> None:
    done = run("accountcode", "assign", "Unassigned", "100", "--move-history")
    assert done.exit_code == 2
    assert "go by their numbers and their trunk" in done.stderr
    assert [row["customer"] for row in rows("accountcode", "list")] == ["Acme"]
    assert "start-over" in run("accountcode", "assign", "Unassigned", "100").stderr
    assert rows("accountcode", "list") == []


def test_numbers_and_trunks_are_given_shown_and_taken() -> None:
    rows("customer", "add", "Acme")
    block = "34911234000-34911234999"
    (changed,) = rows("customer", "numbers", "Acme", "--add", block, "--add", "+34 93")
    assert changed["numbers"] == [block, "3493"]
    (changed,) = rows("customer", "numbers", "Acme", "--remove", "3493")
    assert changed["numbers"] == [block]
    # Taken before they are given, so that a range is changed in one go.
    (changed,) = rows("customer", "numbers", "Acme", "--remove", block, "--add", "34911234")
    assert changed["numbers"] == ["34911234"]
    (changed,) = rows("customer", "trunks", "Acme", "--add", "acme-in", "--add", "acme-out")
    assert changed["trunks"] == ["acme-in", "acme-out"]
    (changed,) = rows("customer", "trunks", "Acme", "--remove", "acme-in")
    assert rows("customer", "list") == [changed]
    assert rows("customer", "trunks", "Acme") == [changed]


def test_people_get_a_table_and_are_told_what_becomes_of_the_calls_there_are() -> None:
    run("customer", "add", "Acme", "--address", "Calle Mayor 1")
    run("accountcode", "assign", "Acme", "200", "100")
    given = run("customer", "numbers", "Acme", "--add", "3491-3492")
    assert "start-over" in given.stderr
    shown = run("customer", "list").stdout
    assert "100, 200" in shown
    assert "3491-3492" in shown
    assert "Calle Mayor" not in shown
    assert "start-over" not in run("customer", "numbers", "Acme").stderr


def test_a_customer_with_calls_is_not_removed(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        acme = customers.add(conn, "Acme")
        add_call(conn, user_id=acme.id)
    done = run("customer", "remove", "Acme")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Acme has calls, and they keep their owner." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("accountcode", "assign", "nobody", "100"), "no customer 'nobody'"),
        (("customer", "edit", "nobody"), "no customer 'nobody'"),
        (("customer", "remove", "nobody"), "no customer 'nobody'"),
        (("customer", "add", "Acme"), "already a customer 'Acme'"),
        (("customer", "add", "Beta", "--currency", "pesetas"), "no currency 'pesetas'"),
        (("customer", "edit", "Acme", "--timezone", "Mars"), "no time zone 'Mars'"),
        (("customer", "numbers", "Acme", "--add", "0034911"), "without 00"),
        (("customer", "numbers", "Acme", "--remove", "34911"), "has no number range 34911"),
        (("customer", "trunks", "Acme", "--remove", "x"), "has no trunk 'x'"),
        (("customer", "assign", "Acme", "100"), "No such command 'assign'"),
        (("accountcode", "assign", "Acme", "1", "--since", "2026-03-11"), "--move-history"),
        (
            ("accountcode", "assign", "Acme", "1", "--move-history", "--since", "May"),
            "'May' is not a date",
        ),
    ],
)
def test_wrong_use_is_told_in_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    rows("customer", "add", "Acme")
    done = run(*arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert done.stdout == ""
