"""Customers, their fields, and what they own."""

import threading
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select

from cdrstats import customers
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.db.engine import lock_shared
from cdrstats.db.marking import leave_mark
from cdrstats.db.schema import account_code, carrier, customer, customer_number, note
from cdrstats.errors import BadRequest

from .factories import add_call


def names(conn: Connection, scope: Scope = EVERYONE) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.name, each.account_codes) for each in customers.list_customers(conn, scope)]


def ranges(conn: Connection, name: str) -> list[str]:
    return [str(each) for each in customers.find(conn, name).numbers]


@pytest.fixture
def two(conn: Connection) -> Connection:
    """A database with customers Alpha and Beta."""
    customers.add(conn, "Alpha")
    customers.add(conn, "Beta")
    return conn


def test_customers_are_listed_with_their_codes_and_without_nobody(conn: Connection) -> None:
    customers.add(conn, "Beta")
    customers.add(conn, " Alpha ")
    customers.assign(conn, "Beta", ["b2", "b1", "b1"])
    assert names(conn) == [("Alpha", ()), ("Beta", ("b1", "b2"))]


def test_an_account_code_has_one_owner(two: Connection) -> None:
    customers.assign(two, "Alpha", ["100", "200"])
    assert customers.assign(two, "Beta", ["200"]).account_codes == ("200",)
    assert names(two) == [("Alpha", ("100",)), ("Beta", ("200",))]


def test_a_code_can_be_given_back_to_nobody(two: Connection) -> None:
    customers.assign(two, "Alpha", ["100", "200"])
    assert customers.assign(two, "Unassigned", ["100", "300"]).id == 0
    assert names(two) == [("Alpha", ("200",)), ("Beta", ())]
    assert two.execute(select(account_code.c.accountcode)).scalars().all() == ["200"]


def test_bob_sees_only_himself_and_what_is_his(conn: Connection) -> None:
    customers.add(conn, "Alice")
    bob = customers.add(conn, "Bob")
    for name, code, number, trunk in (
        ("Alice", "1", "3491", "acme"),
        ("Bob", "2", "3492", "beta"),
    ):
        customers.assign(conn, name, [code])
        customers.add_numbers(conn, name, [number])
        customers.add_trunks(conn, name, [trunk])
    (found,) = customers.list_customers(conn, Scope(frozenset({bob.id})))
    assert (found.name, found.account_codes, found.trunks) == ("Bob", ("2",), ("beta",))
    assert [str(each) for each in found.numbers] == ["3492"]
    assert customers.list_customers(conn, Scope(frozenset())) == []


def test_wrong_names_and_codes_are_refused(conn: Connection) -> None:
    customers.add(conn, "Alpha")
    for name in ("Alpha", " ", "x" * 201, "Unassigned"):
        with pytest.raises(BadRequest):
            customers.add(conn, name)
    with pytest.raises(BadRequest, match="customer list"):
        customers.assign(conn, "Nobody", ["100"])
    with pytest.raises(BadRequest, match="empty"):
        customers.assign(conn, "Alpha", [""])


def test_fields_are_kept_changed_and_taken_away(conn: Connection) -> None:
    fields: dict[str, str] = {
        "address": "Calle Mayor 1\n28013 Madrid",
        "tax_id": "ESB12345678",
        "currency": "EUR",
        "timezone": "Europe/Madrid",
        "language": "es",
    }
    added = customers.add(conn, "Alpha", **fields)
    assert {field: getattr(added, field) for field in fields} == fields
    changed = customers.change(conn, "Alpha", new_name="Omega", currency="usd", language="")
    assert (changed.id, changed.name) == (added.id, "Omega")
    assert (changed.currency, changed.language) == ("USD", "")
    assert (changed.address, changed.timezone) == (fields["address"], "Europe/Madrid")
    assert customers.find(conn, "Omega") == changed
    assert conn.scalar(select(customer.c.plan_id).where(customer.c.id == added.id)) == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"currency": "EURO"}, "no currency 'EURO'"),
        ({"timezone": "Mars"}, "no time zone 'Mars'"),
        ({"language": "Spanish"}, "'Spanish' is no language"),
        ({"tax_id": "x" * 201}, "A tax id has at most 200 characters"),
        ({"address": "x" * 1001}, "An address has at most 1,000 characters"),
        ({"new_name": "Beta"}, "already a customer 'Beta'"),
        ({"new_name": " "}, "cannot be empty"),
    ],
)
def test_wrong_fields_are_refused(
    two: Connection, fields: dict[str, Any], sentence: str
) -> None:
    before = customers.find(two, "Alpha")
    with pytest.raises(BadRequest, match=sentence):
        customers.change(two, "Alpha", **fields)
    if "new_name" not in fields:
        with pytest.raises(BadRequest, match=sentence):
            customers.add(two, "Gamma", **fields)
    assert customers.find(two, "Alpha") == before


def test_nobody_is_no_customer(conn: Connection) -> None:
    for refused in (
        lambda: customers.change(conn, "Unassigned", new_name="Somebody"),
        lambda: customers.remove(conn, "Unassigned"),
        lambda: customers.add_numbers(conn, "Unassigned", ["34"]),
        lambda: customers.add_trunks(conn, "Unassigned", ["acme"]),
    ):
        with pytest.raises(BadRequest, match="stands for nobody"):
            refused()


