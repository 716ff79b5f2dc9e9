"""Who may sign in: added, changed, disabled; there is always an administrator."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, delete, select

from cdrstats.accounts import people, sessions
from cdrstats.db.schema import customer, person_customer
from cdrstats.errors import BadRequest

from .factories import NOON
from .people import add_customer, add_group, add_person
from .waiting import eventually


def test_a_person_is_added_without_a_password(conn: Connection) -> None:
    add_customer(conn, "Acme")
    add_customer(conn, "Brick")
    added = people.add(
        conn,
        " Carla ",
        "customer",
        full_name="Carla  Diaz",
        email="carla@acme.example",
        customers=["Brick", "Acme "],
    )
    assert added.name == "Carla"
    assert (added.full_name, added.email) == ("Carla Diaz", "carla@acme.example")
    assert (added.role, added.customers, added.groups) == ("customer", ("Acme", "Brick"), ())
    assert not added.has_password
    assert added.disabled_at is None
    assert people.list_people(conn) == [added]
    assert people.find(conn, "cARLA ") == added


def test_a_name_is_taken_once_in_any_case(conn: Connection) -> None:
    people.add(conn, "Ana", "analyst")
    with pytest.raises(BadRequest, match="already a person 'aNA'"):
        people.add(conn, "aNA", "analyst")


def test_people_are_listed_by_name(conn: Connection) -> None:
    for name in ("ben", "Ana", "carl"):
        people.add(conn, name, "analyst")
    assert [each.name for each in people.list_people(conn)] == ["Ana", "ben", "carl"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"role": "king"},
            "no role 'king'; there are administrator, analyst, finance, customer",
        ),
        ({"email": "ana"}, "no mail address"),
        ({"email": "@ana"}, "no mail address"),
        ({"email": "a@b@c"}, "no mail address"),
        ({"full_name": "a" * 201}, "at most 200 characters"),
        ({"full_name": "An\0a"}, "cannot be shown"),
        ({"full_name": "\ud800"}, "cannot be shown"),
        ({"role": "customer", "customers": ["Nobody"]}, "no customer 'Nobody'"),
        ({"role": "customer", "customers": ["\ud800"]}, "no customer"),
        ({"customers": ["Acme"]}, "Only a person of role customer"),
    ],
)
def test_a_person_that_makes_no_sense_is_refused(
    conn: Connection, given: dict[str, str], sentence: str
) -> None:
    add_customer(conn, "Acme")
    with pytest.raises(BadRequest, match=sentence):
        people.add(conn, "ana", **{"role": "analyst", **given})  # type: ignore[arg-type]


def test_the_calls_of_nobody_are_no_customers(conn: Connection) -> None:
    nobody = conn.execute(select(customer.c.name).where(customer.c.id == 0)).scalar_one()
    with pytest.raises(BadRequest, match="no customer"):
        people.add(conn, "ana", "customer", customers=[nobody])


def test_nobody_is_told_who_there_is_not(conn: Connection) -> None:
    for name in ("nobody", "", "no\0body", "\ud800"):
        with pytest.raises(BadRequest, match="no person"):
            people.find(conn, name)


def test_customers_and_groups_are_replaced(conn: Connection) -> None:
    add_customer(conn, "Acme")
    add_customer(conn, "Brick")
    add_group(conn, "night", "jobs")
    add_group(conn, "day")
    add_person(conn, "carla", "customer", ("Acme",))
    assert people.set_customers(conn, "carla", ["Brick"]).customers == ("Brick",)
    assert people.set_customers(conn, "carla", []).customers == ()
    assert people.set_groups(conn, "carla", ["night", "day"]).groups == ("day", "night")
    assert people.set_groups(conn, "carla", ["day"]).groups == ("day",)
    with pytest.raises(BadRequest, match="no group 'noon'"):
        people.set_groups(conn, "carla", ["night", "noon"])
    assert people.find(conn, "carla").groups == ("day",)


def test_a_person_is_described_anew(conn: Connection) -> None:
    add_person(conn, "ana")
    after = people.describe(conn, "ANA", " Ana  Ruiz ", "ana@x.example")
    assert (after.full_name, after.email) == ("Ana Ruiz", "ana@x.example")
    with pytest.raises(BadRequest, match="no mail address"):
        people.describe(conn, "ana", "", "x")
    with pytest.raises(BadRequest, match="no person"):
        people.describe(conn, "nobody", "", "")


def test_a_person_is_invited_active_or_disabled(conn: Connection) -> None:
    people.add(conn, "ana", "analyst")
    assert people.find(conn, "ana").state == "invited"
    assert add_person(conn, "ben").state == "active"
    assert people.disable(conn, "ben", NOON).state == "disabled"


def test_whoever_is_no_customers_any_more_belongs_to_none(conn: Connection) -> None:
    add_customer(conn, "Acme")
    add_person(conn, "carla", "customer", ("Acme",))
    assert people.set_role(conn, "carla", "analyst").customers == ()
    assert people.set_role(conn, "carla", "customer").customers == ()


def test_a_deleted_customer_leaves_its_people(conn: Connection) -> None:
    acme = add_customer(conn, "Acme")
    add_customer(conn, "Brick")
    add_person(conn, "carla", "customer", ("Acme", "Brick"))
    conn.execute(delete(customer).where(customer.c.id == acme))
    assert people.find(conn, "carla").customers == ("Brick",)


def test_a_disabled_person_is_signed_out_and_stays_out(conn: Connection) -> None:
    ana = add_person(conn, "ana")
    sessions.open_session(conn, ana.id, "password", "", "", NOON)
    assert people.disable(conn, "ANA", NOON).disabled_at == NOON
    assert people.disable(conn, "ana", NOON + timedelta(days=1)).disabled_at == NOON
    assert people.enable(conn, "ana").disabled_at is None
    assert sessions.sessions_of(conn, ana.id, NOON) == []


def test_the_last_administrator_stays(conn: Connection) -> None:
    add_person(conn, "root", "administrator")
    add_person(conn, "ana")
    for change in (
        lambda: people.disable(conn, "root", NOON),
        lambda: people.set_role(conn, "root", "analyst"),
    ):
        with pytest.raises(BadRequest, match="root is the last administrator"):
            change()
    people.set_role(conn, "root", "administrator")
    people.disable(conn, "ana", NOON)
    add_person(conn, "boss", "administrator")
    people.disable(conn, "boss", NOON)
    with pytest.raises(BadRequest, match="last administrator"):
        people.set_role(conn, "root", "customer")
    people.enable(conn, "boss")
    assert people.set_role(conn, "root", "customer").role == "customer"
    with pytest.raises(BadRequest, match="boss is the last administrator"):
        people.disable(conn, "boss", NOON)


def test_two_administrators_who_disable_each_other_at_once(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_person(conn, "root", "administrator")
        add_person(conn, "boss", "administrator")
    told: list[str] = []

    def second() -> None:
        with fresh_engine.begin() as conn:
            try:
                people.disable(conn, "root", NOON)
            except BadRequest as exc:
                told.append(str(exc))

    with fresh_engine.begin() as conn:
        people.disable(conn, "boss", NOON)
        thread = threading.Thread(target=second)
        thread.start()
        eventually(lambda: waits_for_a_lock(fresh_engine))
    thread.join(60)
    assert len(told) == 1
    with fresh_engine.connect() as conn:
        assert people.find(conn, "root").disabled_at is None


def waits_for_a_lock(engine: Engine) -> bool:
    with engine.connect() as conn:
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return bool(conn.exec_driver_sql(query).scalar_one())


def test_rows_of_a_person_are_what_the_person_says(conn: Connection) -> None:
    acme = add_customer(conn, "Acme")
    carla = add_person(conn, "carla", "customer", ("Acme",))
    assert conn.execute(select(person_customer)).all() == [(carla.id, acme)]
