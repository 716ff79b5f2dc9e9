"""Whose rules somebody may see, whatever a statement asks for."""

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from cdrstats import alarms
from cdrstats.accounts import EVERYONE, Scope, Viewer
from cdrstats.db.schema import alarm_maintenance, alarm_rule, alarm_window

from .alarms import HOUR, MIDNIGHT, a_rule
from .isolation import seen_by

ACME, BRONCO = Scope(frozenset({7})), Scope(frozenset({8}))
BOTH = Scope(frozenset({7, 8}))
SCOPES = {"acme": ACME, "bronco": BRONCO, "both": BOTH, "staff": EVERYONE}


@pytest.fixture
def all_of_them(conn: Connection) -> Connection:
    """A rule of each scope, with a window and a span of maintenance."""
    for name, scope in SCOPES.items():
        owner = None if scope is EVERYONE else viewer(conn, name, scope)
        added = alarms.add(conn, owner, a_rule(name=name), MIDNIGHT)
        window = {"window_start": MIDNIGHT, "window_end": MIDNIGHT + HOUR, "calls": 1}
        window |= {"verdict": "calm", "firing": False, "decided_at": MIDNIGHT}
        conn.execute(
            insert(alarm_window).values(**window, rule_id=added.id, counted_until=MIDNIGHT)
        )
        alarms.add_maintenance(conn, MIDNIGHT, MIDNIGHT + HOUR, added.id, "secret")
    alarms.add_maintenance(conn, MIDNIGHT, MIDNIGHT + HOUR, None, "secret")
    return conn


def viewer(conn: Connection, name: str, scope: Scope) -> Viewer:
    made = conn.execute(
        text("INSERT INTO person (name, role) VALUES (:name, 'customer') RETURNING id"),
        {"name": name},
    )
    return Viewer(name, frozenset(), scope, made.scalar_one())


def names(conn: Connection) -> set[str]:
    return set(conn.execute(select(alarm_rule.c.name)).scalars())


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (ACME, {"acme"}),
        (BRONCO, {"bronco"}),
        (BOTH, {"acme", "bronco", "both"}),
        (Scope(frozenset()), set()),
        (EVERYONE, {*SCOPES}),
    ],
)
def test_customers_get_the_rules_that_watch_their_calls_alone(
    all_of_them: Connection, scope: Scope, expected: set[str]
) -> None:
    with seen_by(all_of_them, scope) as conn:
        assert names(conn) == expected
        assert len(conn.execute(select(alarm_window.c.rule_id)).all()) == len(expected)
        spans = conn.execute(select(alarm_maintenance.c.id)).all()
        assert len(spans) == len(expected) + 1  # that of all rules


def test_why_there_is_maintenance_is_for_staff(all_of_them: Connection) -> None:
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        seen_by(all_of_them, ACME) as conn,
    ):
        conn.execute(select(alarm_maintenance.c.reason))


@pytest.mark.parametrize("theirs", ["NULL", "'{8}'", "'{7,8}'"])
def test_a_customer_cannot_make_a_rule_watch_others(
    all_of_them: Connection, theirs: str
) -> None:
    for statement in (
        f"UPDATE alarm_rule SET user_ids = {theirs} WHERE name = 'acme'",
        "INSERT INTO alarm_rule (user_ids, name, metric, timezone, length, condition,"
        f" threshold, clear_at, watched_since) VALUES ({theirs}, 'x', 'asr', 'UTC', 'hour',"
        " 'less', 1, 1, now())",
    ):
        with (
            pytest.raises(DBAPIError, match="row-level security"),
            seen_by(all_of_them, ACME) as conn,
        ):
            conn.execute(text(statement))


def test_who_looks_decides_no_window(all_of_them: Connection) -> None:
    for scope in (ACME, EVERYONE):
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            seen_by(all_of_them, scope) as conn,
        ):
            conn.execute(text("DELETE FROM alarm_window"))


def test_a_rule_is_shared_among_those_who_see_the_same_calls(conn: Connection) -> None:
    anna, ben, both = (
        viewer(conn, name, scope)
        for name, scope in (("anna", ACME), ("ben", ACME), ("both", BOTH))
    )
    sam, sue = (viewer(conn, name, EVERYONE) for name in ("sam", "sue"))
    for owner in (anna, both, sam):
        for shared in (False, True):
            rule = a_rule(name=f"{owner.name} {shared}")
            alarms.add(conn, owner, rule, MIDNIGHT, shared)

    def seen(who: Viewer) -> set[str]:
        return {rule.name for rule in alarms.list_rules(conn, who)}

    assert seen(anna) == {"anna False", "anna True"}
    assert seen(ben) == {"anna True"}
    assert seen(both) == {"anna True", "both False", "both True"}
    assert seen(sue) == {"sam True"}
    assert {rule.name for rule in alarms.list_rules(conn)} >= seen(both) | seen(sam)


def test_what_others_share_is_not_ones_own_to_change(conn: Connection) -> None:
    anna, ben = viewer(conn, "anna", ACME), viewer(conn, "ben", ACME)
    shared = alarms.add(conn, anna, a_rule(), MIDNIGHT, shared=True)
    assert alarms.find(conn, shared.id, ben) == shared
    for change in (
        lambda: alarms.remove(conn, shared.id, ben),
        lambda: alarms.mute(conn, shared.id, MIDNIGHT, ben),
        lambda: alarms.pause(conn, shared.id, ben),
        lambda: alarms.resume(conn, shared.id, MIDNIGHT, ben),
    ):
        with pytest.raises(Exception, match="no rule"):
            change()


def test_what_others_find_by_numbers_is_not_for_who_sees_none(conn: Connection) -> None:
    sam, fin = viewer(conn, "sam", EVERYONE), viewer(conn, "fin", Scope(None, masked=4))
    for name, query in (("by number", "where=destination+begins+34911"), ("all", "")):
        alarms.add(conn, sam, a_rule(name=name, query=query), MIDNIGHT, shared=True)
    assert [rule.name for rule in alarms.list_rules(conn, fin)] == ["all"]