def test_number_ranges_are_given_and_taken(two: Connection) -> None:
    customers.add_numbers(two, "Alpha", ["+34 911 234 000-34911234999", "3493"])
    customers.add_numbers(two, "Alpha", ["3493"])
    assert ranges(two, "Alpha") == ["34911234000-34911234999", "3493"]
    customers.remove_numbers(two, "Alpha", ["34911234000-34911234999"])
    customers.add_numbers(two, "Beta", ["34911234000-34911234999"])
    assert (ranges(two, "Alpha"), ranges(two, "Beta")) == (
        ["3493"],
        ["34911234000-34911234999"],
    )
    with pytest.raises(BadRequest, match="Alpha has no number range 349"):
        customers.remove_numbers(two, "Alpha", ["349"])


@pytest.mark.parametrize(
    ("wanted", "overlaps"),
    [
        ("34911234500", True),
        ("34911234999-34911235001", True),
        ("34911233000-34911234000", True),
        ("34911230000-34911239999", True),
        ("349", True),
        ("3491123412345", True),
        ("34911234000-34911234999", True),
        ("34911235000-34911235999", False),
        ("34911233000-34911233999", False),
        ("3491123399", False),
        ("3491", True),
        ("3492", False),
        ("1", False),
    ],
)
@pytest.mark.parametrize("name", ["Alpha", "Beta"])
def test_ranges_do_not_overlap(two: Connection, name: str, wanted: str, overlaps: bool) -> None:
    block = "34911234000-34911234999"
    customers.add_numbers(two, "Alpha", [block, "33", "351"])
    if not overlaps or (name, wanted) == ("Alpha", block):  # which it has already
        customers.add_numbers(two, name, [wanted])
        return
    sentence = f"{wanted} overlaps {block}, which is Alpha's."
    with pytest.raises(BadRequest) as refused:
        customers.add_numbers(two, name, [wanted])
    assert str(refused.value) == sentence


def test_two_who_give_the_same_numbers_at_once_do_not_both_get_them(
    fresh_engine: Engine,
) -> None:
    with fresh_engine.begin() as conn:
        for name in ("Alpha", "Beta"):
            customers.add(conn, name)
    told: list[str] = []

    def give() -> None:
        with fresh_engine.begin() as conn:
            try:
                customers.add_numbers(conn, "Beta", ["34911234500"])
            except BadRequest as exc:
                told.append(str(exc))

    with fresh_engine.begin() as conn:
        customers.add_numbers(conn, "Alpha", ["34911234000-34911234999"])
        second = threading.Thread(target=give)
        second.start()
        second.join(0.3)
        assert second.is_alive()
    second.join(10)
    assert told == ["34911234500 overlaps 34911234000-34911234999, which is Alpha's."]


def test_a_trunk_has_one_owner(two: Connection) -> None:
    assert customers.add_trunks(two, "Alpha", [" acme ", "tel"]).trunks == ("acme", "tel")
    assert customers.add_trunks(two, "Alpha", ["acme"]).trunks == ("acme", "tel")
    with pytest.raises(BadRequest, match="The trunk 'acme' is Alpha's"):
        customers.add_trunks(two, "Beta", ["acme"])
    with pytest.raises(BadRequest, match="Beta has no trunk 'acme'"):
        customers.remove_trunks(two, "Beta", ["acme"])
    with pytest.raises(BadRequest, match="not known"):
        customers.add_trunks(two, "Beta", ["Unknown"])
    assert customers.remove_trunks(two, "Alpha", ["acme"]).trunks == ("tel",)
    assert customers.add_trunks(two, "Beta", ["acme"]).trunks == ("acme",)
    known = select(func.count()).where(carrier.c.name == "acme")
    assert two.scalar(known) == 1


def test_what_is_given_is_marked_on_charts(two: Connection) -> None:
    customers.add_numbers(two, "Alpha", ["3491", "3492"])
    customers.add_trunks(two, "Alpha", ["acme"])
    customers.add_trunks(two, "Alpha", ["acme"])
    told = two.execute(select(note.c.text).order_by(note.c.id)).scalars().all()
    assert told == [
        "Of Alpha from now on: numbers 3491, 3492",
        "Of Alpha from now on: trunk acme",
    ]


def test_a_customer_without_calls_is_removed_with_what_it_owns(two: Connection) -> None:
    customers.assign(two, "Alpha", ["100"])
    customers.assign(two, "Beta", ["200"])
    customers.add_numbers(two, "Alpha", ["3491"])
    customers.add_trunks(two, "Alpha", ["acme"])
    leave_mark(two, "owner change", "Of Beta", user_id=customers.find(two, "Beta").id)
    customers.remove(two, "Alpha")
    assert names(two) == [("Beta", ("200",))]
    assert two.scalar(select(func.count()).select_from(customer_number)) == 0
    assert {*two.execute(select(note.c.user_id)).scalars()} == {customers.find(two, "Beta").id}


def test_a_customer_with_calls_stays(two: Connection) -> None:
    alpha = customers.assign(two, "Alpha", ["100"])
    add_call(two, user_id=alpha.id)
    with pytest.raises(BadRequest, match="Alpha has calls"):
        customers.remove(two, "Alpha")
    assert customers.find(two, "Alpha") == alpha


def test_removing_waits_for_a_batch_that_may_bring_a_call(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        alpha = customers.add(conn, "Alpha")
    told: list[str] = []

    def remove() -> None:
        with fresh_engine.begin() as conn:
            try:
                customers.remove(conn, "Alpha")
            except BadRequest as exc:
                told.append(str(exc))

    with fresh_engine.begin() as conn:
        lock_shared(conn, "mediation")
        add_call(conn, user_id=alpha.id)
        thread = threading.Thread(target=remove)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(10)
    assert "has calls" in told[0]
