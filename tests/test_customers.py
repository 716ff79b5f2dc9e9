"""Customers and their account codes."""

import pytest
from sqlalchemy import Connection

from cdrstats import customers
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.errors import BadRequest


def names(conn: Connection, scope: Scope = EVERYONE) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.name, each.account_codes) for each in customers.list_customers(conn, scope)]


def test_customers_are_listed_with_their_codes_and_without_nobody(conn: Connection) -> None:
    customers.add(conn, "Beta")
    customers.add(conn, " Alpha ")
    customers.assign(conn, "Beta", ["b2", "b1", "b1"])
    assert names(conn) == [("Alpha", ()), ("Beta", ("b1", "b2"))]


def test_an_account_code_has_one_owner(conn: Connection) -> None:
    customers.add(conn, "Alpha")
    customers.add(conn, "Beta")
    customers.assign(conn, "Alpha", ["100", "200"])
    assert customers.assign(conn, "Beta", ["200"]).account_codes == ("200",)
    assert names(conn) == [("Alpha", ("100",)), ("Beta", ("200",))]


def test_a_code_can_be_given_back_to_nobody(conn: Connection) -> None:
    customers.add(conn, "Alpha")
    customers.assign(conn, "Alpha", ["100"])
    assert customers.assign(conn, "Unassigned", ["100"]).id == 0
    assert names(conn) == [("Alpha", ())]


def test_bob_sees_only_himself(conn: Connection) -> None:
    customers.add(conn, "Alice")
    bob = customers.add(conn, "Bob")
    assert names(conn, Scope(frozenset({bob.id}))) == [("Bob", ())]
    assert names(conn, Scope(frozenset())) == []


def test_wrong_names_and_codes_are_refused(conn: Connection) -> None:
    customers.add(conn, "Alpha")
    for name in ("Alpha", " ", "x" * 201):
        with pytest.raises(BadRequest):
            customers.add(conn, name)
    with pytest.raises(BadRequest, match="customer list"):
        customers.assign(conn, "Nobody", ["100"])
    with pytest.raises(BadRequest, match="empty"):
        customers.assign(conn, "Alpha", [""])
