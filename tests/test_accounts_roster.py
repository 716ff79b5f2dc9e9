"""People as a CSV file: there and back, all or nothing, and nothing in it runs."""

import csv
import io
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from cdrstats.accounts import audit, groups, links, people, roster
from cdrstats.accounts.roster import Outcome, take_in
from cdrstats.errors import BadRequest
from cdrstats.spreadsheet import BadLines, harmless, meant, written

from .factories import NOON
from .people import add_customer, add_group, add_person

HEADER = "name,full_name,email,role,customers,groups\n"


def taken(conn: Connection, text: str | bytes) -> Outcome:
    given = text.encode() if isinstance(text, str) else text
    return take_in(conn, given, NOON, partial(audit.note, conn, "root"))


def told(conn: Connection, text: str) -> dict[int, str]:
    """The reason of each line that cannot be."""
    with pytest.raises(BadLines) as caught:
        taken(conn, text)
    return caught.value.reasons


def test_new_people_come_with_links_and_known_ones_change(conn: Connection) -> None:
    add_customer(conn, "Acme")
    add_customer(conn, "Brick; Sons")
    add_group(conn, "night", "jobs")
    add_person(conn, "Ana")
    add_person(conn, "ben")
    outcome = taken(
        conn,
        "\ufeff"
        + HEADER
        + 'carla,Carla Diaz,c@acme.example,customer,"""Brick; Sons"" ; Acme",\n'
        "ANA,Ana Ruiz,,finance,,night\r\n\n"
        "ben,,,analyst,,\n",
    )
    assert [person.name for person, _ in outcome.added] == ["carla"]
    assert (outcome.changed, outcome.same) == (("Ana",), 1)
    ((carla, link),) = outcome.added
    assert carla.customers == ("Acme", "Brick; Sons")
    assert links.name_of(conn, link.token, NOON) == "carla"
    assert link.expires_at == NOON + timedelta(days=7)
    ana = people.find(conn, "ana")
    assert (ana.name, ana.full_name, ana.role) == ("Ana", "Ana Ruiz", "finance")
    assert ana.groups == ("night",)
    lines = {line.object: line for line in audit.search(conn)}
    assert {name: line.action for name, line in lines.items()} == {
        "carla": "add person",
        "Ana": "change person",
    }
    assert lines["Ana"].detail == {
        "role": {"was": "analyst", "is": "finance"},
        "full_name": {"was": "", "is": "Ana Ruiz"},
        "groups": {"was": [], "is": ["night"]},
    }
    assert link.token not in str(lines)


def test_what_has_no_column_stays(conn: Connection) -> None:
    add_customer(conn, "Acme")
    add_person(conn, "carla", "customer", ("Acme",))
    people.describe(conn, "carla", "Carla Diaz", "c@acme.example")
    before = people.find(conn, "carla")
    assert taken(conn, "role,name\ncustomer,carla\n").same == 1
    assert people.find(conn, "carla") == before
    taken(conn, "name,role\ncarla,analyst\n")
    after = people.find(conn, "carla")
    assert (after.full_name, after.customers) == ("Carla Diaz", ())


def test_every_bad_line_is_told_and_nothing_is_imported(conn: Connection) -> None:
    add_person(conn, "root", "administrator")
    before = people.list_people(conn)
    reasons = told(
        conn,
        HEADER + "ana,,,analyst,,\n"
        "a b,,,analyst,,\n"
        "ben,,,king,,\n"
        "carl,,,customer,Nobody,\n"
        "dan,,,analyst,,noon\n"
        "Ana,,,finance,,\n"
        "root,,,analyst,,\n"
        'eva,,,customer,"A\nB",\n',
    )
    assert list(reasons) == [3, 4, 5, 6, 7, 8, 10]
    assert "login name" in reasons[3]
    assert "no role 'king'" in reasons[4]
    assert "no customer 'Nobody'" in reasons[5]
    assert "no group 'noon'" in reasons[6]
    assert reasons[7] == "'Ana' stands on line 2 as well."
    assert "last administrator" in reasons[8]
    assert "no list of names" in reasons[10]
    assert people.list_people(conn) == before
    assert audit.search(conn) == []


def test_an_administrator_can_hand_over_in_one_file(conn: Connection) -> None:
    add_person(conn, "root", "administrator")
    taken(conn, "name,role\nroot,analyst\nboss,administrator\n")
    assert [each.role for each in people.list_people(conn)] == ["administrator", "analyst"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "no column 'name'"),
        (b"name\nana\n", "no column 'role'"),
        (b"name,role,pay\n", "a column 'pay', which nobody knows"),
        (b"name,role,name\n", "a column twice"),
        (HEADER.encode(), "no line beside the first"),
        (b"name,role\n\xff,analyst\n", "not written in UTF-8"),
        (b'name,role\n"ana,analyst\n', "Line 2 is no CSV"),
        (b"name,role\nana\n", "Line 2: It has 1 cells, not 2"),
        (b"x" * (roster.LARGEST + 1), "more than 1,000,000 bytes"),
    ],
)
def test_what_is_no_such_file_is_told(conn: Connection, text: bytes, sentence: str) -> None:
    with pytest.raises(BadRequest, match=sentence):
        taken(conn, text)


def test_people_come_back_as_they_were_whatever_they_are_called(conn: Connection) -> None:
    nasty = '=HYPERLINK("http://evil.example";"x")'
    for name in ("@Acme", nasty, "Brick; Sons", '"', "-1"):
        add_customer(conn, name)
    people.add(
        *(conn, "ana", "customer"), full_name=nasty, customers=["@Acme", nasty, "Brick; Sons"]
    )
    people.add(conn, "ben", "customer", full_name="+1 2", email="=x@y", customers=['"', "-1"])
    people.add(conn, "carl", "analyst", full_name="+34 650", email="-@x")
    groups.add(conn, "+cmd|' /C calc'!A0", [], ["ben"])
    before = people.list_people(conn)
    text = roster.export(before)
    for row in csv.reader(io.StringIO(text)):
        assert not any(cell and cell[0] in "=@-+\t\r" for cell in row)
    for each in before:
        people.describe(conn, each.name, "", "")
        people.set_customers(conn, each.name, [])
        people.set_groups(conn, each.name, [])
    taken(conn, text)
    assert people.list_people(conn) == before


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2", "'-2"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("+cmd", "'+cmd"),
        ("+34650", "+34650"),
        ("O'Neill", "O'Neill"),
        ("", ""),
    ],
)
def test_a_spreadsheet_runs_no_cell(cell: str, shown: str) -> None:
    assert harmless(cell) == shown
    assert written([["a", cell]]) == f"a,{shown}\n" or "\r" in cell


@given(st.text())
def test_what_was_made_harmless_is_meant_as_it_was(cell: str) -> None:
    if not cell.startswith("'"):
        assert meant(harmless(cell)) == cell
